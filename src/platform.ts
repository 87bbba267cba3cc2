import type { Surroundings } from "./domain/surroundings.ts";

/** Numbers that nobody can guess, drawn many at a time: each draw costs as much as a hundred of them. */
const DRAWN_AT_ONCE = 256;
const drawn = new Uint32Array(DRAWN_AT_ONCE);
let used = DRAWN_AT_ONCE;

function secretNumber(): number {
  if (used === DRAWN_AT_ONCE) {
    crypto.getRandomValues(drawn);
    used = 0;
  }
  const number = drawn[used] as number;
  // It is given out once, and not kept.
  drawn[used++] = 0;
  return number;
}

/**
 * The clock, timers and chance of the runtime, for the Worker and the classes of its objects, which hand them on. They are
 * looked up at each call, since a test may put its own in their place.
 */
export const platform: Surroundings = {
  nowMs: () => Date.now(),
  after: (delayMs, ring) => {
    const timer = setTimeout(ring, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  secretNumbers: (count) => Array.from({ length: count }, secretNumber),
};
