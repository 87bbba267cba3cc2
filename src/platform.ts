import type { Surroundings } from "./domain/surroundings.ts";

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
  secretNumbers: (count) => [...crypto.getRandomValues(new Uint32Array(count))],
};
