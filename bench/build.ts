import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Builds a Worker of this folder (`bare`, `counting`, `dialects`) into a root of its own; returns that root. */
export function buildWorker(name: string, scratch: string): string {
  const root = join(scratch, name);
  execFileSync(
    join(ROOT, "node_modules/.bin/wrangler"),
    [
      "deploy",
      "--dry-run",
      "--config",
      join(import.meta.dirname, name, "wrangler.toml"),
      "--outdir",
      join(root, "dist"),
    ],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
    },
  );
  return root;
}
