import { existsSync, readdirSync, readFileSync } from "node:fs";
import { eventually } from "./eventually.ts";

/**
 * Resolves once nothing of a started service runs any more: its process group, and what names its data directory in its
 * command, as the guard of its workerd does, which has a group of its own. A process that was killed goes on for some
 * milliseconds until its memory is given back, more on a busy machine, and keeps its files open until then.
 * @param group the id of its process group
 */
export async function untilProcessesGone(group: number, dataDir: string): Promise<void> {
  // What was seen once is waited for, though it has no command any more as it ends.
  const seen = new Set<number>();
  await eventually(`the end of what ran on ${dataDir}`, () => {
    for (const pid of processIds()) if (isOf(pid, group, dataDir)) seen.add(pid);
    return ![...seen].some(isRunning);
  });
}

/** The ids of all processes; none where there is no /proc: there only the data directory's own clean-up can tell. */
function processIds(): number[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function isOf(pid: number, group: number, dataDir: string): boolean {
  if (pid === process.pid) return false;
  const [, , ofGroup] = statusOf(pid) ?? [];
  return ofGroup === String(group) || (read(pid, "cmdline")?.includes(dataDir) ?? false);
}

/** One that has ended and was not waited for holds nothing, once its last thread has ended, too. */
function isRunning(pid: number): boolean {
  const [state] = statusOf(pid) ?? [];
  return state !== undefined && (state !== "Z" || threads(pid) > 1);
}

/** State, parent, process group, …: what follows the name, which may hold anything. */
function statusOf(pid: number): string[] | null {
  const text = read(pid, "stat");
  return text === null ? null : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function threads(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

function read(pid: number, file: "stat" | "cmdline"): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended meanwhile.
    return null;
  }
}
