/*
 * Whether first attempts wait for the one thread of this isolate. One event may go to hundreds of endpoints: what the first of
 * them have to store, or those of the event before, must not stop the thread, a commit each, before the last one's receiver has
 * it.
 */

/** They look again and again, one by one: nobody waits any more where none has looked for so long. */
const LOOKED_MS = 20;

/** So long may be put off, in all, what stores attempts that have ended. */
const PUT_OFF_MS = 200;

/** How long that may be put off where what waits takes long. The log waits 10 s for what it handed over. */
const LONGEST_PUT_OFF_MS = 3000;

/** When one was last seen to wait, Unix milliseconds. */
const waited = { atMs: 0, longAtMs: 0 };

/**
 * A first attempt waits for its round.
 * @param takesLong whether many wait with it, or its object is to be opened for it
 */
export function noteStartWaits(takesLong: boolean, nowMs: number): void {
  waited.atMs = nowMs;
  if (takesLong) waited.longAtMs = nowMs;
}

/** How long in all what stores attempts may be put off that is asked for now, milliseconds. */
export function mayPutOffMs(nowMs: number): number {
  if (isLately(waited.longAtMs, nowMs)) return LONGEST_PUT_OFF_MS;
  return isLately(waited.atMs, nowMs) ? PUT_OFF_MS : 0;
}

function isLately(atMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - atMs) <= LOOKED_MS;
}
