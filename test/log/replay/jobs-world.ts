import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import type { LoggedEvent } from "../../../src/domain/event.ts";
import type { ReplayStatus } from "../../../src/domain/replay-messages.ts";
import type { Clock, Timers } from "../../../src/domain/surroundings.ts";
import type { EventReader } from "../../../src/log/archive/reader.ts";
import type { ForwardRange } from "../../../src/log/archive/scan.ts";
import { ReplayJobs, type ReplayPort } from "../../../src/log/replay/replay-jobs.ts";
import { OwnReplayReader } from "../../../src/log/replay/replay-reader.ts";
import { platform } from "../../../src/platform.ts";
import { HandClock } from "../../hand-clock.ts";

export const MIB = 1024 * 1024;

/** A job's surroundings in a test's hands: events at the positions 1 to `events`, all of them dead at the endpoint. */
export interface World {
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
export function withWorld(
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
export function settle({ jobs }: World): Promise<void> {
  return vi.waitFor(() => expect(jobs.isIdle).toBe(true), { timeout: 20_000, interval: 5 });
}

export const all = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
export const selection = (status: ReplayStatus) => ({ status, from: 0, to: 1000, ratePerSecond: 1_000_000 });
