import { describe, expect, it, vi } from "vitest";
import { acceptedAt } from "../../../src/domain/ids.ts";
import { filler, loggedEvent } from "../events.ts";
import { passTimeByHand, times, World } from "./world.ts";

const hangs = () => new Promise<never>(() => {});
const fails = () => Promise.reject(new Error("the endpoint does not answer"));

passTimeByHand();

describe("a pump that would hold too much", () => {
  it("reads from storage instead, becomes live again, and loses, repeats and swaps nothing", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    const release = receiver.holdsFirstBatch();
    world.commit(...times(1500, 1, 2));
    await world.pass(10);
    world.commit(...times(1500, 1, 2));
    expect(world.handOver.laggingEndpoints).toBe(1);
    // Those that do not lag are no longer held up by it.
    await world.pass(10);
    expect(world.handOver.handedOver).toBe(world.lastPosition);
    release();
    await world.pass(100);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    // One batch that was on its way when it began to read is sent again; the others are answered meanwhile.
    expect(receiver.batches.map(({ first }) => first)).toEqual(
      [0, 500, 0, 1000, 1500, 2000, 2500].map((n) => world.expectedFor(1)[n]),
    );
    expect(world.lagging.size).toBe(0);
    expect(world.handOver.laggingEndpoints).toBe(0);
    const { reads } = world;
    world.commit([1]);
    await world.pass(10);
    expect(world.reads).toBe(reads);
    expect(receiver.taken).toEqual(world.expectedFor(1));
  });

  it("takes in what is committed while it reads its last events", async () => {
    const world = new World();
    world.receiver(1).behaviour = fails;
    world.commit([1]);
    await world.pass(10);
    world.receiver(1).behaviour = null;
    for (let turn = 0; turn < 3000; turn += 7) {
      world.commit([1]);
      await world.pass(7);
    }
    await world.pass(100);
    expect(world.receiver(1).taken).toEqual(world.expectedFor(1));
    expect(world.lagging.size).toBe(0);
  });
});

describe("memory", () => {
  it("holds at most a log's share of 24 MiB for all pumps together, also while they read on", async () => {
    const world = new World();
    const data = filler(1_000_000);
    for (let number = 1; number <= 60; number++) world.receiver(number).behaviour = hangs;
    for (let n = 0; n < 60; n++) {
      world.commitEvents([loggedEvent(n, { endpoints: [n + 1], data }), loggedEvent(n + 100, { data })]);
    }
    let most = 0;
    for (let step = 0; step < 400; step++) {
      most = Math.max(most, world.handOver.queuedBytes);
      await world.pass(100);
    }
    expect(most).toBeGreaterThan(8 * 1024 * 1024);
    expect(most).toBeLessThanOrEqual(16 * 1024 * 1024);
    for (const receiver of world.receivers.values()) receiver.behaviour = null;
    await world.pass(120_000);
    for (let number = 1; number <= 60; number++) {
      expect(world.receiver(number).taken).toEqual(world.expectedFor(number));
    }
    expect(world.handOver.queuedBytes).toBe(0);
  });
});

describe("the archive's release", () => {
  it("keeps what waits in memory by a row, without reading it again", async () => {
    const world = new World();
    const receiver = world.receiver(1);
    const release = receiver.holdsFirstBatch();
    const [first] = world.commit(...times(600, 1));
    world.commit(...times(10, 1));
    await world.pass(10);
    world.archive(1);
    expect(world.lagging.get(1)).toBe((first?.position ?? 0) - 1);
    expect(world.handOver.handedOver).toBe(world.events[599]?.position);
    release();
    await world.pass(100);
    expect(world.reads).toBe(0);
    expect(receiver.taken).toEqual(world.expectedFor(1));
    expect(world.lagging.size).toBe(0);
    expect(world.handOver.handedOver).toBe(world.lastPosition);
  });
});

describe("what is told of hand-over", () => {
  it("is no lag after a restart with everything handed over and archived", async () => {
    const world = new World();
    world.commit([1]);
    await world.pass(10);
    world.commit([]);
    // The newest chunk was committed when the position was behind; now nothing is left but that.
    world.archive();
    world.restart();
    await world.pass(10);
    expect(world.handOver.handedOver).toBe(world.lastPosition);
    expect(world.handOver.lagMs()).toBe(0);
  });

  it("is no lag as a new life hands over again what endpoints have, but where they do not answer", async () => {
    const world = new World();
    vi.setSystemTime(acceptedAt(loggedEvent(0).position));
    world.commit([1]);
    await world.pass(60_000);
    world.receiver(1).behaviour = hangs;
    world.restart();
    expect(world.handOver.isIdle).toBe(false);
    expect(world.handOver.lagMs()).toBe(0);
    await world.pass(12_000);
    expect(world.handOver.lagMs()).toBe(72_000);
  });

  it("is the age of the oldest event not taken, not of the last one that was", async () => {
    const world = new World();
    world.commit([1]);
    await world.pass(10);
    const acceptedAtMs = acceptedAt(loggedEvent(0).position) + 3_600_000;
    vi.setSystemTime(acceptedAtMs);
    world.receiver(1).behaviour = hangs;
    world.commitEvents([loggedEvent(3_600_000 * 1024, { endpoints: [1] })]);
    expect(world.handOver.lagMs()).toBe(0);
    await world.pass(5000);
    expect(world.handOver.lagMs()).toBe(5000);
    await world.pass(7000);
    expect(world.handOver.laggingEndpoints).toBe(1);
    expect(world.handOver.lagMs()).toBe(12_000);
  });
});
