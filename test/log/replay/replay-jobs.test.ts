import { describe, expect, it, vi } from "vitest";
import type { ReplayStatus } from "../../../src/domain/replay-messages.ts";
import { all, MIB, selection, withWorld } from "./jobs-world.ts";

describe("a replay job", () => {
  it.each<[ReplayStatus, number]>([
    ["dead", 100],
    ["missed", 100],
    ["missed", 20_000],
  ])("skips and repeats nothing when the answer to a step is lost: %s, events of %i bytes", (status, bytes) =>
    withWorld(1200, bytes, async (world) => {
      world.loseAnswers = 2;
      const { id } = world.jobs.create(1, selection(status));
      await world.finish(id);
      expect(world.enqueued).toEqual(all(1200));
      expect(world.jobs.find("ep_1", id)).toMatchObject({ state: "done", total: 1200, done: 1200 });
    }),
  );

  it("keeps each step far below what an RPC takes", () =>
    withWorld(40, MIB, async (world) => {
      const { id } = world.jobs.create(1, selection("dead"));
      await world.finish(id);
      expect(world.enqueued).toEqual(all(40));
      expect(world.largestStep).toBeLessThanOrEqual(4 * MIB);
    }));

  it("takes named events once, also where the list names one twice", () =>
    withWorld(10, 100, async (world) => {
      const { id } = world.jobs.create(1, { ...selection("any"), eventIds: ["3", "1", "3"] });
      await world.finish(id);
      expect(world.enqueued).toEqual([1, 3]);
    }));

  it("takes what was pending as it was counted and has died since, and says of no more than there are that they are done", () =>
    withWorld(10, 100, async (world) => {
      world.pending = new Set([3, 7]);
      const { id } = world.jobs.create(1, selection("dead"));
      await world.finish(id);
      expect(world.enqueued).toEqual(all(10));
      expect(world.jobs.find("ep_1", id)).toMatchObject({ state: "done", total: 10, done: 10 });
    }));

  it("waits no longer than a minute for its endpoint's answer, and then makes the step again", () =>
    withWorld(5, 100, async (world) => {
      const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
      world.silentCalls = 1;
      const { id } = world.jobs.create(1, selection("dead"));
      await vi.waitFor(() => expect(world.silentCalls).toBe(0));
      world.clock.pass(59_999);
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(world.jobs.isIdle).toBe(false);
      world.clock.pass(1);
      await vi.waitFor(() => expect(world.jobs.isIdle).toBe(true));
      await world.finish(id);
      expect(world.enqueued).toEqual(all(5));
      expect(world.jobs.find("ep_1", id)).toMatchObject({ state: "done", total: 5, done: 5 });
      logged.mockRestore();
    }));

  it("lets a third one go on while two are never answered, again and again", () =>
    withWorld(5, 100, async (world) => {
      const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
      const ids = [1, 2, 3].map(() => world.jobs.create(1, selection("dead")).id);
      const stuck = ids.slice(0, 2);
      world.silentJobs = new Set(stuck);
      await vi.waitFor(() => expect(world.silenced).toEqual(stuck));
      const third = () => world.jobs.find("ep_1", ids[2] as string);
      expect(third()?.done).toBe(0);
      // What is called from here on by the first two is not answered either: the third one has its turn before them.
      world.clock.pass(60_000);
      await vi.waitFor(() => expect(third()?.state).toBe("done"));
      expect(stuck.map((id) => world.jobs.find("ep_1", id)?.state)).toEqual(["running", "running"]);
      logged.mockRestore();
    }));

  it("runs two at once; a third one follows", () =>
    withWorld(5, 100, async (world) => {
      const ids = [1, 2, 3].map(() => world.jobs.create(1, selection("dead")).id);
      for (const id of ids) await world.finish(id);
      expect(ids.map((id) => world.jobs.find("ep_1", id)?.state)).toEqual(["done", "done", "done"]);
    }));
});
