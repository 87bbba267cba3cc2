import { describe, expect, it } from "vitest";
import type { Receiver } from "./world.ts";
import { passTimeByHand, World } from "./world.ts";

/*
 * Chance as the opponent: groups of all sizes, endpoints that fail, hang, answer late or are full, archiving, and
 * deaths of the process at any moment. A failure names its seed, and the seed gives the same run again.
 */

const ENDPOINTS = [1, 2, 3, 4, 5];

/** Mulberry32: a small generator whose runs can be repeated. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function misbehave(receiver: Receiver, below: (n: number) => number): void {
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const kinds: Receiver["behaviour"][] = [
    null,
    null,
    () => Promise.reject(new Error("no answer")),
    () => new Promise<never>(() => {}),
    async (events) => {
      await wait(below(12_000));
      receiver.take(events);
      return { outcome: "taken" };
    },
    async (events) => {
      // Taken, but the answer is lost.
      receiver.take(events);
      throw new Error("lost");
    },
    async (events) => {
      receiver.take(events.slice(0, below(events.length + 1)));
      await wait(below(200));
      return { outcome: "full", taken: receiver.taken.at(-1) ?? 0 };
    },
  ];
  receiver.behaviour = kinds[below(kinds.length)] ?? null;
}

/** What storage says is never more than what endpoints have. */
function checkPromises(world: World): void {
  for (const number of ENDPOINTS) {
    const storedUpTo = Math.min(world.lagging.get(number) ?? Number.POSITIVE_INFINITY, world.lastPosition);
    const upTo = world.lagging.has(number) ? storedUpTo : world.handOver.handedOver;
    const due = world.expectedFor(number).filter((position) => position <= upTo);
    // Compared in full at the end: here the place of the last one says enough.
    expect(world.receiver(number).taken[due.length - 1]).toBe(due.at(-1));
  }
}

passTimeByHand();

describe("hand-over under any sequence of faults", () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    "loses, repeats and swaps nothing (seed %i)",
    async (seed) => {
      const below = chance(seed);
      const world = new World(seed % 5 === 0 ? 3 : null);
      for (let step = 0; step < 100; step++) {
        const action = below(20);
        if (action < 9) {
          const size = below(10) === 0 ? below(1500) : 1 + below(8);
          world.commit(...Array.from({ length: size }, () => ENDPOINTS.filter(() => below(2) === 0)));
        } else if (action < 14) {
          await world.pass(below(4) === 0 ? below(20_000) : below(300));
        } else if (action < 17) {
          misbehave(world.receiver(ENDPOINTS[below(ENDPOINTS.length)] ?? 1), below);
        } else if (action < 19) {
          world.archive(below(4));
        } else {
          world.restart();
        }
        checkPromises(world);
      }
      for (const receiver of world.receivers.values()) receiver.behaviour = null;
      await world.pass(90_000);
      for (const number of ENDPOINTS) expect(world.receiver(number).taken).toEqual(world.expectedFor(number));
      expect(world.handOver.isIdle).toBe(true);
      expect(world.handOver.handedOver).toBe(world.lastPosition);
      expect(world.handOver.queuedBytes).toBe(0);
      expect(world.lagging.size).toBe(0);
    },
  );
});
