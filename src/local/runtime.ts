import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { reportRuntimeLog } from "./runtime-logs.ts";
import { pidFile, type RuntimeGuard, scratchPath } from "./runtime-process.ts";

/** What asks a process to end. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// Miniflare depends on workerd; this project does not, so its place is asked of Miniflare.
const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));

/** What every Miniflare of the local server has: state on disk, nothing fetched from outside, nothing sent. */
export function miniflareBasics(statePath: string): Omit<MiniflareOptions, "workers"> {
  // Miniflare takes the program to start from the environment only.
  process.env.MINIFLARE_WORKERD_PATH = join(import.meta.dirname, "workerd.sh");
  return {
    host: "127.0.0.1",
    port: 0,
    cf: false,
    logRequests: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    resourcePersistencePath: statePath,
    handleStructuredLogs: reportRuntimeLog,
    log: new Log(LogLevel.ERROR),
    unsafeRuntimeEnv: {
      ATLAS_WORKERD: require("workerd").default,
      ATLAS_WORKERD_PID_FILE: pidFile(statePath),
      ATLAS_NODE: process.execPath,
      // Beside this file, as source or as built.
      ATLAS_SPREAD_ALARMS: join(import.meta.dirname, `spread-alarms${extname(import.meta.filename)}`),
    },
  };
}

/**
 * Starts a Miniflare with these basics. The caller holds the data directory's lock.
 * @param guard ends workerd should this process be killed; null = nothing does
 */
export function openMiniflare(
  statePath: string,
  options: Pick<MiniflareOptions, "workers"> & Partial<MiniflareOptions>,
  guard: RuntimeGuard | null = null,
): Miniflare {
  mkdirSync(scratchPath(statePath), { recursive: true });
  // The place of its scratch files too comes from the environment only; it is read in the constructor.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = scratchPath(statePath);
  const basics = miniflareBasics(statePath);
  const unsafeRuntimeEnv = { ...basics.unsafeRuntimeEnv, ...(guard ? { ATLAS_GUARD: guard.folder } : {}) };
  const handlers = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  try {
    return new Miniflare({ ...basics, ...options, unsafeRuntimeEnv });
  } finally {
    // Miniflare's own handlers end the process in the middle of a start or a stop, and not with 0.
    for (const signal of SIGNALS) {
      for (const handler of process.listeners(signal)) {
        if (!handlers.get(signal)?.includes(handler)) process.removeListener(signal, handler);
      }
    }
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}
