import { describe, expect, it } from "vitest";
import { Intake } from "../../../src/delivery/queue/intake.ts";
import { DeliveryQueue } from "../../../src/delivery/queue/queue.ts";
import { Totals } from "../../../src/delivery/record/totals.ts";
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
});
