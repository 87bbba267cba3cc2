import { describe, expect, it } from "vitest";
import { passTimeByHand, times, World } from "./world.ts";

passTimeByHand();

describe("a full endpoint", () => {
  it("keeps what it took, and goes on with the rest once it has room", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = async (events) => {
      receiver.take(events.slice(0, 3));
      return { outcome: "full", taken: events[2]?.position ?? 0 };
    };
    const group = world.commit(...times(10, 1, 2));
    await world.pass(10);
    expect(receiver.taken).toHaveLength(3);
    // The row says exactly where it goes on.
    expect(world.lagging.get(1)).toBe((group[3]?.position ?? 0) - 1);
    receiver.behaviour = null;
    await world.pass(3000);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(receiver.batches[1]?.first).toBe(group[3]?.position);
    expect(world.lagging.size).toBe(0);
  });

  it("that takes nothing is not read from the log's beginning", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    world.commit([1]);
    await world.pass(10);
    receiver.behaviour = async () => ({ outcome: "full", taken: 0 });
    const [next] = world.commit([1], [1]);
    await world.pass(10);
    expect(world.lagging.get(1)).toBe((next?.position ?? 0) - 1);
    const tries = receiver.batches.length;
    await world.pass(60_000);
    // 1, 2, 4, 8, 16 and not yet 32 s later.
    expect(receiver.batches.length - tries).toBe(5);
  });
});

describe("a full endpoint whose pump overflowed meanwhile", () => {
  it("goes on from its first unconfirmed event, too", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    world.commit([1]);
    await world.pass(10);
    receiver.behaviour = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { outcome: "full", taken: 0 };
    };
    const [first] = world.commit([1]);
    await world.pass(10);
    world.commit(...times(2001, 1));
    await world.pass(100);
    expect(world.lagging.get(1)).toBe((first?.position ?? 0) - 1);
    receiver.behaviour = null;
    await world.pass(3000);
    expect(receiver.taken).toEqual(world.expectedFor(1));
  });
});
