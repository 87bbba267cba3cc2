import { existsSync } from "node:fs";

/** Where Chromium is; undefined = nobody knows. */
export const CHROMIUM =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Whether tests in it can run; in CI they must. */
export const hasBrowser = CHROMIUM !== undefined || Boolean(process.env.CI);
