import { describe, expect, it } from "vitest";
import { Stats } from "../../../src/delivery/health/stats.ts";
import { START } from "../events.ts";
import { withRig } from "../rig.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What would ride along is not of these tests. */
const NO_TOTALS = { carry: () => ({ epoch: 1, from: 1, counts: {} }) };

const rowsOf = (sql: SqlStorage) => sql.exec<{ n: number }>("SELECT count(*) AS n FROM stats").one().n;

/** One delivery, delivered by its first attempt. */
function deliver(stats: Stats, now: number, latencyMs: number): void {
  stats.countAttempt(now, 1, latencyMs);
  stats.countEnded(now, "delivered");
}

describe("stats", () => {
  it("count by window, and a step of a series holds what happened in it", () =>
    withRig(async ({ sql }) => {
      const stats = new Stats(sql, START, NO_TOTALS);
      const ages = [0, 30 * MINUTE_MS, 20 * HOUR_MS, 3 * DAY_MS, 20 * DAY_MS, 40 * DAY_MS];
      const now = START + 40 * DAY_MS;
      for (const age of ages.toReversed()) deliver(stats, now - age, 10);
      const delivered = (["1h", "24h", "7d", "30d"] as const).map(
        (window) => stats.window(window, now).delivered,
      );
      expect(delivered).toEqual([2, 3, 4, 5]);
      const { series } = stats.window("24h", now);
      expect(series).toHaveLength(25);
      const step = series.find(({ at }) => at === now - 20 * HOUR_MS);
      expect(step).toMatchObject({ delivered: 1, attempts: 1, avgLatencyMs: 10 });
    }));

  it("tell percentiles within 10 %", () =>
    withRig(async ({ sql }) => {
      const stats = new Stats(sql, START, NO_TOTALS);
      for (let ms = 1; ms <= 1000; ms++) deliver(stats, START, ms);
      const { avgLatencyMs, p50LatencyMs, p95LatencyMs, p99LatencyMs } = stats.window("1h", START);
      expect(avgLatencyMs).toBe(500.5);
      for (const [measured, exact] of [
        [p50LatencyMs, 500],
        [p95LatencyMs, 950],
        [p99LatencyMs, 990],
      ])
        expect(Math.abs((measured ?? 0) - (exact ?? 0))).toBeLessThanOrEqual((exact ?? 0) / 10);
    }));

  it("survive a restart once they are stored, which is due after ten seconds", () =>
    withRig(async ({ sql }) => {
      const stats = new Stats(sql, START, NO_TOTALS);
      deliver(stats, START, 10);
      expect(stats.isDue(START + 9_999)).toBe(false);
      expect(stats.isDue(START + 10_000)).toBe(true);
      stats.flush(START + 10_000);
      expect(stats.isDue(START + 30_000)).toBe(false);
      const after = new Stats(sql, START + 30_000, NO_TOTALS);
      deliver(after, START + 30_000, 10);
      expect(after.window("1h", START + 30_000).delivered).toBe(2);
    }));

  it("write no row for a few successes by the first attempt, which a restart counts anew from their own rows", () =>
    withRig(async (rig) => {
      const HOUR = HOUR_MS - (START % HOUR_MS);
      const newStats = () => new Stats(rig.sql, rig.now, rig.totals);
      // The counts begin with a stored one.
      rig.totals.countEnded("dead", 1);
      let stats = newStats();
      stats.countEnded(START, "dead");
      stats.flush(START);
      const deliver = async (n: number) => {
        rig.enqueue(n);
        rig.now += 7;
        rig.started.at(-1)?.answer(200);
        await rig.settle();
        stats.countMarked(rig.now, 7);
      };
      const flows = () => {
        const { delivered, attempts, avgLatencyMs, series } = stats.window("24h", rig.now);
        return { delivered, attempts, avgLatencyMs, series };
      };
      const rows = () => rig.sql.exec("SELECT hour, slots, totals FROM stats").toArray();
      const stored = rows();
      for (let n = 1; n <= 31; n++) {
        // Some of them in the next hour.
        if (n === 20) rig.now += HOUR;
        await deliver(n);
        expect([stats.mustStore, stats.isDue(rig.now + 60_000)]).toEqual([false, false]);
        const before = flows();
        rig.restart();
        stats = newStats();
        expect(flows()).toEqual(before);
      }
      expect(rows()).toEqual(stored);
      await deliver(32);
      rig.restart();
      stats = newStats();
      expect(stats.isDue(rig.now)).toBe(true);
      const before = flows();
      expect(before).toMatchObject({ delivered: 32, attempts: 32, avgLatencyMs: 7 });
      stats.flush(rig.now);
      rig.restart();
      stats = newStats();
      expect(flows()).toEqual(before);
      expect(stats.isDue(rig.now + 60_000)).toBe(false);
    }));

  it("are counted once where the clock was set back behind what is stored", () =>
    withRig(async (rig) => {
      rig.totals.countEnded("dead", 1);
      let stats = new Stats(rig.sql, rig.now, rig.totals);
      stats.countEnded(START, "dead");
      stats.flush(START);
      for (let n = 1; n <= 4; n++) {
        rig.enqueue(n);
        rig.now += n === 1 ? 2 * HOUR_MS : -HOUR_MS;
        rig.started.at(-1)?.answer(200);
        await rig.settle();
        stats.countMarked(rig.now, 7);
        stats.flush(rig.now);
        rig.restart();
        stats = new Stats(rig.sql, rig.now, rig.totals);
        expect(stats.window("30d", START + DAY_MS).delivered).toBe(n);
        expect(rig.totals.counts.delivered).toBe(n);
      }
    }));

  it("take a row an hour, of fixed size once the hour is old, and none beyond 31 days", () =>
    withRig(async ({ sql }) => {
      const stats = new Stats(sql, START, NO_TOTALS);
      for (let minute = 0; minute < 60; minute++) deliver(stats, START + minute * MINUTE_MS, 10);
      for (let hour = 1; hour <= 30; hour++) deliver(stats, START + hour * HOUR_MS, 10);
      stats.flush(START + 30 * HOUR_MS);
      expect(rowsOf(sql)).toBe(31);
      const { slots } = sql.exec<{ slots: string }>("SELECT slots FROM stats ORDER BY hour LIMIT 1").one();
      expect(Object.keys(JSON.parse(slots))).toEqual(["0"]);
      expect(stats.window("7d", START + 30 * HOUR_MS).delivered).toBe(90);
      stats.prune(START + 31 * DAY_MS + 10 * HOUR_MS);
      expect(rowsOf(sql)).toBe(21);
    }));
});
