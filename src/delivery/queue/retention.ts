import { RETENTION_MS } from "../../domain/event.ts";
import { readMeta, writeMeta } from "../../storage/schema.ts";
import { expiredAttempt } from "../record/rows.ts";
import { Runs } from "../record/runs.ts";
import { firstLoggedFrom } from "../tables/deliveries.ts";
import { deleteDeliveries, dropAttemptsOfSuccesses } from "../tables/delivery-changes.ts";
import { PENDING, type PendingRow } from "../tables/delivery-row.ts";
import {
  firstEndedMadeAt,
  nthEndedBelow,
  oldestBelow,
  oldestSince,
  sequencesBetween,
} from "../tables/ended-deliveries.ts";
import { deleteReplaysAmong } from "../tables/replays.ts";
import {
  dropAttemptsOfRuns,
  firstRunCompletedAt,
  nthRunEndBelow,
  runEndsBetween,
  runStartFrom,
} from "../tables/runs.ts";
import { type LogPlace, Spans } from "../tables/spans.ts";
import type { DeliveryQueue } from "./queue.ts";

/** Rows that one run looks at, and runs of deliveries: each of them holds many. */
const ROWS_PER_RUN = 1000;
const RUNS_PER_RUN = 200;

/** What records may take; the oldest completed deliveries go first. */
const MAX_RECORD_BYTES = 1024 ** 3;

/** From this much on, successes beyond the newest lose the record of their attempt; failures keep theirs. */
const TRIM_RECORD_BYTES = 256 * 1024 ** 2;
const SUCCESSES_KEPT = 1000;

/** What one step did. */
export interface RetentionStep {
  /** The deliveries that it ended as dead. */
  expired: PendingRow[];
  /** Whether there is more to do. */
  hasMore: boolean;
}

/** Rows or runs that were dropped, and whether there may be more. */
interface Dropping {
  dropped: readonly LogPlace[];
  hasMore: boolean;
}

const NOTHING: Dropping = { dropped: [], hasMore: false };

/** Ends what has been pending for 30 days and drops what is older, in bounded steps. Nothing pending is dropped. */
export class Retention {
  readonly #sql: SqlStorage;
  readonly #queue: DeliveryQueue;
  readonly #runs: Runs;
  readonly #spans: Spans;
  /** Successes below this sequence are trimmed already. */
  #trimmedTo: number;

  constructor(sql: SqlStorage, queue: DeliveryQueue) {
    this.#sql = sql;
    this.#queue = queue;
    this.#runs = new Runs(sql);
    this.#spans = new Spans(sql);
    this.#trimmedTo = readMeta<number>(sql, "trimmed_to") ?? 0;
  }

  /** When the oldest pending delivery will have been pending for 30 days, Unix milliseconds; null = none is. */
  nextExpiryAt(): number | null {
    const oldest = this.#queue.lowestPending();
    return oldest ? oldest.created_at + RETENTION_MS : null;
  }

  /** When the oldest record will have been there for 30 days, Unix milliseconds; null = there is none that may go. */
  nextDropAt(): number | null {
    // The endpoint's newest delivery stays.
    const { keys, lastStored } = this.#queue;
    const since = [
      ...[oldestSince(this.#sql, lastStored), firstRunCompletedAt(this.#sql, lastStored)],
      keys.firstSeenBefore(),
    ];
    const known = since.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known) + RETENTION_MS;
  }

  /** One bounded step; runs in the caller's transaction. */
  run(nowMs: number): RetentionStep {
    const expired = this.#expire(nowMs);
    const recordBytes = this.#sql.databaseSize - this.#queue.pendingBytes;
    const hasMoreToTrim = recordBytes > TRIM_RECORD_BYTES && this.#trim();
    const isOverfull = recordBytes > MAX_RECORD_BYTES;
    const { keys } = this.#queue;
    // A publisher that names each event's id as its key fills the object with keys: those that rest go before any record does.
    const forgotten = isOverfull ? keys.forgetResting(ROWS_PER_RUN) : keys.forget(nowMs, ROWS_PER_RUN);
    const hasMoreKeys = forgotten === ROWS_PER_RUN;
    const mustDrop = isOverfull && !hasMoreKeys;
    const below = mustDrop ? this.#oldestBelow() : this.#queue.lastStored;
    const rows = this.#drop(nowMs - RETENTION_MS, mustDrop, below);
    const runs = this.#dropRuns(nowMs - RETENTION_MS, mustDrop, below);
    // So there are no more spans than deliveries.
    this.#spans.dropWithLast([...rows.dropped, ...runs.dropped], (span) => this.#hasDelivery(span));
    const hasMore =
      hasMoreToTrim || rows.hasMore || runs.hasMore || hasMoreKeys || expired.length === ROWS_PER_RUN;
    return { expired, hasMore };
  }

  /** Whether a delivery is on record from one sequence to another, or a run reaches there. */
  #hasDelivery({ first, last }: { first: number; last: number }): boolean {
    const found = [firstLoggedFrom(this.#sql, first)?.sequence, runStartFrom(this.#sql, first)];
    return found.some((sequence) => (sequence ?? last + 1) <= last);
  }

  #expire(nowMs: number): PendingRow[] {
    const expired: PendingRow[] = [];
    while (expired.length < ROWS_PER_RUN) {
      const row = this.#queue.lowestPending();
      if (!row || row.created_at >= nowMs - RETENTION_MS || this.#queue.isInFlight(row.sequence)) break;
      this.#queue.close(row, "dead", nowMs, expiredAttempt(row));
      expired.push(row);
    }
    return expired;
  }

  /** Returns whether there may be more: it looked at as many as it may. */
  #trim(): boolean {
    const to = this.#queue.lastStored - SUCCESSES_KEPT;
    const rows = sequencesBetween(this.#sql, this.#trimmedTo, to, ROWS_PER_RUN);
    const runs = runEndsBetween(this.#sql, this.#trimmedTo, to, RUNS_PER_RUN);
    const lasts = [rows.at(-1), runs.at(-1)].filter((last) => last !== undefined);
    if (lasts.length === 0) return false;
    const cuts: number[] = [];
    if (rows.length === ROWS_PER_RUN) cuts.push(rows.at(-1) ?? to);
    if (runs.length === RUNS_PER_RUN) cuts.push(runs.at(-1) ?? to);
    const last = Math.min(Math.max(...lasts), ...cuts);
    dropAttemptsOfSuccesses(this.#sql, this.#trimmedTo, last);
    dropAttemptsOfRuns(this.#sql, this.#trimmedTo, last);
    this.#trimmedTo = last;
    writeMeta(this.#sql, "trimmed_to", last);
    return cuts.length > 0;
  }

  /**
   * The sequence below which the oldest lie, of those that ended: as many rows, or as many runs, as one step looks at. So what is
   * of one time goes at one time, whichever of the two holds it.
   */
  #oldestBelow(): number {
    const newest = this.#queue.lastStored;
    const ends = [
      nthEndedBelow(this.#sql, newest, ROWS_PER_RUN),
      nthRunEndBelow(this.#sql, newest, RUNS_PER_RUN),
    ];
    return Math.min(...ends.map((end) => end ?? newest - 1)) + 1;
  }

  /** As `#drop`, of runs. */
  #dropRuns(endedBefore: number, isOverfull: boolean, below: number): Dropping {
    const completedBefore = isOverfull ? Number.MAX_SAFE_INTEGER : endedBefore;
    const dropped = this.#runs.drop(completedBefore, below, RUNS_PER_RUN);
    return { dropped, hasMore: dropped.length === RUNS_PER_RUN };
  }

  /**
   * Drops what ended before a time; `isOverfull`: the oldest completed ones, whatever their age. There may be more where it
   * looked at as many rows as it may, and those that it dropped make room for others.
   * @param below only what lies below this sequence
   */
  #drop(endedBefore: number, isOverfull: boolean, below: number): Dropping {
    if (!isOverfull && !this.#mayHaveEndedBefore(endedBefore)) return NOTHING;
    // Sequences rise with time, so what is old lies in front. What just expired has its 30 days on record too. The newest row stays: it holds the log's position.
    const looked = oldestBelow(this.#sql, below, isOverfull, ROWS_PER_RUN);
    const dropped = looked.filter(
      ({ status, completed_at }) => status !== PENDING && (isOverfull || (completed_at ?? 0) < endedBefore),
    );
    if (dropped.length === 0) return NOTHING;
    const sequences = dropped.map(({ sequence }) => sequence);
    deleteReplaysAmong(this.#sql, sequences);
    deleteDeliveries(this.#sql, sequences);
    return { dropped, hasMore: looked.length === ROWS_PER_RUN };
  }

  /**
   * Whether any ended delivery may have ended before a time: none of them ended before it was made, and the first of them
   * was made first. Mostly one row tells it, whatever there is.
   */
  #mayHaveEndedBefore(timeMs: number): boolean {
    const first = firstEndedMadeAt(this.#sql, ROWS_PER_RUN);
    return first !== null && first < timeMs;
  }
}
