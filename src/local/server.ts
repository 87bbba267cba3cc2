import { join } from "node:path";
import { includesLoopback } from "./allowed-networks.ts";
import { BesideWorker } from "./beside-worker.ts";
import { checkState } from "./check-state.ts";
import { startCron } from "./cron.ts";
import { cannotUse, type DataDir, openDataDir } from "./data-dir.ts";
import { ensureDefaultWorkspace } from "./default-workspace.ts";
import { syncFolders } from "./durable-files.ts";
import { Front } from "./front.ts";
import { hostUrl } from "./host-url.ts";
import { migrate } from "./migrate.ts";
import { checkOpenFiles, frontLimits, openFileLimit } from "./open-files.ts";
import { Runtime } from "./runtime.ts";
import { endRuntime, endStaleRuntime, RuntimeGuard, runtimeState } from "./runtime-process.ts";
import { type Environment, readSettings, type Settings } from "./settings.ts";
import { StartError, systemErrorCode } from "./start-error.ts";
import { watchRuntime } from "./watchdog.ts";
import { configuredWorker, SOCKETS } from "./worker-config.ts";
import { workerHandlers } from "./worker-handlers.ts";
import { readWranglerConfig } from "./wrangler-config.ts";

export interface StartOptions {
  /** Overrides PORT; 0 = any free one. */
  port?: number;
  /** Overrides DATA_DIR. */
  dataDir?: string;
  /** Instead of the process's environment. */
  env?: Environment;
  /** Overrides INSPECTOR_PORT. */
  inspectorPort?: number;
  /** For measurements: flags for workerd's V8. */
  v8Flags?: string[];
  /** For measurements: without the dashboard's files. */
  withoutPages?: boolean;
  /** Called when workerd ended and could not be started again: nothing is served any more. */
  onFailure?: (error: Error) => void;
}

export interface RunningServer {
  /** Without a slash at its end. */
  url: string;
  /** Absolute. */
  dataDir: string;
  adminToken: string;
  /** The admin key of the workspace `default` if this start made it; it is kept nowhere. */
  firstKey: string | null;
  /** Whether deliveries may go to receivers on this machine. */
  deliversToLoopback: boolean;
  /** Ends workerd and gives the data directory free. May be called again. */
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "../..");

/**
 * Starts the built Worker (`npm run build`) on this machine with its state in the data directory. Throws a
 * StartError, whose message is for the person who started it.
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const settings = readSettings({
    ...(options.env ?? process.env),
    ...(options.port === undefined ? {} : { PORT: String(options.port) }),
    ...(options.dataDir === undefined ? {} : { DATA_DIR: options.dataDir }),
    ...(options.inspectorPort === undefined ? {} : { INSPECTOR_PORT: String(options.inspectorPort) }),
  });
  const dataDir = openDataDir(settings);
  try {
    checkOpenFiles();
    checkState(dataDir.statePath);
    await endStaleRuntime(dataDir.statePath);
    return await run(settings, dataDir, options);
  } catch (error) {
    dataDir.release();
    throw error instanceof StartError ? error : cannotUse(dataDir.path, error);
  }
}

async function run(
  settings: Settings,
  dataDir: DataDir,
  { onFailure, v8Flags, withoutPages }: StartOptions,
): Promise<RunningServer> {
  const wrangler = readWranglerConfig(join(ROOT, "wrangler.toml"));
  const { statePath } = dataDir;
  const front = await listen(settings);
  const guard = new RuntimeGuard(statePath);
  const stops: (() => void | Promise<void>)[] = [
    () => dataDir.release(),
    () => guard.dismiss(),
    () => front.close(),
  ];
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    migrate(ROOT, wrangler, statePath);
    const { ASSETS, ...handlers } = workerHandlers(ROOT, wrangler, statePath);
    const beside = await BesideWorker.listen(withoutPages ? handlers : { ...handlers, ASSETS });
    stops.push(() => beside.close());
    const worker = configuredWorker(ROOT, wrangler, settings, dataDir, beside.services);
    const runtime = await Runtime.start({
      ...worker,
      config: { ...worker.config, v8Flags },
      statePath,
      guard,
      inspectorPort: settings.inspectorPort,
      onFailure,
    });
    stops.push(() => runtime.stop());
    const at = (socket: string): string | null => {
      const port = runtime.portOf(socket);
      return port === null ? null : `http://127.0.0.1:${port}`;
    };
    syncFolders(statePath);
    front.handOnTo(() => runtime.portOf(SOCKETS.requests));
    const url = hostUrl(settings.host, front.port);
    const firstKey = await ensureDefaultWorkspace(url, dataDir.adminToken);
    const trigger = () => {
      const cron = at(SOCKETS.cron);
      return cron === null ? null : new URL(cron);
    };
    stops.push(startCron(trigger, wrangler.crons));
    // One that stands at a breakpoint answers nobody for as long as somebody thinks.
    if (settings.inspectorPort === null) {
      const watched = {
        url: () => at(SOCKETS.requests),
        answeredAt: () => front.answeredAt,
        process: () => runtimeState(statePath),
        end: () => endRuntime(statePath),
      };
      stops.push(watchRuntime(watched));
    }
    return {
      url,
      dataDir: dataDir.path,
      adminToken: dataDir.adminToken,
      firstKey,
      deliversToLoopback: includesLoopback(settings.allowedNetworks),
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Listens where callers come. */
async function listen({ host, port }: Settings): Promise<Front> {
  try {
    return await Front.listen(host, port, frontLimits(openFileLimit()));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EADDRINUSE") {
      throw new StartError(`Port ${port} on ${host} is in use: stop what uses it, or set another PORT.`);
    }
    throw new StartError(`Cannot listen on HOST ${host}, PORT ${port} (${code}).`);
  }
}
