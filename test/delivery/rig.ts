import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type DeliveryPolicy, standardPolicy } from "../../src/contract/policy.ts";
import { Deadlines } from "../../src/deadlines.ts";
import { Drain } from "../../src/delivery/drain/drain.ts";
import { InFlightMemory } from "../../src/delivery/drain/memory.ts";
import { storeForNextLife } from "../../src/delivery/health/health.ts";
import { Standing } from "../../src/delivery/health/standing.ts";
import { Intake } from "../../src/delivery/queue/intake.ts";
import { DeliveryQueue } from "../../src/delivery/queue/queue.ts";
import type { ClaimedDelivery } from "../../src/delivery/record/claim.ts";
import type { EndpointEffects } from "../../src/delivery/record/effects.ts";
import { Totals } from "../../src/delivery/record/totals.ts";
import { ENDPOINT_SCHEMA } from "../../src/delivery/schema.ts";
import { Lanes } from "../../src/delivery/senders/lanes.ts";
import { Senders } from "../../src/delivery/senders/senders.ts";
import type { Attempt } from "../../src/domain/delivery.ts";
import type { EndpointStatus } from "../../src/domain/endpoint.ts";
import type { Event } from "../../src/domain/event.ts";
import { orderBy } from "../../src/domain/order.ts";
import { Slots } from "../../src/domain/slots.ts";
import type { Surroundings } from "../../src/domain/surroundings.ts";
import { platform } from "../../src/platform.ts";
import type { Turn } from "../../src/storage/own-turns.ts";
import { Rounds } from "../../src/storage/rounds.ts";
import { migrate } from "../../src/storage/schema.ts";
import { event, START } from "./events.ts";

export const NATIVE_POLICY = standardPolicy({
  retry: { delays: [10, 30, 60, 300, 1800, 7200, 43_200, 86_400], jitter: 0 },
  disableAfterFailures: null,
});

/** No more connections than the object's own. */
const NO_SENDERS = new Senders({
  most: () => 0,
  slotsEach: 1,
  open: () => Promise.reject(new Error("there is none")),
  nameOf: String,
  deadlines: new Deadlines(platform),
  nowMs: () => START,
});

/** An attempt as the rig's receiver saw it, to be answered. */
export interface Started {
  claimed: ClaimedDelivery;
  at: number;
  answer(status: number, more?: { retryAfterMs?: number }): void;
  /** The attempt throws: a fault of our own. */
  break(): void;
  /** No attempt was made: nobody was there. */
  meetNobody(): void;
}

/** The queue and drain of a real object's storage, with a clock and a receiver in the test's hands. */
export interface Rig {
  sql: SqlStorage;
  queue: DeliveryQueue;
  intake: Intake;
  drain: Drain;
  standing: Standing;
  totals: Totals;
  /** The end of each transaction. */
  beforeCommit(): void;
  policy: DeliveryPolicy;
  status: EndpointStatus;
  /** Whether somebody is there to take attempts. */
  isReachable: boolean;
  /** The object's; those that the drain holds are among them. */
  slots: Slots;
  now: number;
  /** When the thread has time for the next one that starts; null = now. */
  turn: Turn;
  /** How long what is to be stored may be put off, milliseconds. */
  putOffMs: number;
  /** Attempts in the order they started. */
  started: Started[];
  effects: EndpointEffects[];
  /** The earliest alarm asked for since it was last looked at. */
  alarmAt: number | null;
  /** What comes by a number. */
  eventOf: (n: number) => Event;
  /** How often it came to rest. */
  rests: number;
  /** Events come that are stored at once, and attempted. */
  enqueue(...numbers: number[]): void;
  /** Events come that are attempted before they are stored. */
  hold(...numbers: number[]): void;
  /** Lets what the last answers caused happen. */
  settle(): Promise<void>;
  /** A new life on the same storage: what was in flight is forgotten. */
  restart(): void;
}

/** Runs a test inside an object of its own. */
export function withRig(
  test: (rig: Rig) => Promise<void>,
  policy: Partial<DeliveryPolicy> = {},
  slots = 100,
): Promise<void> {
  const stub = env.ENDPOINT.getByName(`ep_${crypto.randomUUID()}`);
  return runInDurableObject(stub, async (_instance, state) => {
    const { sql } = state.storage;
    migrate(state.storage, ENDPOINT_SCHEMA);
    const memory = new InFlightMemory(state.id.toString(), "ws_rig", platform);
    let life = 0;
    const build = () => {
      const mine = ++life;
      const queue = new DeliveryQueue(sql);
      const totals = new Totals(sql, queue);
      const standing = new Standing(sql, totals);
      const beforeCommit = () => storeForNextLife({ queue, standing, totals });
      const surroundings: Surroundings = {
        ...{ ...platform, nowMs: () => rig.now, random: () => 0.5 },
        // A life that ended does nothing any more.
        after: (ms, act) => platform.after(ms, () => mine === life && act()),
      };
      const drain = new Drain({
        ...{ queue, standing, surroundings },
        deadlines: new Deadlines(surroundings),
        pace: () => new Rounds().of("ws_rig", platform),
        putOffMs: () => rig.putOffMs,
        turn: (chargeMs) => rig.turn(chargeMs),
        policy: () => rig.policy,
        status: () => rig.status,
        isReachable: () => rig.isReachable,
        lanes: new Lanes(rig.slots, NO_SENDERS),
        memory: () => memory,
        canRecord: () => true,
        expireLeases: () => {},
        attempt: (claimed) =>
          new Promise((resolve, reject) => {
            const at = rig.now;
            rig.started.push({
              claimed,
              at,
              meetNobody: () => resolve(null),
              break: () => reject(new Error("a fault of our own")),
              answer: (status, more) =>
                resolve({
                  attempt: attemptRecord(claimed.attemptCount + 1, at, rig.now, status),
                  retryAfterMs: more?.retryAfterMs ?? null,
                }),
            });
          }),
        brokenAttempt: ({ attemptCount }, startedAt) => ({
          attempt: attemptRecord(attemptCount + 1, startedAt, rig.now, 0),
          retryAfterMs: null,
        }),
        commit: (record, effects) => {
          state.storage.transactionSync(() => {
            record(totals.epoch);
            totals.record(effects.recorded, rig.now);
            standing.follow(effects, rig.now);
            beforeCommit();
          });
          rig.effects.push(effects);
        },
        sums: () => rig.intake.sums(),
        tellSettled: () => {},
        wakeBy: (time) => {
          rig.alarmAt = rig.alarmAt === null ? time : Math.min(rig.alarmAt, time);
        },
        noteRest: () => {
          rig.rests++;
        },
      });
      const intake = new Intake(
        sql,
        queue,
        () => {},
        () => orderBy(rig.policy.order),
      );
      return { queue, standing, totals, intake, drain, beforeCommit };
    };
    const rig: Rig = {
      sql,
      policy: { ...NATIVE_POLICY, ...policy },
      status: "enabled",
      isReachable: true,
      slots: new Slots(slots),
      now: START,
      turn: () => null,
      putOffMs: 0,
      started: [],
      effects: [],
      alarmAt: null,
      rests: 0,
      eventOf: event,
      enqueue: (...numbers) => {
        state.storage.transactionSync(() => {
          rig.intake.take({ workspaceId: "ws_1", logId: "ws_1", events: numbers.map(rig.eventOf) }, rig.now);
          rig.beforeCommit();
        });
        rig.drain.run();
      },
      hold: (...numbers) => {
        const batch = { logId: "ws_1", events: numbers.map(rig.eventOf) };
        if (!rig.intake.hold(batch, rig.now, () => true)) throw new Error("they were not held");
        rig.drain.hold();
        rig.drain.run();
      },
      settle: async () => {
        // A result passes through a promise; then it may wait for others, to be stored with them.
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
        const stored = rig.effects.length;
        rig.drain.settleAll();
        if (rig.effects.length > stored) rig.drain.run();
      },
      restart: () => {
        rig.started.length = 0;
        rig.slots = new Slots(slots);
        Object.assign(rig, build());
      },
      ...({} as ReturnType<typeof build>),
    };
    Object.assign(rig, build());
    await test(rig);
  });
}

function attemptRecord(number: number, startedAt: number, endedAt: number, status: number): Attempt {
  const isSuccess = status >= 200 && status < 300;
  return {
    number,
    startedAt,
    durationMs: endedAt - startedAt,
    outcome: isSuccess ? "success" : "failure",
    error: isSuccess ? null : "status",
    request: { method: "POST", url: "https://example.com/", headers: {} },
    response: { status, headers: {}, body: "", encoding: "utf8", truncated: false },
  };
}

/** The sequences of the deliveries whose attempts started, in that order. */
export function startedSequences(rig: Rig): number[] {
  return rig.started.map(({ claimed }) => claimed.sequence);
}

/** The column of a delivery's row. */
export function column(rig: Rig, sequence: number, name: string): SqlStorageValue | undefined {
  return rig.sql.exec(`SELECT ${name} AS value FROM deliveries WHERE sequence = ?`, sequence).toArray()[0]
    ?.value;
}
