import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { openDataDir } from "../../src/local/data-dir.ts";
import { ensureDefaultWorkspace } from "../../src/local/default-workspace.ts";
import { migrate } from "../../src/local/migrate.ts";
import { miniflareBasics } from "../../src/local/runtime.ts";
import { pidFile } from "../../src/local/runtime-process.ts";
import { type Environment, readSettings } from "../../src/local/settings.ts";
import { workerOptions } from "../../src/local/worker-options.ts";
import { readWranglerConfig } from "../../src/local/wrangler-config.ts";
import { buildWorker } from "../build.ts";
import { Client } from "../client.ts";
import type { Service } from "../started-service.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Starts the counting build of the Worker as the local server starts the plain one, without cron. */
export async function startCounting(scratch: string, environment: Environment): Promise<Service> {
  const dataDir = mkdtempSync(join(scratch, "counting-"));
  const settings = readSettings({ ...environment, PORT: "0", DATA_DIR: dataDir });
  const data = openDataDir(settings);
  const { statePath, adminToken, release } = data;
  const wrangler = readWranglerConfig(join(ROOT, "wrangler.toml"));
  const root = buildWorker("counting", scratch);
  const worker = workerOptions(root, wrangler, settings, data);
  await migrate(ROOT, wrangler, statePath);
  const miniflare = new Miniflare({ ...miniflareBasics(statePath), workers: [worker] });
  const { port } = await miniflare.unsafeGetDirectURL();
  const url = `http://127.0.0.1:${port}`;
  const key = await ensureDefaultWorkspace(url, adminToken);
  if (key === null) throw new Error("a new data directory had a workspace already");
  return {
    client: new Client(url, key),
    pid: Number(readFileSync(pidFile(statePath), "utf8")),
    stop: async () => {
      await miniflare.dispose();
      release();
    },
  };
}
