import { describe, expect, it } from "vitest";
import { filler, loggedEvent } from "../events.ts";
import { passTimeByHand, World } from "./world.ts";

passTimeByHand();

describe("events that come one by one, each to a new life of the log", () => {
  it("are handed over in one call with what the life before left, and not again and again without end", async () => {
    const world = new World();
    const { batches } = world.receiver(1);
    for (let n = 0; n < 100; n++) {
      world.restart();
      await world.pass(5);
      world.commit([1]);
      await world.pass(1000);
      expect(batches).toHaveLength(n + 1);
    }
    expect(world.receiver(1).taken).toEqual(world.expectedFor(1));
    expect(Math.max(...batches.map(({ events }) => events))).toBeLessThanOrEqual(18);
  });

  it("are handed over at once where they are large, without what came long before", async () => {
    const world = new World();
    const { batches } = world.receiver(1);
    const data = filler(100_000);
    for (let n = 0; n < 5; n++) {
      world.restart();
      world.commitEvents([loggedEvent(n, { endpoints: [1], data })]);
      await world.pass(1000);
    }
    expect(batches.map(({ events }) => events)).toEqual([1, 2, 1, 2, 1]);
  });

  it("are handed over by a life that nothing but a crash began", async () => {
    const world = new World();
    world.commit([1]);
    world.restart();
    await world.pass(100);
    expect(world.receiver(1).taken).toEqual(world.expectedFor(1));
  });
});
