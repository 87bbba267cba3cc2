import { Deadlines } from "../deadlines.ts";
import { MIB } from "../domain/memory-budget.ts";
import type { Clock, Timers } from "../domain/surroundings.ts";

/*
 * Whether there is room for more. On one machine the disk under all databases can be full; on Cloudflare an object or
 * D1 has its own limit. What is known is kept at module level: all objects and requests of an isolate share it.
 */

/**
 * Left for what must still be written when nothing is accepted any more: what became of attempts, alarms, pruning. On a
 * small disk it is a share.
 */
const RESERVE_BYTES = 64 * MIB;
const RESERVE_SHARE = 0.03;

/** Below this part of the reserve nothing can be relied on to be stored. */
const CRITICAL_SHARE = 0.25;

/** How old the disk's answer may be, and how long it may take. */
const KNOWN_MS = 1000;
const ANSWERS_WITHIN_MS = 1000;

/** How long after a write that found no room it counts as full, whatever the disk says. */
const AFTER_ERROR_MS = 2000;

/** What SQLite, D1 and the system say of a disk, a database or an object that is full. */
const FULL = /SQLITE_FULL|disk is full|ENOSPC|No space left on device|Exceeded maximum DB size/i;

/** A disk's room, bytes. */
interface Room {
  freeBytes: number;
  totalBytes: number;
}

let room: Room | null = null;
let askedAt = 0;
let failedAt = 0;

/** Whether a write failed because there was no room for it. */
export function isStorageFullError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (FULL.test(cause.message)) return true;
  return false;
}

/** Remembers that a write found no room. */
export function noteStorageFull(nowMs: number): void {
  failedAt = nowMs;
}

/** Whether nothing new is to be accepted, as far as is known. */
export function isStorageFull(nowMs: number): boolean {
  return isBelow(1) || ageMs(failedAt, nowMs) < AFTER_ERROR_MS;
}

/** Whether even what became of an attempt could not be stored: then none is to be made. */
export function isStorageExhausted(nowMs: number): boolean {
  return isBelow(CRITICAL_SHARE) || ageMs(failedAt, nowMs) < AFTER_ERROR_MS;
}

/** Bytes that are free, as last told; null = not known here. */
export function freeBytes(): number | null {
  return room?.freeBytes ?? null;
}

function isBelow(share: number): boolean {
  if (room === null) return false;
  return room.freeBytes < share * Math.min(RESERVE_BYTES, RESERVE_SHARE * room.totalBytes);
}

/** How long ago something was; a clock that is set back must not make it the future. */
function ageMs(atMs: number, nowMs: number): number {
  return Math.abs(nowMs - atMs);
}

/** Whether what is known of the disk is too old to rely on. */
export function mustAskDisk(disk: Fetcher | undefined, nowMs: number): boolean {
  return disk !== undefined && ageMs(askedAt, nowMs) >= KNOWN_MS;
}

/**
 * Asks the local server for the disk's room, unless it was asked just now. Never rejects: what is known stays where it
 * does not answer. Without a local server there is nothing to ask.
 */
export async function askDisk(
  disk: Fetcher | undefined,
  nowMs: number,
  surroundings: Clock & Timers,
): Promise<void> {
  if (disk === undefined || !mustAskDisk(disk, nowMs)) return;
  askedAt = nowMs;
  const controller = new AbortController();
  const endDeadline = new Deadlines(surroundings).in(ANSWERS_WITHIN_MS, () => controller.abort());
  try {
    const answer = await disk.fetch("http://disk/room", { signal: controller.signal });
    if (answer.ok) room = await answer.json<Room>();
  } catch {
    askedAt = 0;
  } finally {
    endDeadline();
  }
}
