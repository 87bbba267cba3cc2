import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LivePace } from "../../src/log/live-pace.ts";
import { passTimeByHand, World } from "./world.ts";

const SECOND_MS = 1000;

describe("the pace of live endpoints", () => {
  it("gives no more places within 15 s than there are, and one again when its endpoint has rested", () => {
    const pace = new LivePace(2);
    for (const number of [1, 2]) {
      expect(pace.freeAt(number, number)).toBe(number);
      pace.touch(number, number);
    }
    expect(pace.freeAt(3, 100)).toBe(15 * SECOND_MS + 1);
    // One that has its place may use it.
    expect(pace.freeAt(1, 200)).toBe(200);
    expect(pace.freeAt(3, 15 * SECOND_MS + 1)).toBe(15 * SECOND_MS + 1);
  });

  it("is no pace where there is no limit", () => {
    const pace = new LivePace(null);
    for (let number = 0; number < 10_000; number++) {
      expect(pace.freeAt(number, 5)).toBe(5);
      pace.touch(number, 5);
    }
  });

  it("lets one be used for as long as nobody waits", () => {
    const pace = new LivePace(1);
    for (let now = 0; now < 300 * SECOND_MS; now += SECOND_MS) {
      expect(pace.freeAt(1, now)).toBe(now);
      pace.touch(1, now);
    }
  });

  it("ends the use of one after 15 s while others wait", () => {
    const pace = new LivePace(1);
    pace.touch(1, 0);
    pace.freeAt(2, 14 * SECOND_MS);
    pace.touch(1, 14 * SECOND_MS);
    expect(pace.freeAt(1, 16 * SECOND_MS)).toBe(29 * SECOND_MS);
    expect(pace.freeAt(2, 29 * SECOND_MS)).toBe(29 * SECOND_MS);
  });
});

describe("hand-over with fewer places than endpoints", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("touches no more than its places within 15 s, and serves everyone in turn", async () => {
    const world = new World(3);
    const numbers = Array.from({ length: 8 }, (_, i) => i + 1);
    for (let second = 0; second < 240; second++) {
      // Everyone has something new every second.
      world.commit(numbers);
      await world.pass(SECOND_MS);
    }
    const uses = numbers.flatMap((number) =>
      world.receiver(number).batches.map(({ at }) => ({ at, number })),
    );
    for (const { at } of uses) {
      const together = uses.filter((use) => use.at <= at && use.at > at - 15 * SECOND_MS);
      expect(new Set(together.map(({ number }) => number)).size).toBeLessThanOrEqual(3);
    }
    for (const number of numbers) expect(world.receiver(number).batches.length).toBeGreaterThan(0);
    await world.pass(200 * SECOND_MS);
    for (const number of numbers) expect(world.receiver(number).taken).toEqual(world.expectedFor(number));
  });
});

describe("the start of RPCs", () => {
  passTimeByHand();

  it("has eight at once, and one that does not answer gives up its place after 100 ms", async () => {
    const world = new World();
    const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
    for (const number of numbers) world.receiver(number).behaviour = () => new Promise<never>(() => {});
    world.commit(numbers);
    await world.pass(50);
    expect(world.open).toBe(8);
    await world.pass(100);
    expect(world.open).toBe(16);
    await world.pass(100);
    expect(world.open).toBe(24);
  });

  it("has never more than eight at once of those that answer soon", async () => {
    const world = new World();
    const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
    for (const number of numbers) {
      const receiver = world.receiver(number);
      receiver.behaviour = async (events) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        receiver.take(events);
        return { outcome: "taken" };
      };
    }
    world.commit(numbers);
    await world.pass(1000);
    expect(world.mostOpen).toBe(8);
    for (const number of numbers) expect(world.receiver(number).taken).toHaveLength(1);
  });

  it("leaves a macrotask to others between the groups", async () => {
    vi.useRealTimers();
    const world = new World();
    world.commit(Array.from({ length: 40 }, (_, i) => i + 1));
    let turns = 0;
    while (!world.handOver.isIdle) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turns++;
      const served = [...world.receivers.values()].filter(({ taken }) => taken.length > 0).length;
      expect(served).toBeLessThanOrEqual(8 * turns);
    }
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});
