import type { EndedStatus } from "../../domain/delivery.ts";
import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../domain/durations.ts";
import { bucketOf, percentile } from "../../domain/histogram.ts";
import type { EndpointFlows, StatsWindow } from "../../domain/messages.ts";
import { WINDOW_MS } from "../../domain/stats-window.ts";
import type { LastMinute } from "../../domain/waiting.ts";
import { markedSince } from "../record/stored-counts.ts";
import type { Totals } from "../record/totals.ts";
import { average, type Hour, hourShape, inRange, merge, newSlot, type Slot } from "../tables/hour.ts";
import {
  deleteHoursBefore,
  hourAt,
  hoursBetween,
  newestHour,
  newestTotals,
  setTotals,
  storeHour,
} from "../tables/stats.ts";

/** How the windows' series are cut. */
const STEP_MS: Record<StatsWindow, number> = {
  "1h": 5 * MINUTE_MS,
  "24h": HOUR_MS,
  "7d": 6 * HOUR_MS,
  "30d": DAY_MS,
};

/** What only memory counts is stored this long after the last time, so that an attempt costs no row of its own. */
const FLUSH_MS = 10_000;

/** So many that their own rows tell of are worth a row: the next life reads them again. */
const WORTH_A_ROW = 32;

/** Minutes are kept apart for this long; older hours are one slot. */
const MINUTES_KEPT_HOURS = 26;

/**
 * Flows of an endpoint by minute: counters and a latency histogram, one row an hour. A delivery that succeeds at first is
 * marked in its own row, and a restart counts those anew. What else the last seconds counted is in memory only; a crash
 * loses it, the deliveries themselves it does not.
 */
export class Stats {
  readonly #sql: SqlStorage;
  readonly #totals: Pick<Totals, "carry">;
  /** The present hour, and others that are not stored as they stand. */
  readonly #hours = new Map<number, Hour>();
  readonly #dirty = new Set<number>();
  /** How many of what is not stored are marked in rows of their own; whether there is anything else. */
  #marked = 0;
  #mustStore = false;
  #flushedAt: number;

  /** @param totals what rides along in the row of the present hour */
  constructor(sql: SqlStorage, nowMs: number, totals: Pick<Totals, "carry">) {
    this.#sql = sql;
    this.#totals = totals;
    this.#flushedAt = nowMs;
    const stored = newestTotals(sql);
    if (stored === null) return;
    for (const { completed_at: completedAt, created_at: createdAt, last_attempt } of markedSince(
      sql,
      stored,
    )) {
      const { durationMs } = lastAttemptShape.read(last_attempt);
      this.countMarked(completedAt ?? createdAt, durationMs);
    }
    // One life after the other may be too short to have it due.
    if (this.#marked >= WORTH_A_ROW) this.#flushedAt = 0;
  }

  /** Counts an attempt that ended; `latencyMs` of a successful one. */
  countAttempt(nowMs: number, number: number, latencyMs: number | null): void {
    this.#mustStore = true;
    this.#count(nowMs, number, latencyMs);
  }

  /** Counts deliveries that ended. */
  countEnded(nowMs: number, status: EndedStatus, count = 1): void {
    if (count === 0) return;
    this.#mustStore = true;
    this.#slot(nowMs)[status] += count;
  }

  /** Counts a delivery whose own row tells that its first attempt delivered it. */
  countMarked(nowMs: number, latencyMs: number): void {
    this.#marked++;
    this.#count(nowMs, 1, latencyMs);
    this.#slot(nowMs).delivered++;
  }

  #count(nowMs: number, number: number, latencyMs: number | null): void {
    const slot = this.#slot(nowMs);
    slot.attempts++;
    if (number === 2) slot.retried++;
    if (latencyMs === null) return;
    const bucket = bucketOf(latencyMs);
    slot.latencySumMs += latencyMs;
    slot.latencies[bucket] = (slot.latencies[bucket] ?? 0) + 1;
  }

  /** Whether something was counted that a loss of the object would lose. */
  get mustStore(): boolean {
    return this.#mustStore;
  }

  /** Whether what was counted is to be stored. */
  isDue(nowMs: number): boolean {
    const isWorthIt = this.#mustStore || this.#marked >= WORTH_A_ROW;
    return isWorthIt && nowMs - this.#flushedAt >= FLUSH_MS;
  }

  /** Stores what was counted. */
  flush(nowMs: number): void {
    this.#flushedAt = nowMs;
    const hours = [...this.#dirty].sort((a, b) => a - b);
    const last = hours.at(-1);
    if (last === undefined) return;
    const totals = this.#totals.carry();
    // They are looked for in the newest row, which a clock that was set back may have passed.
    const carrier = Math.max(last, newestHour(this.#sql) ?? last);
    for (const start of hours) {
      storeHour(this.#sql, start, this.#hours.get(start) ?? {}, start === carrier ? totals : null);
      if (start !== last) this.#hours.delete(start);
    }
    if (carrier !== last) setTotals(this.#sql, carrier, totals);
    this.#dirty.clear();
    this.#marked = 0;
    this.#mustStore = false;
  }

  /** The flows of a window that ends now. */
  window(window: StatsWindow, nowMs: number): EndpointFlows {
    const stepMs = STEP_MS[window];
    const from = nowMs - WINDOW_MS[window];
    const total = newSlot();
    const firstStep = Math.floor(from / stepMs) * stepMs;
    const steps = new Map<number, Slot>();
    for (let at = firstStep; at <= nowMs; at += stepMs) steps.set(at, newSlot());
    for (const [at, slot] of this.#slots(from, nowMs)) {
      merge(total, slot);
      const step = steps.get(Math.floor(at / stepMs) * stepMs);
      if (step) merge(step, slot);
    }
    return {
      delivered: total.delivered,
      dead: total.dead,
      canceled: total.canceled,
      retried: total.retried,
      attempts: total.attempts,
      avgLatencyMs: average(total),
      p50LatencyMs: percentile(total.latencies, 0.5),
      p95LatencyMs: percentile(total.latencies, 0.95),
      p99LatencyMs: percentile(total.latencies, 0.99),
      series: [...steps].map(([at, slot]) => ({
        at,
        delivered: slot.delivered,
        dead: slot.dead,
        attempts: slot.attempts,
        avgLatencyMs: average(slot),
      })),
    };
  }

  /** What ended within the last minute: all of this one, and of the one before the part that is less than a minute ago. */
  lastMinute(nowMs: number): LastMinute {
    const from = nowMs - MINUTE_MS;
    let ended = 0;
    let attempts = 0;
    for (const [at, slot] of this.#slots(from, nowMs)) {
      const share = Math.min(1, (at + MINUTE_MS - from) / MINUTE_MS);
      ended += share * (slot.delivered + slot.dead + slot.canceled);
      attempts += share * slot.attempts;
    }
    return { ended: Math.round(ended * 10) / 10, attempts: Math.round(attempts * 10) / 10 };
  }

  /** Drops what is older than 30 days and a part, but the newest: the totals are in it. */
  prune(nowMs: number): void {
    deleteHoursBefore(this.#sql, nowMs - 31 * DAY_MS);
  }

  #slot(nowMs: number): Slot {
    const start = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const slots = this.#hours.get(start) ?? this.#open(start);
    this.#dirty.add(start);
    const minute = Math.floor((nowMs - start) / MINUTE_MS);
    slots[minute] ??= newSlot();
    return slots[minute];
  }

  #open(start: number): Hour {
    for (const other of this.#hours.keys()) if (!this.#dirty.has(other)) this.#hours.delete(other);
    const hour = hourAt(this.#sql, start) ?? {};
    this.#hours.set(start, hour);
    this.#compact(start - MINUTES_KEPT_HOURS * HOUR_MS);
    return hour;
  }

  /** Makes one slot of an old hour's minutes. */
  #compact(start: number): void {
    const waiting = this.#hours.get(start);
    const slots = Object.values(waiting ?? hourAt(this.#sql, start) ?? {});
    if (slots.length < 2) return;
    const whole = newSlot();
    for (const slot of slots) merge(whole, slot);
    if (waiting) this.#hours.set(start, { 0: whole });
    else storeHour(this.#sql, start, { 0: whole }, null);
  }

  *#slots(from: number, to: number): Generator<[number, Slot]> {
    for (const row of hoursBetween(this.#sql, from - HOUR_MS, to)) {
      if (this.#hours.has(row.hour)) continue;
      yield* inRange(row.hour, hourShape.read(row.slots), from);
    }
    for (const [start, slots] of this.#hours) yield* inRange(start, slots, from);
  }
}
