import { describe, expect, it } from "vitest";
import { Stats } from "../../../src/delivery/health/stats.ts";
import { Totals } from "../../../src/delivery/record/totals.ts";
import { histogramOf } from "../../../src/domain/counts.ts";
import { Chance } from "../../simulation/chance.ts";
import { START } from "../events.ts";
import { type Rig, withRig } from "../rig.ts";

/** What the deliveries' own rows say. */
function onRecord({ sql }: Rig) {
  const [delivered, dead, canceled] = [1, 2, 3].map(
    (status) =>
      sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE status = ?", status).one().n,
  );
  const { attempts } = sql
    .exec<{ attempts: number }>("SELECT total(attempt_count) AS attempts FROM deliveries")
    .one();
  return { delivered, dead, canceled, attempts };
}

function counted({ counts }: Pick<Totals, "counts">) {
  const { delivered = 0, dead = 0, canceled = 0 } = counts;
  return {
    delivered,
    dead,
    canceled,
    attempts: (counts["attempts.success"] ?? 0) + (counts["attempts.status"] ?? 0),
  };
}

/** What is stored of the counts, by the row that it rides along in. */
const rowOfFailures = ({ sql }: Rig) =>
  sql.exec<{ value: string }>("SELECT value FROM meta WHERE key = 'failing'").toArray()[0]?.value;

describe("what an endpoint counts", () => {
  it("is what is on record, wherever a crash comes between successes, failures, retries and cancels", () =>
    withRig(
      async (rig) => {
        const chance = new Chance(7);
        const random = () => chance.next();
        let enqueued = 0;
        for (let turn = 0; turn < 150; turn++) {
          rig.now += Math.floor(random() * 4000);
          if (random() < 0.5)
            rig.enqueue(...Array.from({ length: 1 + Math.floor(random() * 8) }, () => ++enqueued));
          for (const { answer } of rig.started.splice(0))
            if (random() < 0.8) answer(random() < 0.5 ? 200 : 500);
          await rig.settle();
          if (random() < 0.15) {
            const row = rig.queue.lowestPending();
            if (row) {
              rig.queue.close(row, "canceled", rig.now);
              rig.totals.countEnded("canceled", 1);
              rig.standing.storeTotals();
            }
          }
          expect(counted(rig.totals)).toEqual(onRecord(rig));
          if (random() < 0.2) {
            const before = { ...rig.totals.counts };
            rig.restart();
            expect(rig.totals.counts).toEqual(before);
          }
          rig.drain.run();
        }
        const { delivered = 0, dead = 0, canceled = 0, attempts } = counted(rig.totals);
        expect(Math.min(delivered, dead, canceled)).toBeGreaterThan(5);
        const { counts } = rig.totals;
        expect(histogramOf(counts, "latency").count).toBe(delivered);
        expect(histogramOf(counts, "attempt").count).toBe(attempts);
        expect(histogramOf(counts, "lateness").count).toBe(attempts);
      },
      { maxInFlight: 5, retry: { delays: [1], jitter: 0 } },
    ));

  it("writes no row for a success by the first attempt, but the very first one", () =>
    withRig(async (rig) => {
      const deliver = async (n: number) => {
        rig.enqueue(n);
        rig.started.at(-1)?.answer(200);
        await rig.settle();
      };
      await deliver(1);
      const stored = rowOfFailures(rig);
      expect(stored).toContain('"delivered":1');
      for (let n = 2; n <= 50; n++) await deliver(n);
      expect(rowOfFailures(rig)).toBe(stored);
      rig.restart();
      expect(counted(rig.totals)).toMatchObject({ delivered: 50, attempts: 50 });
    }));

  it("is due to be stored after a thousand that only their own rows tell of, and a restart passes no backlog", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 1500 }, (_, i) => i + 1));
        for (let answered = 0; answered < 1100; ) {
          for (; answered < rig.started.length; answered++) rig.started[answered]?.answer(200);
          await rig.settle();
        }
        expect(rig.totals.isDue).toBe(true);
        rig.status = "paused";
        rig.restart();
        expect(counted(rig.totals)).toEqual(onRecord(rig));
      },
      { maxInFlight: 50 },
    ));

  it("measures from the acceptance of an event, and each attempt from when it was due", () =>
    withRig(
      async (rig) => {
        rig.now = START + 400;
        rig.enqueue(1);
        rig.now += 20;
        rig.started[0]?.answer(500);
        await rig.settle();
        rig.now += 10_000 + 3000;
        rig.drain.run();
        rig.now += 80;
        rig.started[1]?.answer(200);
        await rig.settle();
        expect(rig.totals.counts).toMatchObject({
          ...{ "lateness.500": 1, "lateness.5000": 1, "lateness.sum": 3400 },
          ...{ "attempt.25": 1, "attempt.100": 1, "attempt.sum": 100 },
          ...{ "latency.30000": 1, "latency.sum": 13_500 },
          ...{ "attempts.status": 1, "attempts.success": 1, delivered: 1 },
        });
      },
      { retry: { delays: [10], jitter: 0 } },
    ));

  it("counts an attempt whose delivery was canceled meanwhile, and the delivery as canceled alone", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      const row = rig.queue.pending(1);
      if (row) rig.queue.close(row, "canceled", rig.now);
      rig.totals.countEnded("canceled", 1);
      rig.started[0]?.answer(200);
      await rig.settle();
      rig.restart();
      expect(counted(rig.totals)).toEqual({ delivered: 0, dead: 0, canceled: 1, attempts: 1 });
      expect(onRecord(rig)).toMatchObject({ canceled: 1, attempts: 1 });
    }));

  it("outlives the hours of the stats that it rode along in", () =>
    withRig(async (rig) => {
      const stats = new Stats(rig.sql, START, rig.totals);
      rig.totals.countEnded("dead", 3);
      stats.countEnded(START, "dead", 3);
      stats.flush(START);
      stats.prune(START + 40 * 24 * 3600_000);
      stats.prune(START + 41 * 24 * 3600_000);
      expect(new Totals(rig.sql, rig.queue).counts).toEqual({ dead: 3 });
      expect(rowOfFailures(rig)).toBeUndefined();
    }));

  it("starts with nothing where an older version left deliveries, and passes none of them", () =>
    withRig(async (rig) => {
      rig.enqueue(1, 2);
      rig.started[0]?.answer(200);
      await rig.settle();
      rig.sql.exec("UPDATE deliveries SET counted_in = NULL");
      rig.sql.exec("DELETE FROM meta WHERE key = 'failing'");
      rig.restart();
      expect(rig.totals.counts).toEqual({});
      rig.drain.run();
      rig.started[0]?.answer(200);
      await rig.settle();
      rig.restart();
      expect(counted(rig.totals)).toMatchObject({ delivered: 1, attempts: 1 });
    }));
});
