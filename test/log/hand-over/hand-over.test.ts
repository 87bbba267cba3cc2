import { describe, expect, it } from "vitest";
import { countedList, filler, loggedEvent } from "../events.ts";
import { passTimeByHand, times, World } from "./world.ts";

const fails = () => Promise.reject(new Error("the endpoint does not answer"));

passTimeByHand();

describe("an endpoint that takes what it is handed", () => {
  it("gets its events in order, and no others", async () => {
    const world = new World();
    world.commit([1], [2], [1, 2], []);
    world.commit([2], [1]);
    await world.pass(10);
    for (const number of [1, 2]) expect(world.receiver(number).taken).toEqual(world.expectedFor(number));
    expect(world.handOver.isIdle).toBe(true);
    expect(world.handOver.handedOver).toBe(world.lastPosition);
    expect(world.handOver.nextDueAt()).toBeNull();
    expect(world.lagging.size).toBe(0);
  });

  it("is known to have all up to a position, once it has, whatever comes behind", async () => {
    const world = new World();
    const release = world.receiver(2).holdsFirstBatch();
    world.commit([1], [1, 2], [1]);
    const barrier = world.lastPosition;
    await world.pass(100);
    const known = () => [
      world.handOver.isHandedOver(1, barrier),
      world.handOver.isHandedOver(2, barrier),
      world.handOver.isHandedOverToAll(barrier),
    ];
    expect(known()).toEqual([true, false, false]);
    release();
    await world.pass(100);
    expect(known()).toEqual([true, true, true]);
    world.receiver(1).behaviour = fails;
    world.commit([1], [2]);
    await world.pass(100);
    expect(known()).toEqual([true, true, true]);
    expect(world.handOver.isHandedOverToAll(world.lastPosition)).toBe(false);
  });

  it("has two batches at a time on their way, of at most 500 events each", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = async (events) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      receiver.take(events);
      return { outcome: "taken" };
    };
    world.commit(...times(1200, 1));
    await world.pass(10);
    world.commit(...times(3, 1));
    await world.pass(200);
    expect(receiver.batches.map(({ events }) => events)).toEqual([500, 500, 203]);
    expect(receiver.mostOpen).toBe(2);
    expect(receiver.taken).toEqual(world.expectedFor(1));
  });

  it("gets them in order where they go by two lists in turn, whether it lags or not", async () => {
    const world = new World();
    world.receiver(2).behaviour = fails;
    const [some, others] = [
      [1, 2],
      [1, 2, 3],
    ];
    for (let n = 0; n < 3; n++) {
      world.commit(...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? some : others)));
      await world.pass(1500);
      if (n === 1) world.receiver(2).behaviour = null;
    }
    await world.pass(10_000);
    for (const number of [1, 2, 3]) expect(world.receiver(number).taken).toEqual(world.expectedFor(number));
  });

  it("gets them without the lists of all endpoints, which its queue would keep in memory", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    const lists: unknown[] = [];
    let answers = false;
    receiver.behaviour = async (events) => {
      if (!answers) return fails();
      lists.push(...events.map(({ endpoints, missed }) => [endpoints, missed]));
      receiver.take(events);
      return { outcome: "taken" };
    };
    world.commitEvents([loggedEvent(0, { endpoints: [1, 2], missed: [3] })]);
    await world.pass(100);
    answers = true;
    await world.pass(5000);
    world.commitEvents([loggedEvent(1, { endpoints: [1, 2], missed: [3] })]);
    await world.pass(100);
    expect(lists).toEqual([
      [[], []],
      [[], []],
    ]);
    expect(receiver.taken).toEqual(world.expectedFor(1));
  });

  it("gets at most 2 MiB at a time, unless one event is larger", async () => {
    const world = new World();
    const data = filler(750_000);
    world.commitEvents([0, 1, 2].map((n) => loggedEvent(n, { endpoints: [1], data })));
    world.commitEvents([loggedEvent(3, { endpoints: [1], data: filler(5_000_000) })]);
    await world.pass(100);
    expect(world.receiver(1).batches.map(({ events }) => events)).toEqual([2, 1, 1]);
    expect(world.receiver(1).taken).toEqual(world.expectedFor(1));
  });
});

describe("batches on their way", () => {
  it("are sent again from what is settled once one is lost, and say when that is all that was sent before", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = () => new Promise<never>(() => {});
    world.commit(...times(700, 1));
    await world.pass(10);
    expect(receiver.batches.map(({ events, isAll }) => [events, isAll])).toEqual([
      [500, true],
      [200, true],
    ]);
    receiver.behaviour = fails;
    world.commit([1]);
    await world.pass(10);
    receiver.behaviour = null;
    await world.pass(1500);
    expect(receiver.batches.slice(3).map(({ events, isAll }) => [events, isAll])).toEqual([
      [500, false],
      [201, true],
    ]);
    expect(receiver.taken).toEqual(world.expectedFor(1));
  });

  it("of a life that another one follows count as sent, whoever sends them again", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = () => new Promise<never>(() => {});
    world.commit(...times(700, 1));
    await world.pass(10);
    receiver.behaviour = null;
    world.restart();
    await world.pass(100);
    expect(receiver.batches.slice(2).map(({ events, isAll }) => [events, isAll])).toEqual([
      [500, false],
      [200, true],
    ]);
  });

  it("are sent again where one came whose forerunner did not", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = async () => ({ outcome: "gap" });
    world.commit([1], [1]);
    await world.pass(10);
    receiver.behaviour = null;
    await world.pass(1500);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(world.handOver.isSettled(1)).toBe(true);
  });
});

it("a group looks at a list of lagging endpoints once, not once for each of its events", async () => {
  const world = new World();
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  for (const number of numbers) world.receiver(number).behaviour = fails;
  world.commit(numbers);
  await world.pass(500);
  expect(world.handOver.laggingEndpoints).toBe(200);
  const { list, reads } = countedList(numbers);
  world.handOver.noteCommitted(
    Array.from({ length: 500 }, (_, n) => loggedEvent(n + 1, { endpoints: list })),
  );
  expect(reads()).toBe(200);
});

describe("an endpoint that fails", () => {
  it("gets its events all the same where the disk had no room for how far it is", async () => {
    const world = new World();
    world.receiver(1).behaviour = fails;
    world.isDiskFull = true;
    world.commit([1]);
    await world.pass(20);
    world.receiver(1).behaviour = null;
    world.isDiskFull = false;
    await world.pass(10_000);
    expect(world.receiver(1).taken).toEqual(world.expectedFor(1));
  });

  it("is tried again after 1 s, doubled up to 60 s, and delays no other", async () => {
    const world = new World();
    world.receiver(1).behaviour = fails;
    world.commit([1]);
    const start = Date.now();
    for (let second = 0; second < 300; second++) {
      world.commit([2]);
      await world.pass(1000);
      expect(world.receiver(2).taken).toHaveLength(second + 1);
    }
    const after = world.receiver(1).batches.map(({ at }) => at - start);
    const waits = after.slice(1).map((at, i) => at - (after[i] ?? 0));
    const expected = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000];
    expect(waits).toHaveLength(expected.length);
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(expected[i] ?? 0);
      expect(wait).toBeLessThan((expected[i] ?? 0) + 600);
    }
    expect(world.handOver.laggingEndpoints).toBe(1);
  });

  it("gets all that it missed in order when it answers again, then starts from 1 s if it fails anew", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = fails;
    world.commit(...times(700, 1, 2));
    await world.pass(10_000);
    world.commit(...times(700, 1, 2));
    receiver.behaviour = null;
    await world.pass(10_000);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(world.lagging.size).toBe(0);
    receiver.behaviour = fails;
    world.commit([1]);
    await world.pass(100);
    const tries = receiver.batches.length;
    await world.pass(1600);
    expect(receiver.batches.length).toBe(tries + 1);
  });

  it("gets it at once, however long it failed, when it asks by itself whether it has all", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = () => Promise.reject(new Error("the endpoint does not answer"));
    world.commit([1]);
    await world.pass(300_000);
    const tries = receiver.batches.length;
    receiver.behaviour = null;
    expect(world.handOver.isSettled(1)).toBe(false);
    world.handOver.endRest(1);
    await world.pass(50);
    expect(receiver.batches.length).toBe(tries + 1);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(world.handOver.isSettled(1)).toBe(true);
  });

  it("is sent again what the last answer left open, as where an older call came late to the endpoint", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = async (events) => {
      receiver.behaviour = null;
      receiver.take(events);
      return { outcome: "taken", settled: events[0]?.position ?? 0 };
    };
    world.commit(...times(3, 1));
    await world.pass(100);
    expect(receiver.batches.map(({ events }) => events)).toEqual([3, 2]);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(world.handOver.isSettled(1)).toBe(true);
  });

  it("has failed when it has not answered within 10 s; its late answer repeats nothing", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    receiver.behaviour = async (events) => {
      await new Promise((resolve) => setTimeout(resolve, 10_500));
      receiver.take(events);
      return { outcome: "taken" };
    };
    world.commit([1]);
    await world.pass(9_900);
    expect(receiver.batches).toHaveLength(1);
    expect(world.lagging.size).toBe(0);
    await world.pass(200);
    expect(world.lagging.size).toBe(1);
    receiver.behaviour = null;
    await world.pass(5_000);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(world.lagging.size).toBe(0);
  });

  it("keeps the object's alarm at its next try while nothing else is to do", async () => {
    const world = new World();
    world.receiver(1).behaviour = fails;
    world.commit([1]);
    await world.pass(20_000);
    const dueAt = world.handOver.nextDueAt() ?? 0;
    expect(dueAt).toBeGreaterThanOrEqual(Date.now());
    expect(dueAt).toBeLessThanOrEqual(Date.now() + 60_000);
  });
});

describe("an endpoint that is gone", () => {
  it("is forgotten with all that waited for it", async () => {
    const world = new World();
    world.receiver(1).behaviour = async () => ({ outcome: "gone" });
    world.commit(...times(1200, 1));
    await world.pass(100);
    expect(world.receiver(1).batches).toHaveLength(1);
    expect(world.handOver.isIdle).toBe(true);
    expect(world.handOver.handedOver).toBe(world.lastPosition);
    expect(world.lagging.size).toBe(0);
    expect(world.handOver.queuedBytes).toBe(0);
  });

  it("and dropped while a batch is under way is not brought back by its answer", async () => {
    const world = new World();
    world.receiver(1).behaviour = () =>
      new Promise((_resolve, reject) => setTimeout(() => reject(new Error("late")), 50));
    world.commit([1]);
    await world.pass(10);
    world.handOver.drop(1);
    await world.pass(5000);
    expect(world.lagging.size).toBe(0);
    expect(world.receiver(1).batches).toHaveLength(1);
    expect(world.handOver.isIdle).toBe(true);
  });
});
