import { describe, expect, it } from "vitest";
import { statusCode } from "../../../src/delivery/tables/delivery-row.ts";
import { START } from "../events.ts";
import { column, startedSequences, withRig } from "../rig.ts";

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

describe("a clock that was set back", () => {
  it("holds up nothing that was never attempted", () =>
    withRig(
      async (rig) => {
        rig.status = "paused";
        rig.enqueue(1, 2);
        rig.now -= 3_600_000;
        rig.status = "enabled";
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1, 2]);
      },
      { maxInFlight: 6 },
    ));
});

describe("a serialized endpoint", () => {
  it("delivers event 2 only after event 1 is dead-lettered", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        rig.started[0]?.answer(500);
        await rig.settle();
        expect(startedSequences(rig)).toEqual([1]);
        rig.now += 5000;
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1, 1]);
        rig.started[1]?.answer(500);
        await rig.settle();
        expect(column(rig, 1, "status")).toBe(statusCode("dead"));
        expect(startedSequences(rig)).toEqual([1, 1, 2]);
      },
      { order: "endpoint", retry: { delays: [5], jitter: 0 } },
    ));

  it("has one attempt in flight, and its result written before the next one starts", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3);
        for (const sequence of [1, 2, 3]) {
          expect(startedSequences(rig).at(-1)).toBe(sequence);
          expect(rig.queue.inFlight).toBe(1);
          rig.started.at(-1)?.answer(200);
          await rig.settle();
          expect(column(rig, sequence, "status")).toBe(statusCode("delivered"));
        }
        expect(rig.started).toHaveLength(3);
      },
      { order: "endpoint" },
    ));

  it("rests when its last attempt outlasts the 10 s of an invocation: its alarm for the next may be lost", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        rig.now += 10_000;
        rig.started[0]?.answer(200);
        await rig.settle();
        expect({ inFlight: rig.queue.inFlight, alarmAt: rig.alarmAt, rests: rig.rests }).toEqual({
          ...{ inFlight: 0, alarmAt: rig.now, rests: 1 },
        });
        rig.drain.renew();
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1, 2]);
      },
      { order: "endpoint" },
    ));

  it("waits for what is in flight when serialize is turned on, then goes on with the lowest sequence", () =>
    withRig(async (rig) => {
      rig.policy = { ...rig.policy, maxInFlight: 6 };
      rig.enqueue(1, 2, 3, 4, 5, 6, 7);
      expect(startedSequences(rig)).toEqual([1, 2, 3, 4, 5, 6]);
      rig.policy = { ...rig.policy, order: "endpoint" };
      rig.started[2]?.answer(500);
      for (const place of [0, 1, 3, 4]) rig.started[place]?.answer(200);
      await rig.settle();
      expect(rig.started).toHaveLength(6);
      rig.started[5]?.answer(200);
      await rig.settle();
      expect(rig.started).toHaveLength(6);
      rig.now += 10_000;
      rig.drain.run();
      expect(startedSequences(rig).slice(6)).toEqual([3]);
    }));
});

describe("an unordered endpoint", () => {
  it("keeps max_in_flight attempts in flight", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4, 5);
        expect(startedSequences(rig)).toEqual([1, 2]);
        rig.started[1]?.answer(200);
        await rig.settle();
        expect(startedSequences(rig)).toEqual([1, 2, 3]);
      },
      { maxInFlight: 2 },
    ));

  it("frees a slot with the answer, and has at most 64 wait for their record, fewer as its life begins", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 150 }, (_, i) => i + 1));
        const answerUpTo = async (count: number) => {
          for (let answered = rig.started.length - 2; answered < count; answered++) {
            rig.started[answered]?.answer(200);
            await Promise.resolve();
            await Promise.resolve();
          }
        };
        // The answers have come, their record has not.
        for (const [from, to] of [
          [1, 16],
          [17, 48],
          [49, 112],
        ] as const) {
          await answerUpTo(to - 1);
          expect(startedSequences(rig)).toHaveLength(to + 1);
          expect(column(rig, from, "status")).toBe(statusCode("pending"));
          await answerUpTo(to);
          expect(column(rig, from, "status")).toBe(statusCode("delivered"));
          expect(column(rig, to, "status")).toBe(statusCode("delivered"));
          expect(startedSequences(rig)).toHaveLength(to + 2);
        }
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
        expect(startedSequences(rig)).toEqual([1, 2]);
        rig.now += 500;
        rig.started[1]?.answer(200);
        await rig.settle();
        rig.status = "paused";
        rig.now += 1;
        rig.enqueue(3);
        rig.status = "enabled";
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1, 2, 1]);
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
      expect(startedSequences(rig)).toEqual([1]);
      expect(rig.alarmAt).toBe(START + 60_000);
      rig.now += 1;
      rig.drain.run();
      expect(startedSequences(rig).sort()).toEqual([1, 1, 2]);
    }));

  it("holds for at most 24 hours, whatever the receiver asks for", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      rig.started[0]?.answer(503, { retryAfterMs: 1e12 });
      await rig.settle();
      expect(rig.standing.holdUntil).toBe(START + 24 * 3600 * 1000);
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

  it("starts one for each turn that the thread gives, asks for one at a time, and does not rest meanwhile", () =>
    withRig(async (rig) => {
      const turns: (() => void)[] = [];
      rig.turn = () => new Promise((resolve) => turns.push(resolve));
      rig.enqueue(1, 2, 3);
      rig.drain.run();
      expect([rig.started.length, turns.length, rig.rests]).toEqual([0, 1, 0]);
      for (let n = 1; n <= 3; n++) {
        turns[n - 1]?.();
        await Promise.resolve();
        expect([rig.started.length, turns.length]).toEqual([n, Math.min(3, n + 1)]);
      }
      for (const { answer } of rig.started) answer(200);
      await rig.settle();
      expect([rig.queue.pendingCount, rig.rests]).toEqual([0, 1]);
    }));

  it("starts nothing at a turn that comes once the endpoint is paused", () =>
    withRig(async (rig) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      rig.turn = () => promise;
      rig.enqueue(1);
      rig.status = "paused";
      resolve();
      await promise;
      expect(rig.started).toHaveLength(0);
      expect(rig.rests).toBe(1);
    }));

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
      expect(startedSequences(rig)).toEqual([1, 2]);
      expect(column(rig, 1, "attempt_count")).toBe(1);
      expect(column(rig, 1, "next_attempt_at")).toBe(START + 10_000);
    },
    { maxInFlight: 1 },
    1,
  ));
