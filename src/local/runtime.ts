import { createRequire } from "node:module";
import { join } from "node:path";
import { Log, LogLevel, type MiniflareOptions } from "miniflare";
import { reportRuntimeLog } from "./runtime-logs.ts";
import { pidFile } from "./runtime-process.ts";

// Miniflare depends on workerd; this project does not, so its place is asked of Miniflare.
const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));

/** What every Miniflare of the local server has: state on disk, nothing fetched from outside, nothing sent. */
export function miniflareBasics(statePath: string, log?: Log): Omit<MiniflareOptions, "workers"> {
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
    log: log ?? new Log(LogLevel.ERROR),
    unsafeRuntimeEnv: {
      ATLAS_WORKERD: require("workerd").default,
      ATLAS_WORKERD_PID_FILE: pidFile(statePath),
    },
  };
}
