import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { passTimeByHand, World } from "./world.ts";

const SECOND_MS = 1000;

describe("hand-over with fewer places than endpoints", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("serves everyone in turn, each soon, and all that it took", async () => {
    const world = new World(3);
    const numbers = Array.from({ length: 8 }, (_, i) => i + 1);
    for (let second = 0; second < 60; second++) {
      // Everyone has something new every second.
      world.commit(numbers);
      await world.pass(SECOND_MS);
    }
    for (const number of numbers) {
      const times = world.receiver(number).batches.map(({ at }) => at);
      const waits = times.slice(1).map((at, i) => at - (times[i] ?? at));
      expect(Math.max(...waits)).toBeLessThanOrEqual(10 * SECOND_MS);
    }
    await world.pass(60 * SECOND_MS);
    for (const number of numbers) expect(world.receiver(number).taken).toEqual(world.expectedFor(number));
  });
});

it("asks for room once for all that find no place, however many they are", async () => {
  vi.useFakeTimers();
  const world = new World(2);
  const numbers = Array.from({ length: 1000 }, (_, i) => i + 1);
  for (const number of numbers) world.receiver(number).behaviour = () => new Promise<never>(() => {});
  world.commit(numbers);
  await world.pass(50);
  expect(world.open).toBe(2);
  await world.pass(1000);
  // They ask again every 250 ms.
  expect(world.madeRoom).toBeGreaterThanOrEqual(4);
  expect(world.madeRoom).toBeLessThanOrEqual(10);
  vi.useRealTimers();
});

describe("the start of RPCs", () => {
  passTimeByHand();

  it("waits for no answer: those that give none, or late, hold up no other", async () => {
    const world = new World();
    const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
    for (const number of numbers.slice(0, 90))
      world.receiver(number).behaviour = () => new Promise<never>(() => {});
    world.commit(numbers);
    await world.pass(100);
    expect(world.open).toBe(90);
    for (const number of numbers.slice(90)) expect(world.receiver(number).taken).toHaveLength(1);
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

  it("closes no open object for one that has no place while some that have one wait to be called", async () => {
    const world = new World(20);
    const open = Array.from({ length: 20 }, (_, i) => i + 1);
    world.commit(open);
    await world.pass(1000);
    for (const number of open)
      world.receiver(number).behaviour = async (events) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        world.receiver(number).take(events);
        return { outcome: "taken" };
      };
    world.commit([21, ...open]);
    const opened = () => open.filter((number) => world.receiver(number).taken.length === 2).length;
    while (opened() < 12) await world.pass(1);
    expect(world.madeRoom).toBe(0);
    await world.pass(2000);
    expect(world.receiver(21).taken).toEqual([world.lastPosition]);
  });
});
