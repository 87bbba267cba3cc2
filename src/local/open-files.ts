import { execFileSync } from "node:child_process";
import { StartError } from "./start-error.ts";

/**
 * How many files this process and those it starts may have open; null = no limit. Asked of a shell, which inherits
 * the limit, because Node has no call for it.
 */
export function openFileLimit(): number | null {
  const answer = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  return answer === "unlimited" ? null : Number(answer);
}

/** With fewer, a handful of endpoints would take turns for minutes. 1,024 is what systems give where nobody asked. */
const LEAST_OPEN_FILES = 1000;

/** Throws a StartError where the limit of open files is too low to serve anyone. */
export function checkOpenFiles(limit: number | null = openFileLimit()): void {
  if (limit === null || limit >= LEAST_OPEN_FILES) return;
  throw new StartError(
    `This process may have ${limit} files open, and needs ${LEAST_OPEN_FILES} or more: raise the hard limit with \`ulimit -Hn 65536\` as root, LimitNOFILE=65536 in a systemd unit, or --ulimit nofile=65536:65536 for a container.`,
  );
}

/** Files that the process needs apart from the objects' own: connections, D1, R2. */
const FILES_FOR_THE_REST = 500;

/** A live object holds three files; one more leaves room for its connection to a receiver. */
const FILES_PER_OBJECT = 4;

/** How many endpoint objects may be live at once within a limit of open files; beyond it workerd fails and then exits. */
export function liveEndpoints(openFiles: number): number {
  return Math.max(1, Math.floor((openFiles - FILES_FOR_THE_REST) / FILES_PER_OBJECT));
}
