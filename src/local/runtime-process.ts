import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Where `workerd.sh` notes the id of the workerd that uses this state. */
export function pidFile(statePath: string): string {
  return join(statePath, "workerd.pid");
}

/** What is of use to this process alone: workerd's configuration, its guard's folder. A kill -9 leaves it there, so the next start clears it. */
export function scratchPath(statePath: string): string {
  return join(statePath, "scratch");
}

/**
 * Ends the workerd that uses this state: one that outlived its server (the caller holds the data directory's lock, so
 * it has no server any more), or one that does not answer. That its id was not given to another program since is
 * checked by its command.
 */
export async function endRuntime(statePath: string): Promise<void> {
  const pid = readPid(statePath);
  if (pid === null || !isWorkerd(pid)) return;
  process.kill(pid, "SIGKILL");
  while (isWorkerd(pid)) await wait(5);
}

/** How a process does. */
export interface ProcessState {
  /** Whether its main thread runs, or would if it had the processor, or the disk were quicker. */
  isRunnable: boolean;
  /** How long it has had the processor since its start, all threads together. */
  cpuMs: number;
}

/** In which Linux counts the processor's time. */
const TICK_MS = 10;

/** How the workerd that the server of a state directory runs does; null = there is none, or the system does not tell. */
export function runtimeState(statePath: string): ProcessState | null {
  try {
    // man proc_pid_stat: the name, which may hold anything, ends with the last parenthesis; the state follows, and utime as 14th.
    const stat = readFileSync(`/proc/${readPid(statePath)}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      isRunnable: state === "R" || state === "D",
      cpuMs: (Number(fields[10]) + Number(fields[11])) * TICK_MS,
    };
  } catch {
    return null;
  }
}

/**
 * Clears away what a server that was killed left. The scratch folder first: a `workerd.sh` that was on its way then
 * finds its guard's folder gone and ends itself; one that was further has noted its id.
 */
export async function endStaleRuntime(statePath: string): Promise<void> {
  rmSync(scratchPath(statePath), { recursive: true, force: true });
  await endRuntime(statePath);
  rmSync(pidFile(statePath), { force: true });
}

/**
 * Ends workerd when this process ends without having done so (kill -9): a shell that waits for the end of its
 * standard input, which only this process holds open. To be made before the first workerd is started.
 */
export class RuntimeGuard {
  /** Where `workerd.sh` and the guard meet. */
  readonly folder: string;
  readonly #statePath: string;
  readonly #shell: ChildProcess;

  constructor(statePath: string) {
    this.#statePath = statePath;
    mkdirSync(scratchPath(statePath), { recursive: true });
    this.folder = mkdtempSync(join(scratchPath(statePath), "guard-"));
    this.#shell = spawn("sh", ["-c", GUARD, "sh", this.folder], {
      stdio: ["pipe", "ignore", "ignore"],
      // A process group of its own: a signal to the server's group must not end the guard first.
      detached: true,
    });
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
  }

  /** After workerd has ended. */
  async dismiss(): Promise<void> {
    rmSync(join(this.folder, "pid"), { force: true });
    const ended = new Promise((resolve) => this.#shell.once("exit", resolve));
    this.#shell.ref();
    this.#shell.stdin?.end();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
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
    return execFileSync("sh", ["-c", COMMAND_OF, "sh", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).includes("workerd");
  } catch {
    return false;
  }
}

/** Linux has /proc even where `ps` is not installed; other systems have `ps`. */
const COMMAND_OF = 'tr "\\0" " " < "/proc/$1/cmdline" 2>/dev/null || ps -o command= -p "$1"';

const GUARD = `folder=$1
cat > /dev/null
: > "$folder/ended"
set -- "$(cat "$folder/pid")"
[ -n "$1" ] && case "$(${COMMAND_OF})" in *workerd*) kill -9 "$1" ;; esac`;
