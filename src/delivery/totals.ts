import { attemptCount, type Counts, countDuration } from "../domain/counts.ts";
import type { Attempt, AttemptSummary } from "../domain/delivery.ts";
import { lastAttemptShape } from "../domain/delivery-shapes.ts";
import { added, always, maybe, named, record, type StoredText, shapeOf } from "../domain/stored.ts";
import { readStored } from "../storage/schema.ts";
import { attemptedSince, type EndedAttempt } from "./claim.ts";
import type { DeliveryQueue } from "./queue.ts";
import { PENDING, statusCode } from "./rows.ts";

/** Deliveries that only their own rows may tell of: a restart counts no more than that anew. */
const MAX_MARKED = 1000;

/** Fresh deliveries that may lie between those that were attempted, see fresh.ts; behind more of them none was. */
const MAX_CUT_OFF = 200;

/** The counts as stored. */
export interface CarriedTotals {
  /** Rises by one each time: of two that are stored the higher is newer. What is marked with this one is not in it. */
  epoch: number;
  /** What was marked since has no lower sequence. */
  from: number;
  counts: Counts;
}

const readTotals = record<CarriedTotals>({ epoch: always(), from: always(), counts: named(always()) });

/** The totals that ride along with the stats. */
export const totalsShape = shapeOf(readTotals);

/** What an endpoint remembers of its failures, as stored. */
export interface Failing {
  consecutiveFailures: number;
  /** A `Retry-After` hold, Unix milliseconds; 0 = none. */
  holdUntil: number;
  /** The first failure since the last success, Unix milliseconds; null = the last attempt succeeded. */
  since: number | null;
  /** Whether somebody was told that it fails. */
  isReported: boolean;
}

/** The failures in a row, and the totals that ride along with them; versions before 0.2 stored none. */
export const failingShape = shapeOf(
  record<Failing & { totals?: CarriedTotals }>({
    consecutiveFailures: added(0),
    holdUntil: added(0),
    since: added(null),
    isReported: added(false),
    totals: maybe(readTotals),
  }),
);

/**
 * What the endpoint counts since it was made: exactly what is on record, whenever the process dies. The counts ride along
 * in rows that are written anyway: with the stats every ten seconds, and with the failures in a row. A delivery that
 * succeeds at first writes no such row: it is marked with the epoch in its own, and a restart counts the marked ones anew.
 */
export class Totals {
  readonly #sql: SqlStorage;
  readonly #queue: Pick<DeliveryQueue, "freshFrom">;
  readonly #counts: Counts;
  #epoch: number;
  #marked = 0;
  /** Whether something was counted that no row tells of. */
  #mustStore = false;

  constructor(sql: SqlStorage, queue: Pick<DeliveryQueue, "freshFrom">) {
    this.#sql = sql;
    this.#queue = queue;
    const stored = readCarried(sql);
    this.#epoch = stored?.epoch ?? 0;
    this.#counts = { ...stored?.counts };
    if (stored) this.#countMarked(stored.from);
  }

  /** What deliveries are marked with that `record` counts. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether something was counted that is not among what is stored. */
  get isDirty(): boolean {
    return this.#mustStore || this.#marked > 0;
  }

  /** Whether a crash would lose something: it must be stored in this transaction. */
  get mustStore(): boolean {
    return this.#mustStore;
  }

  /** Whether as many are marked as a restart may look at. */
  get isDue(): boolean {
    return this.#marked >= MAX_MARKED;
  }

  get counts(): Readonly<Counts> {
    return this.#counts;
  }

  /** Counts a group of attempts that is being recorded, part of its transaction. */
  record(ended: readonly EndedAttempt[], now: number): void {
    for (const { claimed, attempt, decision } of ended) {
      this.#attempt(attempt.error, attempt.durationMs, attempt.startedAt - claimed.dueAt);
      // One that was canceled meanwhile is counted as such.
      if (!claimed.isCanceled && decision.status !== "pending") this.#ended(decision.status, 1);
      if (!claimed.isCanceled && decision.status === "delivered") this.#delivered(now - claimed.since);
      // The first ones of all are stored at once: what is marked is looked for from where that was.
      if (isMarked({ claimed, attempt, decision }) && this.#epoch > 0) this.#marked++;
      else this.#mustStore = true;
    }
  }

  /** Counts deliveries that ended without an attempt; part of the transaction that ends them. */
  ended(status: "dead" | "canceled", count: number): void {
    if (count === 0) return;
    this.#ended(status, count);
    this.#mustStore = true;
  }

  /** All of it, for a row that is being written: from then on it is stored. Part of that row's transaction. */
  carried(): CarriedTotals {
    this.#epoch++;
    this.#marked = 0;
    this.#mustStore = false;
    return { epoch: this.#epoch, from: this.#queue.freshFrom(), counts: this.#counts };
  }

  #attempt(error: Attempt["error"], durationMs: number, latenessMs: number): void {
    this.#add(attemptCount(error), 1);
    countDuration(this.#counts, "attempt", durationMs);
    countDuration(this.#counts, "lateness", latenessMs);
  }

  #delivered(latencyMs: number): void {
    countDuration(this.#counts, "latency", latencyMs);
  }

  #ended(status: "delivered" | "dead" | "canceled", count: number): void {
    this.#add(status, count);
  }

  #add(name: string, count: number): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + count;
  }

  /** Counts the deliveries that were marked after the counts were last stored. */
  #countMarked(from: number): void {
    let fresh = 0;
    for (const row of this.#sql.exec<MarkedRow>(
      `SELECT position, created_at, replay_of, completed_at, last_attempt,
         status = ${PENDING} AND next_attempt_at IS NULL AS is_fresh,
         CASE WHEN status = ${statusCode("delivered")} THEN counted_in = ? END AS is_marked,
         CASE WHEN status = ${statusCode("delivered")} AND counted_in = ?
           THEN json_extract(attempts, '$[0].startedAt') END AS started_at
       FROM deliveries WHERE sequence >= ? ORDER BY sequence`,
      this.#epoch,
      this.#epoch,
      from,
    )) {
      if (row.is_fresh && ++fresh > MAX_CUT_OFF) break;
      if (row.is_marked) this.#countRow(row);
    }
  }

  #countRow(row: MarkedRow): void {
    const since = attemptedSince(row);
    const completedAt = row.completed_at ?? since;
    const { durationMs } = lastAttemptShape.read(row.last_attempt);
    this.#attempt(null, durationMs, (row.started_at ?? completedAt) - since);
    this.#ended("delivered", 1);
    this.#delivered(completedAt - since);
    this.#marked++;
  }
}

interface MarkedRow extends Record<string, SqlStorageValue> {
  position: number;
  created_at: number;
  replay_of: number | null;
  completed_at: number | null;
  last_attempt: StoredText<AttemptSummary>;
  is_fresh: number;
  is_marked: number | null;
  started_at: number | null;
}

/** Whether a delivery's own row tells, after a restart, all that is counted of it: it succeeded by its first attempt. */
export function isMarked({ claimed, decision }: EndedAttempt): boolean {
  return !claimed.isRetry && !claimed.isCanceled && decision.status === "delivered";
}

/** What was stored last, with the stats or with the failures in a row; null = nothing yet. */
function readCarried(sql: SqlStorage): CarriedTotals | null {
  const withStats = sql
    .exec<{ totals: StoredText<CarriedTotals> }>(
      "SELECT totals FROM stats WHERE totals IS NOT NULL ORDER BY hour DESC LIMIT 1",
    )
    .toArray()[0];
  const withFailures = readStored(sql, "failing", failingShape);
  const both = withStats ? [totalsShape.read(withStats.totals)] : [];
  if (withFailures?.totals) both.push(withFailures.totals);
  return both.sort((a, b) => b.epoch - a.epoch)[0] ?? null;
}
