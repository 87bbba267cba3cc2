import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Command } from "commander";
import { prepareServer } from "../serve/runtime.ts";
import { CommandError } from "../shell/failure.ts";
import { wholeNumber } from "../shell/given.ts";
import type { Shell } from "../shell/shell.ts";

/** The package has the server beside the folder that this program is in. */
const PACKAGED = join(import.meta.dirname, "../server");

/** Each live object holds three files: as many as the system gives. The heap of Node is kept small, as under `npm start`. */
const START = `ulimit -n "$(ulimit -Hn)" 2> /dev/null || ulimit -n 65536 2> /dev/null || true
export MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
exec "$0" --max-semi-space-size=1 --optimize-for-size "$1"`;

interface ServeOptions {
  port?: number;
  host?: string;
  dataDir?: string;
}

/** `serve`: the service on this machine, without the repository. */
export function addServe(program: Command, shell: Shell): void {
  program
    .command("serve")
    .description("run the service on this machine: API, dashboard and docs, with all state in one folder")
    .option("--port <n>", "where it listens; default: PORT, or 8787", wholeNumber(0, 65535))
    .option("--host <address>", "on which address; default: HOST, or 127.0.0.1")
    .option("--data-dir <folder>", "where its state is; default: DATA_DIR, or .atlas")
    .addHelpText(
      "after",
      `
At its first start it installs its runtime (workerd, by npm) into ~/.cache/atlas, or ATLAS_CACHE_DIR.
ADMIN_TOKEN, ENCRYPTION_KEY, ALLOWED_NETWORKS and the other settings of docs/operations.md are read from the environment.

Examples:
  $ atlas serve
  $ atlas serve --port 9000 --data-dir /var/lib/atlas`,
    )
    .action((options: ServeOptions) => serve(shell, options));
}

async function serve(
  { environment, output, signal }: Shell,
  { port, host, dataDir }: ServeOptions,
): Promise<void> {
  const { node, main } = await prepareServer(PACKAGED, environment, signal, (text) => output.note(text));
  const settings = {
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(host === undefined ? {} : { HOST: host }),
    ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }),
  };
  const child = spawn("sh", ["-c", START, node, main], {
    // The server ends when the other end of the last one closes: also where this process is killed.
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...environment, ...settings, ATLAS_LIFELINE: "3" },
  });
  const forward = (name: NodeJS.Signals) => child.kill(name);
  signal.addEventListener("abort", () => forward("SIGINT"), { once: true });
  for (const name of ["SIGTERM", "SIGHUP"] as const) process.on(name, forward);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0 && !signal.aborted) throw new CommandError(`The server ended with ${code ?? "a signal"}.`);
}
