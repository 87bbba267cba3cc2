import { execFileSync } from "node:child_process";

/**
 * How many files this process and those it starts may have open; null = no limit. Asked of a shell, which inherits
 * the limit, because Node has no call for it.
 */
export function openFileLimit(): number | null {
  const answer = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  return answer === "unlimited" ? null : Number(answer);
}

/** Files that the process needs apart from the objects' own: connections, D1, R2. */
const FILES_FOR_THE_REST = 500;

/** A live object holds three files; one more leaves room for its connection to a receiver. */
const FILES_PER_OBJECT = 4;

/** How many endpoint objects may be live at once within a limit of open files; beyond it workerd fails and then exits. */
export function liveEndpoints(openFiles: number): number {
  return Math.max(1, Math.floor((openFiles - FILES_FOR_THE_REST) / FILES_PER_OBJECT));
}
