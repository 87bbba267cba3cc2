import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Where `workerd.sh` notes the id of the workerd that uses this state. */
export function pidFile(statePath: string): string {
  return join(statePath, "workerd.pid");
}

/**
 * Ends a workerd that outlived its server. The caller holds the data directory's lock, so whichever workerd the file
 * names has no server any more; that the id was not given to another program since is checked by its command.
 */
export async function endStaleRuntime(statePath: string): Promise<void> {
  const pid = readPid(statePath);
  if (pid !== null && isWorkerd(pid)) {
    process.kill(pid, "SIGKILL");
    while (isWorkerd(pid)) await wait(5);
  }
  rmSync(pidFile(statePath), { force: true });
}

/**
 * Ends workerd when this process ends without having done so (kill -9): a shell that waits for the end of its
 * standard input, which only this process holds open.
 */
export class RuntimeGuard {
  readonly #statePath: string;
  readonly #shell: ChildProcess;

  constructor(statePath: string) {
    this.#statePath = statePath;
    this.#shell = spawn(
      "sh",
      ["-c", 'while read -r line; do pid=$line; done; [ -z "$pid" ] || kill -9 "$pid"'],
      {
        stdio: ["pipe", "ignore", "ignore"],
        // A process group of its own: a signal to the server's group must not end the guard first.
        detached: true,
      },
    );
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
    this.watch();
  }

  /** To be called again after Miniflare started another workerd. */
  watch(): void {
    this.#shell.stdin?.write(`${readPid(this.#statePath) ?? ""}\n`);
  }

  /** After workerd has ended: a guard that went on could end a stranger with its id. */
  async dismiss(): Promise<void> {
    const ended = new Promise((resolve) => this.#shell.once("exit", resolve));
    this.#shell.ref();
    this.#shell.stdin?.end("\n");
    await ended;
    rmSync(pidFile(this.#statePath), { force: true });
  }
}

function readPid(statePath: string): number | null {
  const file = pidFile(statePath);
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  return Number.isInteger(pid) && pid > 1 ? pid : null;
}

function isWorkerd(pid: number): boolean {
  try {
    // A process that has ended but was not yet waited for has no command any more, and holds no port.
    return execFileSync("sh", ["-c", commandOf, "sh", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).includes("workerd");
  } catch {
    return false;
  }
}

/** Linux has /proc even where `ps` is not installed; other systems have `ps`. */
const commandOf = 'tr "\\0" " " < "/proc/$1/cmdline" 2>/dev/null || ps -o command= -p "$1"';
