/** How often it is asked what is new. */
export const ASK_MS = 3000;

/**
 * No more rarely than this, though a socket tells what changes, and though an answer took some tenths of a second: what a
 * socket did not tell, or a busy machine was late with, is on the page after seconds.
 */
export const MOST_MS = 20_000;

/** An answer that takes longer is dear, whatever else the machine does: then no more rarely than this. */
const DEAR_MS = 1000;
export const MOST_WHERE_DEAR_MS = 60_000;

/** Within these bounds, to ask takes at most this part of the time: where a filter takes few of many, all are looked through. */
const SHARE = 1 / 50;

/**
 * How long until the newest rows are asked for again, milliseconds.
 * @param everyMs how often, unless that takes the service too long
 * @param tookMs how long the last answer took
 * @param isLive whether a socket tells what changes
 */
export function waitMs(everyMs: number, tookMs: number, isLive: boolean): number {
  const mostMs = tookMs > DEAR_MS ? MOST_WHERE_DEAR_MS : MOST_MS;
  return Math.max(isLive ? MOST_MS : everyMs, Math.min(mostMs, tookMs / SHARE));
}
