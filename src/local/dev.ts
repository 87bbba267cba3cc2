import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { includesLoopback } from "./allowed-networks.ts";
import { buildDashboard } from "./build-dashboard.ts";
import { startCron } from "./cron.ts";
import { ensureDefaultWorkspace } from "./default-workspace.ts";
import { developmentToken } from "./dev-vars.ts";
import { hostUrl } from "./host-url.ts";
import { runProgram } from "./run-program.ts";
import { readSettings } from "./settings.ts";
import { StartError } from "./start-error.ts";
import { welcome } from "./welcome.ts";
import { readWranglerConfig } from "./wrangler-config.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

/** Where `wrangler dev` has the scheduled handler triggered. */
const TRIGGER = "/cdn-cgi/local/scheduled";

/** Runs wrangler; see `runProgram`. */
const wrangler = (given: string[], shows: "always" | "if it fails" = "always") =>
  runProgram({ cwd: ROOT, name: `wrangler ${given[0]}`, script: WRANGLER, given, shows });

/** How often it is asked whether `wrangler dev` serves already. */
const ASK_AGAIN_MS = 200;

/**
 * `npm run dev`: `wrangler dev`, which reloads on each change, with what a fresh clone lacks: secrets, tables, a
 * workspace with a key, and the clock of cron. What is given on the command line goes to `wrangler dev`.
 */
async function main(): Promise<void> {
  const { host, port, allowedNetworks } = readSettings(process.env);
  if (port === 0) throw new StartError("PORT must be from 1 to 65535 under npm run dev.");
  await buildDashboard(ROOT);
  // The OpenAPI document follows from the source of each reload, not from that of the last build.
  rmSync(join(ROOT, "dist/public/reference"), { recursive: true, force: true });
  const adminToken = developmentToken(join(ROOT, ".dev.vars"));
  // Each statement of each migration would push what follows off the screen.
  await wrangler(["d1", "migrations", "apply", "DB", "--local"], "if it fails").ended;
  const serving = wrangler([
    ...["dev", "--ip", host, "--port", `${port}`, "--show-interactive-dev-session=false"],
    ...["--var", `ALLOWED_NETWORKS:${allowedNetworks.join(",")}`],
    ...process.argv.slice(2),
  ]);
  const url = hostUrl(host, port);
  await Promise.race([awaitHealth(url), serving.ended]);
  const firstKey = await ensureDefaultWorkspace(url, adminToken);
  const stopCron = startCron(
    () => new URL(TRIGGER, url),
    readWranglerConfig(join(ROOT, "wrangler.toml")).crons,
  );
  console.log(
    welcome({
      url,
      dataDir: join(ROOT, ".wrangler/state"),
      firstKey,
      deliversToLoopback: includesLoopback(allowedNetworks),
    }),
  );
  await serving.ended.finally(stopCron);
}

async function awaitHealth(url: string): Promise<void> {
  while (!(await fetch(`${url}/health`).catch(() => null))?.ok) await wait(ASK_AGAIN_MS);
}

main().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
});
