/*
 * What code takes from around it: the clock, timers and chance. They are handed in, so that a test or a simulation gives
 * its own. The runtime's are in `platform.ts`.
 */

export interface Clock {
  /** Unix milliseconds; may be set back. */
  nowMs(): number;
}

export interface Timers {
  /** Calls `ring` once, in so many milliseconds, a macrotask later at the least; the function that it returns takes that back. */
  after(delayMs: number, ring: () => void): () => void;
}

export interface Chance {
  /** From 0 to below 1. */
  random(): number;
  /** So many numbers of 32 bits that nobody can guess. */
  secretNumbers(count: number): number[];
}

export interface Surroundings extends Clock, Timers, Chance {}

/** Waits so many milliseconds, a macrotask at the least: what else is due has its turn meanwhile. */
export function pause(timers: Timers, delayMs = 0): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}
