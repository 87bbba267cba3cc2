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

/** Does something again and again, so many milliseconds apart; the function that it returns ends that. */
export function every(timers: Timers, periodMs: number, act: () => void): () => void {
  let takeBack: () => void;
  const again = () => {
    takeBack = timers.after(periodMs, () => {
      again();
      act();
    });
  };
  again();
  return () => takeBack();
}

/** So many bytes that nobody can guess. */
export function secretBytes(chance: Chance, count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from(chance.secretNumbers(Math.ceil(count / 4))).buffer, 0, count);
}

/** A random UUID (version 4, RFC 9562, 5.4). */
export function randomUuid(chance: Chance): string {
  const digits = [...secretBytes(chance, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = "89ab".charAt(Number.parseInt(digits.charAt(16), 16) % 4);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-");
}
