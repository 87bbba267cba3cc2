import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BesideWorker } from "../../src/local/beside-worker.ts";
import { type DataDir, openDataDir } from "../../src/local/data-dir.ts";
import { migrate } from "../../src/local/migrate.ts";
import { Runtime } from "../../src/local/runtime.ts";
import { readSettings } from "../../src/local/settings.ts";
import { configuredWorker, SOCKETS } from "../../src/local/worker-config.ts";
import { workerHandlers } from "../../src/local/worker-handlers.ts";
import type { WorkerdConfig, WorkerdService } from "../../src/local/workerd-config.ts";
import { readWranglerConfig } from "../../src/local/wrangler-config.ts";

const ROOT = join(import.meta.dirname, "../..");
const SCRIPT = "worker.js";

/** The Worker on this machine with a configuration that is changed before it starts; without cron and front. */
export class ChangedWorker {
  readonly url: string;
  readonly dataDir: DataDir;
  readonly #runtime: Runtime;
  readonly #beside: BesideWorker;

  private constructor(url: string, dataDir: DataDir, runtime: Runtime, beside: BesideWorker) {
    this.url = url;
    this.dataDir = dataDir;
    this.#runtime = runtime;
    this.#beside = beside;
  }

  /**
   * @param path its data directory
   * @param change is given the whole configuration, and in it the service of the Worker
   * @param root where its migrations are
   */
  static async start(
    path: string,
    change: (config: WorkerdConfig, worker: WorkerdService) => WorkerdConfig,
    { root = ROOT, environment = {} }: { root?: string; environment?: Record<string, string> } = {},
  ): Promise<ChangedWorker> {
    const settings = readSettings({ PORT: "0", DATA_DIR: path, ...environment });
    const dataDir = openDataDir(settings);
    const wrangler = readWranglerConfig(join(ROOT, "wrangler.toml"));
    const { statePath } = dataDir;
    migrate(root, wrangler, statePath);
    const beside = await BesideWorker.listen(workerHandlers(ROOT, wrangler, statePath));
    const worker = configuredWorker(ROOT, wrangler, settings, dataDir, beside.services);
    const service = worker.config.services.find(({ name }) => name === `core:user:${wrangler.name}`);
    if (service === undefined) throw new Error("the Worker's service has another name");
    const config = change(worker.config, service);
    const runtime = await Runtime.start({ ...worker, config, statePath });
    const url = `http://127.0.0.1:${runtime.portOf(SOCKETS.requests)}`;
    return new ChangedWorker(url, dataDir, runtime, beside);
  }

  /** A folder for the data of one. */
  static newDataDir(): string {
    return mkdtempSync(join(tmpdir(), "atlas-changed-"));
  }

  /** Ends it and leaves its data. */
  async stop(): Promise<void> {
    await this.#runtime.stop();
    this.#beside.close();
    this.dataDir.release();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir.path, { recursive: true, force: true });
  }
}

/** The Worker's service with other code. */
export function withScript({ worker, ...service }: WorkerdService, script: string): WorkerdService {
  const modules = worker?.modules?.map((module) =>
    module.name === SCRIPT ? { ...module, esModule: script } : module,
  );
  return { ...service, worker: { ...worker, modules } };
}
