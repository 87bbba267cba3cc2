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
import { Inspector } from "../inspector.ts";
import type { Service } from "../started-service.ts";
import { startD1 } from "./d1-process.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What there is on one machine only, and would use CPU time that Cloudflare does not bill. */
const OF_ONE_MACHINE = ["DISK", "LIVE_OBJECTS"];

/** Starts the counting build of the Worker as the local server starts the plain one, without cron. */
export function startCounting(scratch: string, environment: Environment): Promise<Service> {
  return start(scratch, environment, null);
}

/** A service whose isolate can be looked into. */
export interface InspectedService extends Service {
  inspector: Inspector;
}

/** The same with what Cloudflare has: nothing of a disk or a limit of files, and D1 in a process of its own. */
export async function startCountingAsOnCloudflare(
  scratch: string,
  environment: Environment,
): Promise<InspectedService> {
  const statePath = mkdtempSync(join(scratch, "d1-"));
  const d1 = await startD1(ROOT, readWranglerConfig(join(ROOT, "wrangler.toml")), statePath);
  const service = await start(scratch, environment, d1.url);
  return {
    ...service,
    stop: async () => {
      await service.stop();
      await d1.stop();
    },
  };
}

/** @param d1Url where D1 is asked in its own process; null = it is in the service's */
async function start(
  scratch: string,
  environment: Environment,
  d1Url: string | null,
): Promise<InspectedService> {
  const dataDir = mkdtempSync(join(scratch, "counting-"));
  const settings = readSettings({ ...environment, PORT: "0", DATA_DIR: dataDir });
  const data = openDataDir(settings);
  const { statePath, adminToken, release } = data;
  const wrangler = readWranglerConfig(join(ROOT, "wrangler.toml"));
  const root = buildWorker("counting", scratch);
  const worker = workerOptions(root, wrangler, settings, data);
  if (d1Url === null) await migrate(ROOT, wrangler, statePath);
  else {
    for (const name of OF_ONE_MACHINE) delete worker.config.env?.[name];
    Object.assign(worker.config.env ?? {}, { D1_URL: { type: "text", value: d1Url } });
  }
  const miniflare = new Miniflare({ ...miniflareBasics(statePath), inspectorPort: 0, workers: [worker] });
  const { port } = await miniflare.unsafeGetDirectURL();
  const url = `http://127.0.0.1:${port}`;
  const key = await ensureDefaultWorkspace(url, adminToken);
  if (key === null) throw new Error("a new data directory had a workspace already");
  const inspectorPort = Number((await miniflare.getInspectorURL()).port);
  const inspector = await Inspector.connect(inspectorPort, wrangler.name);
  return {
    client: new Client(url, key),
    inspector,
    pid: Number(readFileSync(pidFile(statePath), "utf8")),
    stop: async () => {
      inspector.close();
      await miniflare.dispose();
      release();
    },
  };
}
