import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BesideWorker } from "../../src/local/beside-worker.ts";
import { openDataDir } from "../../src/local/data-dir.ts";
import { ensureDefaultWorkspace } from "../../src/local/default-workspace.ts";
import { migrate } from "../../src/local/migrate.ts";
import { Runtime } from "../../src/local/runtime.ts";
import { pidFile } from "../../src/local/runtime-process.ts";
import { type Environment, readSettings } from "../../src/local/settings.ts";
import { configuredWorker, SOCKETS } from "../../src/local/worker-config.ts";
import { workerHandlers } from "../../src/local/worker-handlers.ts";
import { readWranglerConfig } from "../../src/local/wrangler-config.ts";
import { buildWorker } from "../build.ts";
import { Client } from "../client.ts";
import { freePort } from "../free-port.ts";
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
  // The storage is that of the service.
  cpSync(join(ROOT, "dist/storage"), join(root, "dist/storage"), { recursive: true });
  const beside = await BesideWorker.listen(workerHandlers(ROOT, wrangler, statePath));
  const worker = configuredWorker(root, wrangler, settings, data, beside.services);
  const { bindings = [] } =
    worker.config.services.find(({ name }) => name === `core:user:${wrangler.name}`)?.worker ?? {};
  if (d1Url === null) migrate(ROOT, wrangler, statePath);
  else {
    const kept = bindings.filter(({ name }) => !OF_ONE_MACHINE.includes(name));
    bindings.splice(0, bindings.length, ...kept, { name: "D1_URL", text: d1Url });
  }
  const inspectorPort = await freePort();
  const runtime = await Runtime.start({ ...worker, statePath, inspectorPort });
  const url = `http://127.0.0.1:${runtime.portOf(SOCKETS.requests)}`;
  const key = await ensureDefaultWorkspace(url, adminToken);
  if (key === null) throw new Error("a new data directory had a workspace already");
  const inspector = await Inspector.connect(inspectorPort, wrangler.name);
  return {
    client: new Client(url, key),
    inspector,
    pid: Number(readFileSync(pidFile(statePath), "utf8")),
    stop: async () => {
      inspector.close();
      await runtime.stop();
      beside.close();
      release();
    },
  };
}
