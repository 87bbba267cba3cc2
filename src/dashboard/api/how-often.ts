/** How often it is asked what is new. */
export const ASK_MS = 3000;

/**
 * No more rarely than this, though a socket tells what changes, and though the last answer took long: what a socket did not
 * tell, or a busy machine was late with, is on the page after seconds.
 */
export const MOST_MS = 20_000;

/** To ask takes at most this part of the time: where a filter takes few of many, all of them are looked through. */
const SHARE = 1 / 50;

/**
 * How long until the newest rows are asked for again, milliseconds.
 * @param everyMs how often, unless that takes the service too long
 * @param tookMs how long the last answer took
 * @param isLive whether a socket tells what changes
 */
export function waitMs(everyMs: number, tookMs: number, isLive: boolean): number {
  return isLive ? MOST_MS : Math.max(everyMs, Math.min(MOST_MS, tookMs / SHARE));
}
