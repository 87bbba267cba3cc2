import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { reportRuntimeLog } from "./runtime-logs.ts";
import { pidFile } from "./runtime-process.ts";

// Miniflare depends on workerd; this project does not, so its place is asked of Miniflare.
const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));

/** Where Miniflare puts what it removes at the end; a kill -9 leaves it there, so the next start clears the folder. */
export function scratchPath(statePath: string): string {
  return join(statePath, "scratch");
}

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
    },
  };
}

/** Starts a Miniflare with these basics. The caller holds the data directory's lock. */
export function openMiniflare(
  statePath: string,
  options: Pick<MiniflareOptions, "workers"> & Partial<MiniflareOptions>,
): Miniflare {
  mkdirSync(scratchPath(statePath), { recursive: true });
  // The place of its scratch files too comes from the environment only; it is read in the constructor.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = scratchPath(statePath);
  try {
    return new Miniflare({ ...miniflareBasics(statePath), ...options });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}
