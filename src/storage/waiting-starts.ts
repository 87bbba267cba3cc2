/*
 * Whether first attempts wait for the one thread of this isolate. One event may go to hundreds of endpoints: what the first of
 * them have to store, or those of the event before, must not stop the thread, a commit each, before the last one's receiver has
 * it.
 */

/** They look again and again, one by one: nobody waits any more where none has looked for so long. */
const LOOKED_MS = 20;

/** So long may be put off, in all, what stores attempts that have ended. The log waits 10 s for what it handed over. */
const PUT_OFF_MS = 3000;

/** When one was last seen to wait, Unix milliseconds. */
let waitedAtMs = 0;

/** A first attempt waits for its round. */
export function noteStartWaits(nowMs: number): void {
  waitedAtMs = nowMs;
}

/** How long in all what stores attempts may be put off that is asked for now, milliseconds. */
export function mayPutOffMs(nowMs: number): number {
  return Math.abs(nowMs - waitedAtMs) <= LOOKED_MS ? PUT_OFF_MS : 0;
}
