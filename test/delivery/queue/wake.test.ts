import { describe, expect, it } from "vitest";
import { Intake } from "../../../src/delivery/queue/intake.ts";
import { DeliveryQueue } from "../../../src/delivery/queue/queue.ts";
import { Totals } from "../../../src/delivery/record/totals.ts";
import { readMeta } from "../../../src/storage/schema.ts";
import { Chance } from "../../simulation/chance.ts";
import { event } from "../events.ts";
import { type Rig, withRig } from "../rig.ts";

/** Rows that a wake may read, whatever waits. */
const MOST_ROWS = 6000;

/** An endpoint that delivers by customer: event n has the n-th of so many keys. */
const withKeys = (keys: number, test: (rig: Rig) => Promise<void>) =>
  withRig(
    (rig) => {
      rig.eventOf = (n) => ({ ...event(n), context: { customer: `customer ${n % keys}` } });
      return test(rig);
    },
    { order: { by: "context.customer" }, maxInFlight: 8, retry: { delays: [5, 60, 600], jitter: 0 } },
  );

/** Stores so many events as rows, in batches. */
function fill(rig: Rig, from: number, count: number): void {
  for (let first = from; first < from + count; first += 500)
    rig.enqueue(...Array.from({ length: Math.min(500, from + count - first) }, (_, n) => first + n));
}

/** The rows that are read as an endpoint's object wakes, up to the first delivery that it finds. */
function rowsReadByWake({ sql, now, policy }: Rig): number {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const counting = {
    exec: (query: string, ...values: unknown[]) => {
      const cursor = sql.exec(query, ...values);
      cursors.push(cursor);
      return cursor;
    },
  } as unknown as SqlStorage;
  const queue = new DeliveryQueue(counting);
  new Totals(counting, queue);
  new Intake(counting, queue);
  queue.next(policy.order, now);
  return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
}

/** How many rows are pending, and what they take. */
const pendingRows = ({ sql }: Rig) =>
  sql
    .exec<{ count: number; bytes: number }>(
      "SELECT count(*) AS count, total(bytes) AS bytes FROM deliveries WHERE status = 0",
    )
    .one();

describe("an endpoint by key that wakes", () => {
  it.each([1, 1000])(
    "reads a bounded number of rows, however many deliveries of %i keys are pending",
    (keys) =>
      withKeys(keys, async (rig) => {
        rig.enqueue(1);
        rig.started[0]?.answer(200);
        await rig.settle();
        rig.status = "paused";
        fill(rig, 2, 9000);
        const few = rowsReadByWake(rig);
        expect(few).toBeGreaterThan(0);
        expect(few).toBeLessThan(MOST_ROWS);
        fill(rig, 9002, 9000);
        expect(rowsReadByWake(rig)).toBeLessThan(MOST_ROWS);
        rig.status = "enabled";
        rig.drain.run();
        for (const [n, { answer }] of rig.started.splice(0).entries()) answer(n % 2 === 0 ? 500 : 200);
        rig.status = "paused";
        await rig.settle();
        expect(rowsReadByWake(rig)).toBeLessThan(MOST_ROWS);
        rig.restart();
        expect({ count: rig.queue.pendingCount, bytes: rig.queue.pendingBytes }).toEqual(pendingRows(rig));
      }),
  );

  it("knows how much is pending wherever it was stopped, while much becomes little and little much", () =>
    withKeys(40, async (rig) => {
      const chance = new Chance(11);
      let last = 0;
      for (let turn = 0; turn < 60; turn++) {
        rig.status = "paused";
        const count = turn % 20 < 6 ? 400 : 3;
        fill(rig, last + 1, count);
        last += count;
        rig.status = "enabled";
        rig.now += 3000;
        rig.drain.run();
        for (const { answer } of rig.started.splice(0)) answer(chance.next() < 0.7 ? 200 : 500);
        await rig.settle();
        for (let closed = turn % 20 < 10 ? 2 : 250; closed > 0; closed--) {
          const row = rig.queue.lowestPending();
          if (row && !rig.queue.isInFlight(row.sequence)) rig.queue.close(row, "canceled", rig.now);
          else break;
        }
        rig.beforeCommit();
        if (chance.next() < 0.4) rig.restart();
        expect({ count: rig.queue.pendingCount, bytes: rig.queue.pendingBytes }).toEqual(pendingRows(rig));
      }
    }));

  it("counts what older code stored, which stored no amount, and stores it with the next change", () =>
    withKeys(3, async (rig) => {
      rig.status = "paused";
      fill(rig, 1, 3000);
      rig.sql.exec("DELETE FROM meta WHERE key = 'indexed'");
      rig.restart();
      expect(rig.queue.pendingCount).toBe(3000);
      rig.enqueue(3001);
      rig.restart();
      expect(rig.queue.pendingCount).toBe(3001);
      expect(rowsReadByWake(rig)).toBeLessThan(MOST_ROWS);
    }));

  describe("where an amount is stored", () => {
    const stored = ({ sql }: Rig) => readMeta<string>(sql, "indexed");

    /** Rewrites the stored amount as if somebody had counted wrongly. */
    function miscount({ sql }: Rig, count: number): void {
      sql.exec("UPDATE meta SET value = json_set(value, '$.count', ?) WHERE key = 'indexed'", count);
    }

    /** What is pending as the queue counts it. */
    const counted = ({ queue }: Rig) => ({ count: queue.pendingCount, bytes: queue.pendingBytes });

    /** Cancels so many of those that come first. */
    function cancel(rig: Rig, count: number): void {
      for (let n = 0; n < count; n++) {
        const row = rig.queue.lowestPending();
        if (row !== null) rig.queue.close(row, "canceled", rig.now);
      }
      rig.totals.countEnded("canceled", count);
      rig.beforeCommit();
    }

    const olderChanges: [string, (rig: Rig) => unknown][] = [
      ["stored more", (rig) => fill(rig, 3001, 40)],
      ["canceled some", (rig) => cancel(rig, 40)],
      [
        "delivered some",
        async (rig) => {
          rig.status = "enabled";
          rig.drain.run();
          for (const { answer } of rig.started.splice(0)) answer(200);
          await rig.settle();
          rig.restart();
        },
      ],
    ];

    it.each(olderChanges)("counts anew what older code left behind that %s", (_, change) =>
      withKeys(40, async (rig) => {
        rig.status = "paused";
        fill(rig, 1, 3000);
        const before = stored(rig);
        expect(before).not.toBeNull();
        await change(rig);
        // Older code leaves the amount as it was.
        rig.sql.exec("UPDATE meta SET value = ? WHERE key = 'indexed'", before);
        rig.restart();
        expect(counted(rig)).toEqual(pendingRows(rig));
        expect(rig.queue.pendingCount).not.toBe(3000);
      }),
    );

    it("counts anew what older code handed out to be fetched", () =>
      withRig(async (rig) => {
        rig.status = "paused";
        fill(rig, 1, 2000);
        const lease = (count: number) => {
          for (let n = 0; n < count; n++) {
            const claimed = rig.queue.claims.claim(rig.now, "none");
            if (claimed) rig.queue.claims.lease(claimed, rig.now + 30_000);
          }
          rig.beforeCommit();
        };
        lease(1200);
        const before = stored(rig);
        expect(before).not.toBeNull();
        lease(40);
        rig.sql.exec("UPDATE meta SET value = ? WHERE key = 'indexed'", before);
        rig.restart();
        expect(counted(rig)).toEqual(pendingRows(rig));
      }));

    it("believes no amount that says nothing of when it was right", () =>
      withKeys(40, async (rig) => {
        rig.status = "paused";
        fill(rig, 1, 3000);
        rig.sql.exec(`UPDATE meta SET value = '{"count":700,"bytes":700}' WHERE key = 'indexed'`);
        rig.restart();
        expect(counted(rig)).toEqual(pendingRows(rig));
      }));

    it("that is too low, attempts what is due all the same, and counts anew", () =>
      withRig(
        async (rig) => {
          rig.enqueue(...Array.from({ length: 1300 }, (_, n) => n + 1));
          while (rig.started.length > 0) {
            for (const { answer } of rig.started.splice(0)) answer(500);
            await rig.settle();
          }
          miscount(rig, 0);
          rig.restart();
          expect(rig.queue.pendingCount).toBe(0);
          expect(rig.queue.lowestPending()?.sequence).toBe(1);
          rig.now += 100_000;
          rig.drain.run();
          expect(rig.started.length).toBeGreaterThan(0);
          for (const { answer } of rig.started.splice(0)) answer(200);
          await rig.settle();
          expect(counted(rig)).toEqual(pendingRows(rig));
        },
        { maxInFlight: 50, retry: { delays: [60, 600], jitter: 0 } },
      ));

    it("that is too low, counts anew once it says that few are left", () =>
      withKeys(40, async (rig) => {
        rig.status = "paused";
        fill(rig, 1, 3000);
        miscount(rig, 520);
        rig.restart();
        cancel(rig, 19);
        expect(rig.queue.pendingCount).toBe(501);
        cancel(rig, 1);
        expect(counted(rig)).toEqual(pendingRows(rig));
        rig.restart();
        expect(counted(rig)).toEqual(pendingRows(rig));
      }));

    it("that is too high, counts anew where none is left", () =>
      withKeys(40, async (rig) => {
        rig.status = "paused";
        fill(rig, 1, 1100);
        miscount(rig, 5000);
        rig.restart();
        expect(rig.queue.pendingCount).toBe(5000);
        cancel(rig, 1100);
        expect(counted(rig)).toEqual({ count: 0, bytes: 0 });
        expect(stored(rig)).toBeNull();
      }));
  });
});
