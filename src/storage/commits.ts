/*
 * How many transactions of this isolate's objects reached the disk, and how long they took until then. On one machine each stops
 * the thread that all share, so this tells whether the disk is what holds the service up.
 */

let count = 0;
let milliseconds = 0;

/** A transaction was on disk after so many milliseconds; where the clock was set back, after none. */
export function noteDurable(tookMs: number): void {
  count++;
  milliseconds += Math.max(0, tookMs);
}

/** Since the isolate began. */
export function commitFigures(): { count: number; seconds: number } {
  return { count, seconds: milliseconds / 1000 };
}
