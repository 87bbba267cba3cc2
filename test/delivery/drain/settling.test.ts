import { describe, expect, it, vi } from "vitest";
import { Deliveries } from "../../../src/delivery/queue/deliveries.ts";
import { Replays } from "../../../src/delivery/queue/replays.ts";
import { Retention } from "../../../src/delivery/queue/retention.ts";
import { deliveryId } from "../../../src/domain/ids.ts";
import { platform } from "../../../src/platform.ts";
import { event, START } from "../events.ts";
import { type Rig, startedSequences, withRig } from "../rig.ts";

const ENDPOINT = "ep_0123456789ABCDEF";
const DAY_MS = 24 * 3600 * 1000;

const count = ({ sql }: Rig, table: string) =>
  sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;

/** What is stored: how many rows, runs, and deliveries in runs. */
const stored = (rig: Rig) => ({
  rows: count(rig, "deliveries"),
  runs: count(rig, "runs"),
  inRuns: rig.sql.exec<{ n: number }>("SELECT total(count) AS n FROM runs").one().n,
});

const deliveriesOf = (rig: Rig) =>
  new Deliveries(rig.sql, rig.queue.storedKeys, () => ENDPOINT, { nowMs: () => rig.now });

const listed = (rig: Rig) =>
  deliveriesOf(rig)
    .list({ limit: 200 })
    .rows.map(({ sequence, status }) => `${sequence} ${status}`);

/** The results of attempts come in, before anything else happens. */
async function answers(rig: Rig, status: number, ...sequences: number[]): Promise<void> {
  for (const sequence of sequences)
    rig.started.findLast(({ claimed }) => claimed.sequence === sequence)?.answer(status);
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("deliveries that are attempted before they are stored", () => {
  it("write nothing until they have ended, and then one run with what followed them", () =>
    withRig(
      async (rig) => {
        rig.hold(...numbers(1, 15));
        expect(startedSequences(rig)).toEqual([1, 2, 3, 4, 5]);
        for (const sequence of numbers(1, 15)) await answers(rig, 200, sequence);
        expect(stored(rig)).toEqual({ rows: 0, runs: 0, inRuns: 0 });
        await rig.settle();
        expect(stored(rig)).toEqual({ rows: 0, runs: 1, inRuns: 15 });
        expect(rig.queue.pendingCount).toBe(0);
        expect(listed(rig)).toEqual(
          numbers(1, 15)
            .reverse()
            .map((n) => `${n} delivered`),
        );
      },
      { maxInFlight: 5 },
    ));

  it("are stored later while first attempts of other endpoints wait for the thread, but not what a retry waits for", () =>
    withRig(
      async (rig) => {
        const passed = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
        const runs = async () => {
          await passed(1);
          return stored(rig).runs;
        };
        rig.putOffMs = 60_000;
        rig.hold(1);
        await answers(rig, 200, 1);
        expect(await runs()).toBe(0);
        // Nobody waits any more: it is seen at its next look.
        rig.putOffMs = 0;
        await vi.waitFor(async () => expect(await runs()).toBe(1));
        rig.putOffMs = 60_000;
        rig.now += 10_000;
        rig.hold(2);
        await answers(rig, 500, 2);
        await vi.waitFor(() => expect(stored(rig).rows).toBe(1));
      },
      { retry: { delays: [0], jitter: 0 } },
    ));

  it("are put off no longer than they may be, though that is over before the next look", () =>
    withRig(async (rig) => {
      rig.putOffMs = 100;
      const after = vi.spyOn(platform, "after");
      rig.hold(1);
      await answers(rig, 200, 1);
      const waits = after.mock.calls.map(([ms]) => ms);
      after.mockRestore();
      expect(waits).toContain(100);
      expect(waits).not.toContain(250);
      rig.now += 100;
      await vi.waitFor(() => expect(rig.queue.pendingCount).toBe(0));
    }));

  it("are stored in time while first attempts of other endpoints wait, though others end again and again", () =>
    withRig(
      async (rig) => {
        rig.putOffMs = 2000;
        const endNext = async (...sequences: number[]) => {
          rig.enqueue(...sequences);
          await answers(rig, 200, ...sequences);
        };
        // As many as may wait in a new life, then half as many as may after that: more of those are worth a transaction.
        await endNext(...numbers(1, 16));
        await endNext(...numbers(17, 32));
        for (const sequence of numbers(33, 43)) {
          expect(rig.effects.length).toBe(1);
          rig.now += 200;
          await endNext(sequence);
        }
        await vi.waitFor(() => expect(rig.queue.pendingCount).toBe(0));
      },
      { maxInFlight: 20 },
    ));

  it("are stored with their event where they failed, beside the run, and retried", () =>
    withRig(
      async (rig) => {
        rig.hold(1, 2, 3);
        await answers(rig, 500, 2);
        await answers(rig, 200, 1, 3);
        await rig.settle();
        expect(stored(rig)).toEqual({ rows: 1, runs: 1, inRuns: 2 });
        expect(listed(rig)).toEqual(["3 delivered", "2 pending", "1 delivered"]);
        rig.restart();
        rig.now += 10_000;
        rig.drain.run();
        expect(rig.started.map(({ claimed }) => [claimed.sequence, claimed.event.data])).toEqual([
          [2, '{"n":2}'],
        ]);
        await answers(rig, 200, 2);
        await rig.settle();
        expect(listed(rig)).toEqual(["3 delivered", "2 delivered", "1 delivered"]);
        expect(
          deliveriesOf(rig)
            .find(deliveryId(ENDPOINT, 2))
            ?.attempts.map(({ number }) => number),
        ).toEqual([1, 2]);
      },
      { retry: { delays: [10], jitter: 0 } },
    ));

  it("get the same sequences when they are handed over again after a crash, and only what was not stored is attempted", () =>
    withRig(
      async (rig) => {
        rig.hold(...numbers(1, 20));
        await answers(rig, 200, 1, 2, 3, 5);
        rig.drain.settleAll();
        rig.hold(...numbers(21, 30));
        await answers(rig, 200, ...startedSequences(rig).filter((sequence) => sequence > 3));
        rig.restart();
        expect(rig.queue.lastSequence).toBe(20);
        expect(rig.intake.takenOf("ws_1")).toBe(event(20).position);
        rig.status = "paused";
        rig.enqueue(...numbers(10, 30));
        expect(rig.queue.lastSequence).toBe(30);
        expect(listed(rig).filter((text) => text.endsWith("delivered"))).toEqual(
          [5, 3, 2, 1].map((n) => `${n} delivered`),
        );
        const byEvent = numbers(1, 30).map((n) => deliveriesOf(rig).ofEvent(event(n).position));
        expect(byEvent.map((of) => of.map(({ sequence }) => sequence))).toEqual(
          numbers(1, 30).map((n) => [n]),
        );
      },
      { maxInFlight: 6 },
    ));

  it("do not wait for one that is slow: beyond 32 behind it that one is stored as it is, beyond 8 as a life begins", () =>
    withRig(
      async (rig) => {
        rig.hold(...numbers(1, 150));
        for (const sequence of numbers(2, 17)) await answers(rig, 200, sequence);
        // The 16th result: one row for the one in flight.
        expect(stored(rig)).toEqual({ rows: 1, runs: 1, inRuns: 16 });
        expect(rig.queue.pending(1)).not.toBeNull();
        for (const sequence of numbers(18, 49)) await answers(rig, 200, sequence);
        for (const sequence of numbers(51, 114)) await answers(rig, 200, sequence);
        expect(stored(rig)).toEqual({ rows: 2, runs: 3, inRuns: 16 + 32 + 64 });
        await answers(rig, 200, 1, 50);
        await rig.settle();
        for (const slow of [1, 50]) {
          expect(rig.queue.pending(slow)).toBeNull();
          expect(deliveriesOf(rig).find(deliveryId(ENDPOINT, slow))).toMatchObject({
            status: "delivered",
            attemptCount: 1,
          });
        }
      },
      { maxInFlight: 6 },
    ));

  it("stop at once where an answer holds the endpoint, and what waits is stored with it", () =>
    withRig(
      async (rig) => {
        rig.hold(...numbers(1, 10));
        rig.started[0]?.answer(429, { retryAfterMs: 60_000 });
        for (let turn = 0; turn < 4; turn++) await Promise.resolve();
        expect(rig.standing.holdUntil).toBe(START + 60_000);
        expect(stored(rig)).toEqual({ rows: 10, runs: 0, inRuns: 0 });
        expect(startedSequences(rig)).toEqual([1, 2]);
      },
      { maxInFlight: 2 },
    ));

  it("count no failure with others' records that a crash would take back, and all once all are on record", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      await answers(rig, 500, 1);
      await rig.settle();
      rig.now += 10_000;
      rig.hold(2, 3, 4);
      const stored = rig.effects.length;
      await answers(rig, 500, 3, 4, 1);
      await vi.waitFor(() => expect(rig.effects).toHaveLength(stored + 1));
      // Those of 3 and 4 wait behind 2, which hangs.
      expect(rig.effects.at(-1)?.consecutiveFailures).toBe(2);
      await answers(rig, 200, 2);
      await rig.settle();
      expect(rig.effects.at(-1)?.consecutiveFailures).toBe(0);
    }));

  it("are in order stored one by one, each before the next attempt", () =>
    withRig(
      async (rig) => {
        rig.hold(1, 2, 3);
        for (const sequence of [1, 2, 3]) {
          expect(startedSequences(rig)).toEqual(numbers(1, sequence));
          await answers(rig, 200, sequence);
          expect(stored(rig)).toEqual({ rows: 0, runs: sequence, inRuns: sequence });
        }
      },
      { order: "endpoint" },
    ));
});

describe("deliveries in runs", () => {
  it("are found by id with their attempt, and say which is their newest replay", () =>
    withRig(async (rig) => {
      rig.hold(1, 2, 3);
      await answers(rig, 200, 1, 2, 3);
      await rig.settle();
      rig.intake.addReplay(event(2), 2, rig.now);
      const second = rig.intake.addReplay(event(2), 2, rig.now);
      const found = deliveriesOf(rig).find(deliveryId(ENDPOINT, 2));
      expect(found).toMatchObject({
        ...{
          eventId: event(2).id,
          eventType: "deal.created",
          status: "delivered",
          attemptCount: 1,
          completedAt: START,
        },
        ...{ replayOf: null, replayedBy: deliveryId(ENDPOINT, second) },
        lastAttempt: { number: 1, outcome: "success", status: 200, durationMs: 0 },
        attempts: [{ number: 1, startedAt: START, response: { status: 200 } }],
      });
      expect(
        deliveriesOf(rig)
          .ofEvent(event(2).position)
          .map(({ sequence }) => sequence),
      ).toEqual([2, 4, 5]);
      expect(deliveriesOf(rig).find(deliveryId(ENDPOINT, 6))).toBeNull();
      // A replay fires when its original did.
      rig.drain.run();
      expect(rig.started.at(-1)?.claimed.firedAt).toBe(START + 1);
    }));

  it("are among what a replay of delivered ones takes, page by page, in their order", () =>
    withRig(
      async (rig) => {
        rig.hold(...numbers(1, 30));
        for (const sequence of numbers(1, 30)) await answers(rig, sequence === 7 ? 500 : 200, sequence);
        await rig.settle();
        const replays = new Replays(rig.sql, deliveriesOf(rig), rig.intake);
        const selection = { status: "delivered" as const, from: 0, to: START + DAY_MS };
        const positions: number[] = [];
        for (let from: number | null = 1; from !== null; ) {
          const page = replays.candidates(selection, from, 8, 28);
          positions.push(...page.positions);
          from = page.next;
        }
        expect(positions).toEqual(
          numbers(1, 28)
            .filter((n) => n !== 7)
            .map((n) => event(n).position),
        );
      },
      { maxInFlight: 5, retry: { delays: [100_000], jitter: 0 } },
    ));

  it("are listed page by page by what they came to, between rows of their own", () =>
    withRig(
      async (rig) => {
        rig.hold(...numbers(1, 40));
        for (const sequence of numbers(1, 40)) await answers(rig, sequence % 10 === 0 ? 500 : 200, sequence);
        await rig.settle();
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const page = deliveriesOf(rig).list({ limit: 7, cursor });
          seen.push(...page.rows.map(({ sequence }) => sequence));
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(numbers(1, 40).reverse());
        const of = (query: object) =>
          deliveriesOf(rig)
            .list({ limit: 100, ...query })
            .rows.map(({ sequence }) => sequence);
        expect(of({ status: "pending" })).toEqual([40, 30, 20, 10]);
        expect(of({ eventId: event(13).id })).toEqual([13]);
        expect(of({ responseStatus: "2xx" })).toHaveLength(36);
      },
      { maxInFlight: 5, retry: { delays: [100_000], jitter: 0 } },
    ));

  it("leave after 30 days, but the newest, and are served no more by then", () =>
    withRig(
      async (rig) => {
        for (const from of [1, 21]) {
          rig.hold(...numbers(from, from + 19));
          for (const sequence of numbers(from, from + 19)) await answers(rig, 200, sequence);
          await rig.settle();
        }
        const retention = new Retention(rig.sql, rig.queue);
        expect(retention.nextDropAt()).toBe(START + 30 * DAY_MS);
        rig.now += 30 * DAY_MS + 1;
        expect(listed(rig)).toEqual([]);
        expect(deliveriesOf(rig).find(deliveryId(ENDPOINT, 3))).toBeNull();
        retention.run(rig.now);
        expect(stored(rig)).toEqual({ rows: 0, runs: 1, inRuns: 20 });
        expect(retention.nextDropAt()).toBeNull();
        rig.restart();
        expect(rig.queue.lastSequence).toBe(40);
        expect(rig.intake.takenOf("ws_1")).toBe(event(40).position);
      },
      { maxInFlight: 5 },
    ));

  it("lose the records of their attempts beyond the newest thousand, where these take too much", () =>
    withRig(
      async (rig) => {
        for (let from = 1; from <= 1500; from += 100) {
          rig.hold(...numbers(from, from + 99));
          for (const sequence of numbers(from, from + 99)) await answers(rig, 200, sequence);
          await rig.settle();
        }
        const exec = rig.sql.exec.bind(rig.sql);
        const large = { databaseSize: 300 * 1024 ** 2, exec } as unknown as SqlStorage;
        new Retention(large, rig.queue).run(rig.now);
        const attemptsOf = (sequence: number) =>
          deliveriesOf(rig).find(deliveryId(ENDPOINT, sequence))?.attempts;
        expect(attemptsOf(100)).toEqual([]);
        expect(attemptsOf(1499)).toHaveLength(1);
        expect(deliveriesOf(rig).find(deliveryId(ENDPOINT, 100))).toMatchObject({
          status: "delivered",
          attemptCount: 1,
        });
      },
      { maxInFlight: 50 },
    ));
});
