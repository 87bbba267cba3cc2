import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import type { LoggedEvent } from "../../../src/domain/event.ts";
import type { ReplayJob, ReplayStatus } from "../../../src/domain/replay-messages.ts";
import type { Clock, Timers } from "../../../src/domain/surroundings.ts";
import type { EventReader } from "../../../src/log/archive/reader.ts";
import type { ForwardRange } from "../../../src/log/archive/scan.ts";
import { ReplayJobs, type ReplayPort } from "../../../src/log/replay/replay-jobs.ts";
import { OwnReplayReader } from "../../../src/log/replay/replay-reader.ts";
import { platform } from "../../../src/platform.ts";
import { HandClock } from "../../hand-clock.ts";

const MIB = 1024 * 1024;

/** A job's surroundings in a test's hands: events at the positions 1 to `events`, all of them dead at the endpoint. */
interface World {
  jobs: ReplayJobs;
  /** Positions in the order in which the endpoint enqueued them. */
  enqueued: number[];
  /** Bytes of the largest step. */
  largestStep: number;
  /** Positions whose deliveries are pending until they were counted, and dead from then on. */
  pending: Set<number>;
  /** Answers of the endpoint that are lost after it has done its work. */
  loseAnswers: number;
  /** Calls of the endpoint that it never answers, and never does. */
  silentCalls: number;
  /** Jobs whose steps the endpoint never answers, and never does. */
  silentJobs: Set<string>;
  /** The jobs that were not answered. */
  silenced: string[];
  /** How many steps of a job the endpoint refuses for now, as having all that it may have pending. */
  fullFor: Map<string, number>;
  /** The clock of time limits, and of rates where `isTimed`. */
  clock: HandClock;
  /** When an alarm is asked for, Unix milliseconds. */
  alarms: number[];
  /** What a new life of the log finds: the same rows. */
  reset(): void;
  /** Goes on until the job of this id has ended. */
  finish(id: string): Promise<void>;
}

/** @param isTimed whether rates and rests are by the clock in the test's hands */
function withWorld(
  events: number,
  bytesEach: number,
  test: (world: World) => Promise<void>,
  isTimed = false,
): Promise<void> {
  const stub = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(stub, async (_instance, state) => {
    const replayed = new Set<number>();
    const steps = new Map<string, { step: number; done: number }>();
    const at = (position: number) =>
      ({ position, type: "deal.created", data: "x".repeat(bytesEach) }) as unknown as LoggedEvent;
    const reader = {
      some: async (positions: number[], maxBytes: number) => {
        const fitting = Math.max(1, Math.floor(maxBytes / bytesEach));
        return { events: positions.slice(0, fitting).map(at), rest: positions.slice(fitting) };
      },
      forward: async ({ after, limits }: ForwardRange) => {
        const fitting = Math.max(1, Math.min(limits.events, Math.floor(limits.bytes / bytesEach)));
        const found = all(events).slice(after < 1 ? 0 : after, (after < 1 ? 0 : after) + fitting);
        return { events: found.map(at), upTo: found.at(-1) ?? Math.max(after, events) };
      },
    };
    const world: World = {
      jobs: null as unknown as ReplayJobs,
      enqueued: [],
      largestStep: 0,
      pending: new Set(),
      loseAnswers: 0,
      silentCalls: 0,
      silentJobs: new Set(),
      silenced: [],
      fullFor: new Map(),
      alarms: [],
      reset: () => {
        world.jobs = newJobs();
      },
      clock: new HandClock(),
      finish: async (id) => {
        while (world.jobs.find("ep_1", id)?.state === "running") {
          world.jobs.run();
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      },
    };
    const endpoint: ReturnType<ReplayPort["endpoint"]> = {
      replayCandidates: async (_selection, from, limit) => {
        const open = Array.from({ length: events }, (_, i) => i + 1).filter(
          (n) => n >= from && !replayed.has(n) && !world.pending.has(n),
        );
        world.pending.clear();
        return { positions: open.slice(0, limit), next: open[limit] ?? null, to: events };
      },
      selectReplays: async (_status, positions) => positions.filter((position) => !replayed.has(position)),
      replayStep: async ({ jobId, step, events: sent }) => {
        if (world.silentCalls-- > 0 || world.silentJobs.has(jobId)) {
          world.silenced.push(jobId);
          return new Promise(() => {});
        }
        const refusals = world.fullFor.get(jobId) ?? 0;
        if (refusals > 0) {
          world.fullFor.set(jobId, refusals - 1);
          return { outcome: "full" };
        }
        world.largestStep = Math.max(world.largestStep, sent.length * bytesEach);
        const before = steps.get(jobId) ?? { step: 0, done: 0 };
        if (before.step < step) {
          for (const { position } of sent) {
            replayed.add(position);
            world.enqueued.push(position);
          }
          steps.set(jobId, { step, done: before.done + sent.length });
        }
        if (world.loseAnswers-- > 0) throw new Error("the connection is gone");
        return { outcome: "enqueued", done: steps.get(jobId)?.done ?? 0 };
      },
      endReplay: async () => {},
    };
    const own = new OwnReplayReader({
      ...{ reader: reader as unknown as EventReader, lookup: { byId: async () => null } },
      ...{ seed: [1, 2, 3], numberOf: () => 1 },
    });
    const newJobs = () =>
      new ReplayJobs({
        sql: state.storage.sql,
        reader: {
          logs: 1,
          scan: (asked) => own.scan(asked),
          some: (positions, maxBytes) => own.some(positions, maxBytes),
          positionOf: async (id) => Number(id),
        },
        nowMs: isTimed ? () => world.clock.nowMs() : Date.now,
        // Pauses between steps end by themselves.
        timers: isTimed ? timed(world.clock) : platform,
        deadlines: new Deadlines(world.clock),
        chance: platform,
        watch: () => ({}),
        endpoint: () => endpoint,
        nextEndpoint: () => null,
        lastNumber: () => 0,
        endpointId: () => "ep_1",
        numberOf: () => 1,
        wakeBy: (atMs) => {
          world.alarms.push(atMs);
        },
      });
    world.jobs = newJobs();
    await test(world);
  });
}

/** What waits for a time waits for the clock in the test's hands; what only gives others their turn does not. */
function timed(clock: HandClock): Clock & Timers {
  return {
    nowMs: () => clock.nowMs(),
    after: (delayMs, ring) => (delayMs === 0 ? platform : clock).after(delayMs, ring),
  };
}

/** Lets what can go on without time do so. */
function settle({ jobs }: World): Promise<void> {
  return vi.waitFor(() => expect(jobs.isIdle).toBe(true), { timeout: 20_000, interval: 5 });
}

const all = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const selection = (status: ReplayStatus) => ({ status, from: 0, to: 1000, ratePerSecond: 1_000_000 });

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
