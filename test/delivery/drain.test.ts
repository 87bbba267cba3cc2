import { describe, expect, it } from "vitest";
import { statusCode } from "../../src/delivery/rows.ts";
import { column, type Rig, START, withRig } from "./rig.ts";

const sequences = (rig: Rig) => rig.started.map(({ claimed }) => claimed.sequence);

describe("the native schedule", () => {
  it("makes 9 attempts at exactly its delays, dead-letters after the 9th and never makes a 10th", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      const dueAt: number[] = [];
      for (let n = 1; n <= 9; n++) {
        expect(rig.started).toHaveLength(n);
        expect(rig.started[n - 1]?.claimed.attemptCount).toBe(n - 1);
        rig.started[n - 1]?.answer(500);
        await rig.settle();
        dueAt.push(Number(column(rig, 1, "next_attempt_at") ?? 0));
        if (n === 9) break;
        // One millisecond early nothing starts; at the time itself the attempt does.
        rig.now = (dueAt[n - 1] ?? 0) - 1;
        rig.drain.run();
        expect(rig.started).toHaveLength(n);
        rig.now++;
        rig.drain.run();
      }
      const sinceFirst = [10, 40, 100, 400, 2200, 9400, 52_600, 139_000].map(
        (seconds) => START + seconds * 1000,
      );
      expect(dueAt).toEqual([...sinceFirst, 0]);
      expect(column(rig, 1, "status")).toBe(statusCode("dead"));
      rig.now += 365 * 24 * 3600 * 1000;
      rig.drain.run();
      expect(rig.started).toHaveLength(9);
    }));

  it("keeps the record of every attempt", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1);
        rig.started[0]?.answer(503);
        await rig.settle();
        rig.now += 1000;
        rig.drain.run();
        rig.started[1]?.answer(204);
        await rig.settle();
        const attempts = JSON.parse(String(column(rig, 1, "attempts")));
        expect(attempts.map((attempt: { number: number }) => attempt.number)).toEqual([1, 2]);
        expect(column(rig, 1, "status")).toBe(statusCode("delivered"));
        expect(column(rig, 1, "data")).toBeNull();
      },
      { retry: { delays: [1], jitter: 0 } },
    ));
});

describe("a serialized endpoint", () => {
  it("delivers event 2 only after event 1 is dead-lettered", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        rig.started[0]?.answer(500);
        await rig.settle();
        expect(sequences(rig)).toEqual([1]);
        rig.now += 5000;
        rig.drain.run();
        expect(sequences(rig)).toEqual([1, 1]);
        rig.started[1]?.answer(500);
        await rig.settle();
        expect(column(rig, 1, "status")).toBe(statusCode("dead"));
        expect(sequences(rig)).toEqual([1, 1, 2]);
      },
      { serialize: true, retry: { delays: [5], jitter: 0 } },
    ));

  it("has one attempt in flight, and its result written before the next one starts", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3);
        for (const sequence of [1, 2, 3]) {
          expect(sequences(rig).at(-1)).toBe(sequence);
          expect(rig.queue.inFlight).toBe(1);
          rig.started.at(-1)?.answer(200);
          await rig.settle();
          expect(column(rig, sequence, "status")).toBe(statusCode("delivered"));
        }
        expect(rig.started).toHaveLength(3);
      },
      { serialize: true },
    ));

  it("waits for what is in flight when serialize is turned on, then goes on with the lowest sequence", () =>
    withRig(async (rig) => {
      rig.enqueue(1, 2, 3, 4, 5, 6, 7);
      expect(sequences(rig)).toEqual([1, 2, 3, 4, 5, 6]);
      rig.policy = { ...rig.policy, serialize: true };
      rig.started[2]?.answer(500);
      for (const place of [0, 1, 3, 4]) rig.started[place]?.answer(200);
      await rig.settle();
      expect(rig.started).toHaveLength(6);
      rig.started[5]?.answer(200);
      await rig.settle();
      expect(rig.started).toHaveLength(6);
      rig.now += 10_000;
      rig.drain.run();
      expect(sequences(rig).slice(6)).toEqual([3]);
    }));
});

describe("an unordered endpoint", () => {
  it("keeps max_in_flight attempts in flight", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4, 5);
        expect(sequences(rig)).toEqual([1, 2]);
        rig.started[1]?.answer(200);
        await rig.settle();
        expect(sequences(rig)).toEqual([1, 2, 3]);
      },
      { maxInFlight: 2 },
    ));

  it("frees a slot with the answer, and bounds what waits for its record", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4, 5, 6);
        rig.started[0]?.answer(200);
        rig.started[1]?.answer(200);
        // The answers have come, their record has not: that takes a macrotask.
        await Promise.resolve();
        await Promise.resolve();
        expect(column(rig, 1, "status")).toBe(statusCode("pending"));
        expect(sequences(rig)).toEqual([1, 2, 3, 4]);
        rig.started[2]?.answer(200);
        await Promise.resolve();
        await Promise.resolve();
        expect(sequences(rig)).toEqual([1, 2, 3, 4]);
        await rig.settle();
        expect(sequences(rig)).toEqual([1, 2, 3, 4, 5]);
      },
      { maxInFlight: 2 },
    ));

  it("takes a due retry before a younger event, and others while a retry waits", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1);
        rig.started[0]?.answer(500);
        await rig.settle();
        rig.now += 500;
        rig.enqueue(2);
        expect(sequences(rig)).toEqual([1, 2]);
        rig.now += 500;
        rig.started[1]?.answer(200);
        await rig.settle();
        rig.status = "paused";
        rig.now += 1;
        rig.enqueue(3);
        rig.status = "enabled";
        rig.drain.run();
        expect(sequences(rig)).toEqual([1, 2, 1]);
      },
      { maxInFlight: 1, retry: { delays: [1], jitter: 0 } },
    ));
});

describe("the gate", () => {
  it("holds the whole endpoint for a Retry-After", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      rig.started[0]?.answer(429, { retryAfterMs: 60_000 });
      await rig.settle();
      rig.enqueue(2);
      rig.now += 59_999;
      rig.drain.run();
      expect(sequences(rig)).toEqual([1]);
      expect(rig.alarmAt).toBe(START + 60_000);
      rig.now += 1;
      rig.drain.run();
      expect(sequences(rig).sort()).toEqual([1, 1, 2]);
    }));

  it("holds for at most 24 hours, whatever the receiver asks for", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      rig.started[0]?.answer(503, { retryAfterMs: 1e12 });
      await rig.settle();
      expect(rig.drain.holdUntil).toBe(START + 24 * 3600 * 1000);
    }));

  it("starts attempts at least 1/rate apart", () =>
    withRig(
      async (rig) => {
        rig.now += 1000;
        rig.enqueue(1, 2, 3);
        for (let n = 1; n <= 3; n++) {
          expect(rig.started).toHaveLength(n);
          rig.started[n - 1]?.answer(200);
          await rig.settle();
          rig.now += 333;
          rig.drain.run();
          expect(rig.started).toHaveLength(n);
          rig.now += 1;
          rig.drain.run();
        }
      },
      { ratePerSecond: 3 },
    ));

  it("starts nothing while the endpoint is paused", () =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1);
      expect(rig.started).toHaveLength(0);
      rig.status = "enabled";
      rig.drain.run();
      expect(rig.started).toHaveLength(1);
    }));
});

it("records an attempt that throws as a failure, and gives its slot to the next", () =>
  withRig(
    async (rig) => {
      rig.enqueue(1, 2);
      rig.started[0]?.break();
      await rig.settle();
      expect(sequences(rig)).toEqual([1, 2]);
      expect(column(rig, 1, "attempt_count")).toBe(1);
      expect(column(rig, 1, "next_attempt_at")).toBe(START + 10_000);
    },
    { maxInFlight: 1 },
    1,
  ));

describe("after a crash", () => {
  it("repeats what was in flight and goes on where it was", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4);
        rig.started[1]?.answer(200);
        await rig.settle();
        expect(sequences(rig)).toEqual([1, 2, 3]);
        rig.restart();
        rig.drain.run();
        expect(sequences(rig)).toEqual([1, 3]);
        expect(rig.queue.pendingCount).toBe(3);
      },
      { maxInFlight: 2 },
    ));

  it("counts what is pending as it was, with retries and answers between what was in flight", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 320 }, (_, i) => i + 1));
        // The first of all never answers; of the rest every other fails, and waits for its retry.
        for (let answered = 1; answered < 80; ) {
          for (; answered < rig.started.length; answered++)
            rig.started[answered]?.answer(answered % 2 === 0 ? 200 : 500);
          await rig.settle();
        }
        const counts = () => [rig.queue.pendingCount, rig.queue.pendingBytes];
        const before = counts();
        const stored = rig.sql
          .exec<{ n: number; bytes: number }>(
            "SELECT count(*) AS n, sum(bytes) AS bytes FROM deliveries WHERE status = 0",
          )
          .one();
        expect(before).toEqual([stored.n, stored.bytes]);
        rig.status = "paused";
        rig.restart();
        expect(counts()).toEqual(before);
        rig.status = "enabled";
        rig.drain.run();
        expect(counts()).toEqual(before);
        rig.restart();
        expect(counts()).toEqual(before);
        rig.drain.run();
        for (let answered = 0; answered < rig.started.length; ) {
          for (; answered < rig.started.length; answered++) rig.started[answered]?.answer(200);
          await rig.settle();
        }
        expect(rig.queue.pendingCount).toBe(
          rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE status = 0").one().n,
        );
      },
      { maxInFlight: 6, retry: { delays: [3600], jitter: 0 } },
    ));

  it("counts what is pending among hundreds of which some were canceled", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 900 }, (_, i) => i + 1));
        for (const place of [1, 2, 3]) rig.started[place]?.answer(place === 2 ? 200 : 500);
        await rig.settle();
        for (const sequence of [20, 500, 600, 900]) {
          const row = rig.queue.pending(sequence);
          if (row) rig.queue.close(row, "canceled", rig.now);
        }
        const before = [rig.queue.pendingCount, rig.queue.pendingBytes];
        expect(before[0]).toBe(895);
        rig.restart();
        expect([rig.queue.pendingCount, rig.queue.pendingBytes]).toEqual(before);
      },
      { maxInFlight: 6, retry: { delays: [3600], jitter: 0 } },
    ));

  it("drops what it has when a batch is handed over again", () =>
    withRig(async (rig) => {
      rig.enqueue(1, 2);
      rig.restart();
      rig.enqueue(1, 2, 3);
      expect(rig.queue.lastSequence).toBe(3);
    }));

  it("finds its place after thousands of deliveries", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 2500 }, (_, i) => i + 1));
        for (let answered = 0; answered < 2100; ) {
          for (; answered < rig.started.length; answered++) rig.started[answered]?.answer(200);
          await rig.settle();
        }
        rig.restart();
        rig.drain.run();
        const attempted = new Set(sequences(rig));
        const pending = rig.sql
          .exec<{ sequence: number }>(
            "SELECT sequence FROM deliveries WHERE status = 0 ORDER BY sequence LIMIT 6",
          )
          .toArray();
        expect([...attempted]).toEqual(pending.map(({ sequence }) => sequence));
        expect(rig.queue.pendingCount).toBe(
          rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE status = 0").one().n,
        );
      },
      { maxInFlight: 6 },
    ));
});
