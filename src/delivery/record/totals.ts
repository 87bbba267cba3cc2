import { attemptCount, type Counts, countDuration } from "../../domain/counts.ts";
import {
  type Attempt,
  type EndedStatus,
  UNDELIVERED_STATUSES,
  type UndeliveredStatus,
} from "../../domain/delivery.ts";
import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import type { MarkedRow } from "../tables/deliveries.ts";
import type { CarriedTotals } from "../tables/stats.ts";
import { attemptedSince, type EndedAttempt } from "./claim.ts";
import { markedSince, storedLast } from "./stored-counts.ts";

/** Deliveries that only their own rows may tell of: a restart counts no more than that anew. */
const MAX_MARKED = 1000;

/** So many sequences a restart looks through for them, at the most: others lie between them that are marked by nothing. */
const MAX_LOOKED_THROUGH = 2 * MAX_MARKED;

/** The queue, as far as counts need it: from which sequence on there are deliveries that were never attempted. */
interface FreshFrom {
  freshFrom(): number;
}

/**
 * What the endpoint counts since it was made: exactly what is on record, whenever the process dies. The counts ride along
 * in rows that are written anyway: with the stats now and then, and with the failures in a row. A delivery that
 * succeeds at first writes no such row: it is marked with the epoch in its own, and a restart counts the marked ones anew.
 */
export class Totals {
  readonly #queue: FreshFrom;
  readonly #counts: Counts;
  #epoch: number;
  /** From which sequence on a restart looks for what is marked. */
  #from: number;
  #marked = 0;
  #troubles = 0;
  /** Whether something was counted that no row tells of. */
  #mustStore = false;

  constructor(sql: SqlStorage, queue: FreshFrom) {
    this.#queue = queue;
    const stored = storedLast(sql);
    this.#epoch = stored?.epoch ?? 0;
    this.#from = stored?.from ?? queue.freshFrom();
    this.#counts = { ...stored?.counts };
    for (const [name, count] of Object.entries(this.#counts)) if (isTrouble(name)) this.#troubles += count;
    if (stored) for (const row of markedSince(sql, stored)) this.#countRow(row);
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

  /** Whether so much lies behind what is stored that it is worth a row: a restart would look through all of it. */
  get isFarBehind(): boolean {
    return this.#queue.freshFrom() - this.#from >= MAX_LOOKED_THROUGH;
  }

  get counts(): Readonly<Counts> {
    return this.#counts;
  }

  /** Whether a delivery's own row tells all that is counted of it. */
  marks(ended: EndedAttempt): boolean {
    return this.#epoch > 0 && isMarked(ended);
  }

  /** Rises with each failed attempt, dead letter and cancel. */
  get troubles(): number {
    return this.#troubles;
  }

  /** Counts a group of attempts that is being recorded, part of its transaction. */
  record(ended: readonly EndedAttempt[], nowMs: number): void {
    for (const { claimed, attempt, decision } of ended) {
      this.#countAttempt(attempt.error, attempt.durationMs, attempt.startedAt - claimed.dueAt);
      // One that was canceled meanwhile is counted as such.
      if (!claimed.isCanceled && decision.status !== "pending") this.#addEnded(decision.status, 1);
      if (!claimed.isCanceled && decision.status === "delivered")
        this.#countDelivered(nowMs - claimed.sinceMs);
      // The first ones of all are stored at once: what is marked is looked for from where that was.
      if (this.marks({ claimed, attempt, decision })) this.#marked++;
      else this.#mustStore = true;
    }
  }

  /** Counts deliveries that ended without an attempt; part of the transaction that ends them. */
  countEnded(status: UndeliveredStatus, count: number): void {
    if (count === 0) return;
    this.#addEnded(status, count);
    this.#mustStore = true;
  }

  /** All of it, for a row that is being written: from then on it is stored. Part of that row's transaction. */
  carry(): CarriedTotals {
    this.#epoch++;
    this.#marked = 0;
    this.#mustStore = false;
    this.#from = this.#queue.freshFrom();
    return { epoch: this.#epoch, from: this.#from, counts: this.#counts };
  }

  #countAttempt(error: Attempt["error"], durationMs: number, latenessMs: number): void {
    this.#add(attemptCount(error), 1);
    countDuration(this.#counts, "attempt", durationMs);
    countDuration(this.#counts, "lateness", latenessMs);
  }

  #countDelivered(latencyMs: number): void {
    countDuration(this.#counts, "latency", latencyMs);
  }

  #addEnded(status: EndedStatus, count: number): void {
    this.#add(status, count);
  }

  #add(name: string, count: number): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + count;
    if (isTrouble(name)) this.#troubles += count;
  }

  #countRow(row: MarkedRow): void {
    const sinceMs = attemptedSince(row);
    const completedAt = row.completed_at ?? sinceMs;
    const { durationMs } = lastAttemptShape.read(row.last_attempt);
    this.#countAttempt(null, durationMs, (row.started_at ?? completedAt) - sinceMs);
    this.#addEnded("delivered", 1);
    this.#countDelivered(completedAt - sinceMs);
    this.#marked++;
  }
}

/** Whether a count is of what went wrong, or was given up. */
function isTrouble(name: string): boolean {
  if (UNDELIVERED_STATUSES.some((status) => status === name)) return true;
  return name.startsWith("attempts.") && name !== attemptCount(null);
}

/** Whether a delivery's own row tells, after a restart, all that is counted of it: it succeeded by its first attempt. */
export function isMarked({ claimed, decision }: EndedAttempt): boolean {
  return !claimed.isIndexed && !claimed.isCanceled && decision.status === "delivered";
}
