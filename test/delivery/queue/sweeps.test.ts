import { describe, expect, it } from "vitest";
import { DeliveryQueue } from "../../../src/delivery/queue/queue.ts";
import type { Sweep } from "../../../src/delivery/queue/stored-sweeps.ts";
import { Sweeps } from "../../../src/delivery/queue/sweeps.ts";
import type { SweepReport } from "../../../src/domain/messages.ts";
import { readMeta } from "../../../src/storage/schema.ts";
import { event, START } from "../events.ts";
import { column, type Rig, withRig } from "../rig.ts";

const sweepsOf = (rig: Rig, leased: readonly number[] = []) =>
  new Sweeps({
    sql: rig.sql,
    queue: rig.queue,
    isLeased: (sequence) => leased.includes(sequence),
    policy: () => rig.policy,
    random: () => 0.5,
  });

/** Lets the records of all attempts take 256 KiB per delivery. */
function swellRecords(rig: Rig): void {
  rig.sql.exec(
    "UPDATE deliveries SET attempts = json_set(attempts, '$[0].response.body', ?)",
    "x".repeat(256 * 1024),
  );
}

/** Runs a sweep to its end, with a new life after each step. Returns how many it canceled. */
function sweep(rig: Rig, what: Sweep): number {
  sweepsOf(rig).add(what);
  let canceled = 0;
  for (let sweeps = sweepsOf(rig); !sweeps.isDone; sweeps = sweepsOf(rig)) canceled += sweeps.step(rig.now);
  return canceled;
}

const dueAt = (rig: Rig, sequence: number) => Number(column(rig, sequence, "next_attempt_at")) - START;

describe("a sweep", () => {
  it("cancels the pending ones of its time, in steps that survive restarts, and nothing newer", () =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(...Array.from({ length: 250 }, (_, n) => n + 1));
      const sweeps = sweepsOf(rig);
      sweeps.add({ action: "cancel" });
      expect(sweeps.isCanceling).toBe(true);
      rig.enqueue(251);
      expect(sweeps.step(rig.now)).toBe(100);
      expect(rig.queue.pendingCount).toBe(151);
      rig.restart();
      const after = sweepsOf(rig);
      expect(after.step(rig.now) + after.step(rig.now)).toBe(150);
      expect(after.isDone).toBe(true);
      expect(rig.queue.pendingCount).toBe(1);
      rig.status = "enabled";
      rig.drain.run();
      expect(rig.started.map(({ claimed }) => claimed.sequence)).toEqual([251]);
    }));

  it("that canceled leaves nothing for the next life to pass again", () =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1, 2, 3);
      sweep(rig, { action: "cancel", before: START + 1 });
      expect(readMeta(rig.sql, "fresh_from")).toBe(4);
    }));

  it("cancels by type and by time", () =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1);
      rig.now += 1000;
      rig.enqueue(2);
      expect(sweep(rig, { action: "cancel", types: ["deal.closed"] })).toBe(0);
      expect(sweep(rig, { action: "cancel", types: ["deal.created"], before: START + 1000 })).toBe(1);
      expect(rig.queue.lowestPending()?.sequence).toBe(2);
    }));

  it("takes types as patterns, as subscriptions and replay jobs do", () =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1, 2);
      expect(sweep(rig, { action: "cancel", types: ["deal"] })).toBe(0);
      expect(sweep(rig, { action: "cancel", types: ["contact.*", "deal.*"] })).toBe(2);
      rig.enqueue(3);
      expect(sweep(rig, { action: "cancel", types: ["*"] })).toBe(1);
    }));

  it("cancels what is in flight too: its attempt goes on record and decides nothing", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        expect(sweep(rig, { action: "cancel" })).toBe(2);
        for (const one of rig.started) one.answer(500);
        await rig.settle();
        expect(rig.queue.pendingCount).toBe(0);
        expect(column(rig, 1, "attempt_count")).toBe(1);
        expect(column(rig, 1, "next_attempt_at")).toBeNull();
        expect(rig.effects.flatMap(({ ended }) => ended)).toEqual([]);
      },
      { retry: { delays: [1], jitter: 0 } },
    ));

  it("re-times what waits for a retry from the end of its last attempt, by the policy of now", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        rig.now += 100;
        rig.started[0]?.answer(500);
        await rig.settle();
        expect(dueAt(rig, 1)).toBe(3_600_100);
        rig.policy = { ...rig.policy, retry: { delays: [60], jitter: 0 } };
        sweep(rig, { action: "retime" });
        expect(dueAt(rig, 1)).toBe(60_100);
        // The one in flight is decided by the policy of when it ends.
        rig.started[1]?.answer(500);
        await rig.settle();
        expect(dueAt(rig, 2)).toBe(60_100);
        // With no delay left, one more attempt now decides.
        rig.policy = { ...rig.policy, retry: { delays: [], jitter: 0 } };
        rig.now += 5000;
        sweep(rig, { action: "retime" });
        expect(dueAt(rig, 1)).toBe(5100);
      },
      { retry: { delays: [3600, 3600], jitter: 0 } },
    ));

  it("re-times in one step no more than whose attempts' records a thread has time to read", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 20 }, (_, n) => n + 1));
        while (rig.started.length > 0) {
          for (const { answer } of rig.started.splice(0)) answer(500);
          await rig.settle();
        }
        swellRecords(rig);
        rig.policy = { ...rig.policy, retry: { delays: [60], jitter: 0 } };
        const retimed = () =>
          Array.from({ length: 20 }, (_, n) => dueAt(rig, n + 1)).filter((due) => due === 60_000);
        sweepsOf(rig).add({ action: "retime" });
        for (let count = 0; count < 20; count += 4) {
          expect(retimed()).toHaveLength(count);
          sweepsOf(rig).step(rig.now);
        }
        expect(retimed()).toHaveLength(20);
      },
      { retry: { delays: [3600, 3600], jitter: 0 } },
    ));

  it.each(["retry", "retime"] as const)(
    "to %s leaves alone what is out with somebody who fetched it",
    (action) =>
      withRig(
        async (rig) => {
          rig.enqueue(1, 2);
          for (const one of rig.started) one.answer(500);
          await rig.settle();
          const before = dueAt(rig, 1);
          rig.policy = { ...rig.policy, retry: { delays: [60], jitter: 0 } };
          const sweeps = sweepsOf(rig, [1]);
          sweeps.add({ action });
          while (!sweeps.isDone) sweeps.step(rig.now);
          expect(dueAt(rig, 1)).toBe(before);
          expect(dueAt(rig, 2)).toBeLessThan(before);
        },
        { retry: { delays: [3600, 3600], jitter: 0 } },
      ),
  );

  it("makes due now what waits for a retry", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1);
        rig.started[0]?.answer(500);
        await rig.settle();
        sweep(rig, { action: "retry" });
        rig.drain.run();
        expect(rig.started.map(({ claimed }) => claimed.sequence)).toEqual([1, 1]);
      },
      { retry: { delays: [3600], jitter: 0 } },
    ));

  it("that was asked for tells how many it found and changed, over restarts, and stays on record", () =>
    withRig(async (rig) => {
      const report = (id: string): SweepReport => ({
        ...{ id, action: "retry", state: "running", matched: 0, changed: 0, createdAt: START },
      });
      rig.enqueue(...Array.from({ length: 150 }, (_, n) => n + 1));
      await rig.settle();
      // Six are attempted at once; of three that failed two are due later.
      for (const attempt of rig.started.slice(0, 3)) attempt.answer(500);
      rig.status = "paused";
      await rig.settle();
      rig.queue.setDue(3, rig.now);
      sweepsOf(rig).add({ action: "retry" }, report("swp_1"));
      sweepsOf(rig).step(rig.now);
      expect(sweepsOf(rig).find("swp_1")).toMatchObject({ state: "running", matched: 100, changed: 2 });
      sweepsOf(rig).step(rig.now);
      expect(sweepsOf(rig).find("swp_1")).toMatchObject({ state: "done", matched: 150, changed: 2 });
      expect(sweepsOf(rig).find("swp_2")).toBeNull();
    }));
});

describe("a sweep that the endpoint makes of itself", () => {
  const byKey = { order: { by: "context.customer" } } as const;
  const waiting = (rig: Rig) =>
    (JSON.parse(String(readMeta(rig.sql, "sweeps") ?? "[]")) as Sweep[]).map(({ action }) => action);

  it("begins anew in the place of one before it, so that a hundred changes of the order pass all once after the last", () =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(...Array.from({ length: 250 }, (_, n) => n + 1));
      for (let n = 0; n < 100; n++) {
        const sweeps = sweepsOf(rig);
        sweeps.add({ action: "reorder" });
        sweeps.add({ action: "retime" });
        sweeps.add({ action: "retryHeads", at: rig.now });
        sweeps.step(rig.now);
      }
      expect(waiting(rig)).toEqual(["reorder", "retime", "retryHeads"]);
      sweepsOf(rig).add({ action: "reorder" });
      let steps = 0;
      for (let sweeps = sweepsOf(rig); !sweeps.isDone; sweeps = sweepsOf(rig), steps++) sweeps.step(rig.now);
      expect(steps).toBe(3 + 1 + 3);
    }, byKey));

  const reorder: Sweep = { action: "reorder" };
  const retime: Sweep = { action: "retime" };
  const retryHeads: Sweep = { action: "retryHeads", at: START };
  const cancel: Sweep = { action: "cancel", key: "acme" };
  const report: SweepReport = {
    ...{ id: "swp_1", action: "cancel", state: "running", matched: 0, changed: 0, createdAt: START },
  };
  it.each([
    {
      rule: "takes the place of none before what somebody asked for, which finds what there was then",
      asked: [reorder, cancel, reorder, reorder, reorder],
      wait: ["reorder", "cancel", "reorder"],
    },
    {
      rule: "has first ones retried behind new times, which would put them off again",
      asked: [retryHeads, retime, retryHeads, retryHeads, retime, retryHeads],
      wait: ["retryHeads", "retime", "retryHeads"],
    },
    {
      rule: "has first ones retried once keys were given anew",
      asked: [retryHeads, reorder, retryHeads],
      wait: ["retryHeads", "reorder", "retryHeads"],
    },
  ])("$rule", ({ asked, wait }) =>
    withRig(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1, 2);
      const sweeps = sweepsOf(rig);
      for (const sweep of asked) sweeps.add(sweep, sweep === cancel ? report : undefined);
      expect(waiting(rig)).toEqual(wait);
    }, byKey),
  );
});

describe("a resume in order by key", () => {
  /** Event n has the n-th of so many keys; their first ones have failed, and wait for their retry. */
  const withFailingKeys = (keys: number, count: number, test: (rig: Rig) => Promise<void>) =>
    withRig(
      async (rig) => {
        rig.eventOf = (n) => ({ ...event(n), context: { customer: `customer ${n % keys}` } });
        rig.enqueue(...Array.from({ length: count }, (_, n) => n + 1));
        while (rig.started.length > 0) {
          for (const { answer } of rig.started.splice(0)) answer(500);
          await rig.settle();
        }
        rig.status = "paused";
        await test(rig);
      },
      { order: { by: "context.customer" }, retry: { delays: [3600, 7200], jitter: 0 } },
    );

  it("makes the first one of a key due in one step, however many wait behind it", () =>
    withFailingKeys(1, 5000, async (rig) => {
      rig.now += 1000;
      let rowsRead = 0;
      const counting = {
        exec: (query: string, ...values: unknown[]) => {
          const cursor = rig.sql.exec(query, ...values);
          const rows = cursor.toArray();
          rowsRead += cursor.rowsRead;
          return { toArray: () => rows, one: () => rows[0], [Symbol.iterator]: () => rows.values() };
        },
      } as unknown as SqlStorage;
      const queue = new DeliveryQueue(counting);
      const sweeps = new Sweeps({
        ...{ sql: counting, queue, isLeased: () => false },
        ...{ policy: () => rig.policy, random: () => 0.5 },
      });
      rowsRead = 0;
      sweeps.add({ action: "retryHeads", at: rig.now });
      sweeps.step(rig.now);
      expect(sweeps.isDone).toBe(true);
      expect(rowsRead).toBeGreaterThan(0);
      expect(rowsRead).toBeLessThan(100);
      rig.restart();
      rig.status = "enabled";
      rig.drain.run();
      expect(rig.started.map(({ claimed }) => claimed.sequence)).toEqual([1]);
    }));

  it("makes those of all keys due once, in steps that survive restarts, but what is out or failed again since", () =>
    withFailingKeys(2500, 5000, async (rig) => {
      rig.now += 1000;
      const at = rig.now;
      const out = [7, 1500];
      for (const sequence of out) rig.queue.setDue(sequence, at + 30_000);
      sweepsOf(rig, out).add({ action: "retryHeads", at });
      rig.sql.exec(
        "UPDATE deliveries SET attempts = json_set(attempts, '$[#-1].startedAt', ?) WHERE sequence = 9",
        at,
      );
      let steps = 0;
      for (let sweeps = sweepsOf(rig, out); !sweeps.isDone; sweeps = sweepsOf(rig, out)) {
        rig.now += 10;
        sweeps.step(rig.now);
        steps++;
        rig.restart();
      }
      expect(steps).toBeLessThanOrEqual(26);
      const waiting = rig.sql
        .exec<{ sequence: number }>(
          "SELECT sequence FROM deliveries WHERE next_attempt_at > ? ORDER BY sequence",
          rig.now,
        )
        .toArray();
      expect(waiting.map(({ sequence }) => sequence)).toEqual([7, 9, 1500]);
    }));

  it("reads of attempts' records no more in one step than a thread has time for", () =>
    withFailingKeys(20, 20, async (rig) => {
      swellRecords(rig);
      rig.now += 1000;
      const at = rig.now;
      const wait = () =>
        rig.sql.exec("SELECT 1 FROM deliveries WHERE next_attempt_at > ?", at).toArray().length;
      const sweeps = sweepsOf(rig);
      sweeps.add({ action: "retryHeads", at });
      for (let waiting = 20; waiting > 0; waiting -= 4) {
        expect(wait()).toBe(waiting);
        sweeps.step(rig.now);
      }
      expect(wait()).toBe(0);
      sweeps.step(rig.now);
      expect(sweeps.isDone).toBe(true);
    }));

  it("reads no attempts' records of what is out, or due already", () =>
    withFailingKeys(20, 20, async (rig) => {
      swellRecords(rig);
      rig.now += 1000;
      const sweeps = sweepsOf(rig, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      sweeps.add({ action: "retryHeads", at: rig.now });
      for (let sequence = 11; sequence <= 20; sequence++) rig.queue.setDue(sequence, rig.now + 10);
      sweeps.step(rig.now + 10);
      expect(sweeps.isDone).toBe(true);
    }));
});
