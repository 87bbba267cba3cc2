import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import type { LoggedEvent } from "../../../src/domain/event.ts";
import type { ReplayStatus } from "../../../src/domain/replay-messages.ts";
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
  /** The clock of time limits. */
  clock: HandClock;
  /** Goes on until the job of this id has ended. */
  finish(id: string): Promise<void>;
}

function withWorld(events: number, bytesEach: number, test: (world: World) => Promise<void>): Promise<void> {
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
        if (world.silentCalls-- > 0) return new Promise(() => {});
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
    world.jobs = new ReplayJobs({
      sql: state.storage.sql,
      reader: {
        logs: 1,
        scan: (asked) => own.scan(asked),
        some: (positions, maxBytes) => own.some(positions, maxBytes),
        positionOf: async (id) => Number(id),
      },
      nowMs: Date.now,
      // Pauses between steps end by themselves.
      timers: platform,
      deadlines: new Deadlines(world.clock),
      chance: platform,
      watch: () => ({}),
      endpoint: () => endpoint,
      nextEndpoint: () => null,
      lastNumber: () => 0,
      endpointId: () => "ep_1",
      numberOf: () => 1,
      wakeBy: () => {},
    });
    await test(world);
  });
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
      world.silentCalls = 2;
      const ids = [1, 2, 3].map(() => world.jobs.create(1, selection("dead")).id);
      await vi.waitFor(() => expect(world.silentCalls).toBe(0));
      expect(world.jobs.find("ep_1", ids[2] as string)?.done).toBe(0);
      // What is called from here on by the first two is not answered either: the third one has its turn before them.
      world.clock.pass(60_000);
      await vi.waitFor(() => expect(world.jobs.find("ep_1", ids[2] as string)?.state).toBe("done"));
      expect(ids.slice(0, 2).map((id) => world.jobs.find("ep_1", id)?.state)).toEqual(["running", "running"]);
      logged.mockRestore();
    }));

  it("runs two at once; a third one follows", () =>
    withWorld(5, 100, async (world) => {
      const ids = [1, 2, 3].map(() => world.jobs.create(1, selection("dead")).id);
      for (const id of ids) await world.finish(id);
      expect(ids.map((id) => world.jobs.find("ep_1", id)?.state)).toEqual(["done", "done", "done"]);
    }));
});
