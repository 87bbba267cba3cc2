import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Builds a Worker of this folder (`bare`, `counting`, `dialects`), once per run, into a root of its own; returns that root. */
export function buildWorker(name: string, scratch: string): string {
  const root = join(scratch, name);
  if (existsSync(root)) return root;
  const config = join(import.meta.dirname, name, "wrangler.toml");
  execFileSync(
    join(ROOT, "node_modules/.bin/wrangler"),
    ["deploy", "--dry-run", "--config", config, "--outdir", join(root, "dist")],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
    },
  );
  return root;
}
