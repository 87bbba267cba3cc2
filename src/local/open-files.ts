import { execFileSync } from "node:child_process";
import { StartError } from "./start-error.ts";

/**
 * How many files this process and those it starts may have open; null = no limit. Asked of a shell, which inherits
 * the limit, because Node has no call for it.
 */
export function openFileLimit(): number | null {
  // It does not change while this process lives.
  known ??= execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  return known === "unlimited" ? null : Number(known);
}

let known: string | undefined;

/** With fewer, a handful of endpoints would take turns for minutes. 1,024 is what systems give where nobody asked. */
const LEAST_OPEN_FILES = 1000;

/** Throws a StartError where the limit of open files is too low to serve anyone. */
export function checkOpenFiles(limit: number | null = openFileLimit()): void {
  if (limit === null || limit >= LEAST_OPEN_FILES) return;
  throw new StartError(
    `This process may have ${limit} files open, and needs ${LEAST_OPEN_FILES} or more: raise the hard limit with \`ulimit -Hn 65536\` as root, LimitNOFILE=65536 in a systemd unit, or --ulimit nofile=65536:65536 for a container.`,
  );
}

/**
 * Half of the files are for objects; the others for connections of callers and to receivers, for D1 and R2, and for
 * the few objects that alarms open at a moment at which there is no place for them.
 */
const SHARE_OF_OBJECTS = 0.5;

/** A live object holds three files; one more leaves room for its connection to a receiver. */
const FILES_PER_OBJECT = 4;

/** A live object takes a quarter of a megabyte of memory, too: of these, a gigabyte. */
const MOST_LIVE_OBJECTS = 4000;

/** How many objects may be live at once within a limit of open files, null = none; beyond it workerd fails and then exits. */
export function liveObjects(openFiles: number | null): number {
  const files = openFiles ?? Number.POSITIVE_INFINITY;
  return Math.min(MOST_LIVE_OBJECTS, Math.floor((files * SHARE_OF_OBJECTS) / FILES_PER_OBJECT));
}

/** Which part of workerd's files is for connections of callers; Node, which is in front of it, has two files for each. */
const SHARE_OF_CALLERS = 0.15;
const SHARE_OF_FRONT = 0.35;

/** Where there is no limit, or a large one: what one machine has to do with at once. */
const MOST_CALLERS = 10_000;

/** How many connections the front takes, and how many of them workerd has at once. */
export function frontLimits(openFiles: number | null): { connections: number; upstream: number } {
  const files = openFiles ?? Number.POSITIVE_INFINITY;
  const part = (share: number) => Math.min(MOST_CALLERS, Math.floor(files * share));
  return { connections: part(SHARE_OF_FRONT), upstream: part(SHARE_OF_CALLERS) };
}
