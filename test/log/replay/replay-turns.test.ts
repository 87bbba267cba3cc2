import { describe, expect, it } from "vitest";
import type { ReplayJob } from "../../../src/domain/replay-messages.ts";
import { selection, settle, type World, withWorld } from "./jobs-world.ts";

describe("a replay job that waits for its time", () => {
  const SLOW = { ...selection("any"), ratePerSecond: 0.01 };
  const timedWorld = (events: number, test: (world: World) => Promise<void>) =>
    withWorld(events, 100, test, true);
  const job = (world: World, id: string) => world.jobs.find("ep_1", id) as ReplayJob;
  const slow = (world: World, count: number) =>
    Array.from({ length: count }, () => world.jobs.create(1, SLOW).id);

  it("holds up no other one, nor a dry run, however many wait", () =>
    timedWorld(60, async (world) => {
      slow(world, 20);
      await settle(world);
      const quick = world.jobs.create(1, { ...selection("any"), eventIds: ["59", "60"] });
      const counts = world.jobs.create(1, selection("any"), { isDryRun: true });
      await settle(world);
      expect([job(world, quick.id), job(world, counts.id)]).toMatchObject([
        { state: "done", done: 2 },
        { state: "done", done: 0 },
      ]);
      expect(world.jobs.isIdle).toBe(true);
    }));

  it("keeps its rate to the millisecond, by an alarm for its time and by none before", () =>
    timedWorld(3, async (world) => {
      const [id] = slow(world, 1) as [string];
      await settle(world);
      expect(world.enqueued).toEqual([1]);
      world.clock.pass(60_000);
      const before = world.clock.nowMs();
      expect(world.jobs.nextDueAt()).toBe(before + 40_000);
      expect(world.alarms.at(-1)).toBe(before + 40_000);
      world.clock.pass(39_999);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([1]);
      world.clock.pass(1);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([1, 2]);
      expect(job(world, id)).toMatchObject({ state: "running", done: 2 });
    }));

  it("goes on by a timer where its time is soon, with an alarm should the object be lost", () =>
    timedWorld(3, async (world) => {
      world.jobs.create(1, { ...SLOW, ratePerSecond: 1 });
      await settle(world);
      expect(world.enqueued).toEqual([1]);
      const started = world.clock.nowMs();
      expect(world.alarms.at(-1)).toBe(started + 2000);
      world.clock.pass(999);
      await settle(world);
      expect(world.enqueued).toEqual([1]);
      world.clock.pass(1);
      await settle(world);
      expect(world.enqueued).toEqual([1, 2]);
    }));

  it("keeps its rate in a new life of the log, whose alarm is for its time", () =>
    timedWorld(3, async (world) => {
      slow(world, 1);
      await settle(world);
      world.clock.pass(50_000);
      world.reset();
      expect(world.jobs.nextDueAt()).toBe(world.clock.nowMs() + 50_000);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([1]);
      world.clock.pass(50_000);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([1, 2]);
    }));

  it("keeps its rate where it is of named events", () =>
    timedWorld(3, async (world) => {
      const { id } = world.jobs.create(1, { ...SLOW, eventIds: ["1", "2", "3"] });
      await settle(world);
      expect([world.enqueued, job(world, id).total]).toEqual([[1], 3]);
      world.clock.pass(100_000);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([1, 2]);
    }));

  it("waits no longer than its rate asks where the clock was set back", () =>
    timedWorld(3, async (world) => {
      slow(world, 1);
      await settle(world);
      world.clock.pass(-600_000);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([1, 2]);
    }));

  it("waits for an endpoint that is full without holding up others", () =>
    timedWorld(5, async (world) => {
      const [first, second, third] = ["1", "2", "3"].map(
        (event) => world.jobs.create(1, { ...selection("any"), eventIds: [event] }).id,
      ) as [string, string, string];
      world.fullFor = new Map([
        [first, 1],
        [second, 1],
      ]);
      await settle(world);
      expect(world.enqueued).toEqual([3]);
      expect(job(world, third).state).toBe("done");
      world.clock.pass(2000);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toEqual([3, 1, 2]);
    }));

  it("is gone at once when it is canceled, or its endpoint deleted: nothing is to be done any more", () =>
    timedWorld(5, async (world) => {
      const [id] = slow(world, 2) as [string];
      await settle(world);
      expect(world.jobs.cancel("ep_1", id)?.state).toBe("canceled");
      world.jobs.drop(1);
      expect([world.jobs.isIdle, world.jobs.nextDueAt()]).toEqual([true, null]);
      const sent = world.enqueued.length;
      world.clock.pass(200_000);
      world.jobs.run();
      await settle(world);
      expect(world.enqueued).toHaveLength(sent);
    }));

  it("leaves room for others where many have no rate: all together keep to one", () =>
    timedWorld(20_000, async (world) => {
      for (let n = 0; n < 10; n++) world.jobs.create(1, { ...selection("any"), ratePerSecond: undefined });
      for (let n = 0; n < 20; n++) {
        await settle(world);
        world.clock.pass(100);
      }
      // The first steps of all of them, and two seconds of 6000.
      expect(world.enqueued.length).toBeLessThanOrEqual(10 * 500 + 12_000);
    }));
});
