import type { Attempt, Delivery } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { Decision } from "../domain/retry.ts";
import { readMeta, writeMeta } from "../storage/schema.ts";
import { PENDING, statusCode, summaryOf } from "./rows.ts";

/** A delivery in flight: what an attempt and its record need of it. */
export interface ClaimedDelivery {
  sequence: number;
  event: Event;
  firedAt: number;
  createdAt: number;
  attemptCount: number;
  scheduleStart: number;
  isReplay: boolean;
  bytes: number;
  /** Whether it was attempted before, and so is in the retry indexes. */
  isRetry: boolean;
  /** The records of its attempts so far. */
  attempts: Attempt[];
}

/** An attempt that ended, and what was decided. */
export interface EndedAttempt {
  claimed: ClaimedDelivery;
  attempt: Attempt;
  decision: Decision["delivery"];
}

interface ClaimRow extends Record<string, SqlStorageValue> {
  sequence: number;
  position: number;
  event_id: string;
  event_type: string;
  fired_at: number;
  created_at: number;
  attempt_count: number;
  schedule_start: number;
  next_attempt_at: number | null;
  replay_of: number | null;
  bytes: number;
  attempts: string | null;
  meta: string;
  data: string;
}

const CLAIM_COLUMNS =
  "sequence, position, event_id, event_type, fired_at, created_at, attempt_count, schedule_start, next_attempt_at, replay_of, bytes, attempts, meta, data";

/** The cursor is stored once in this many records: a restart looks at no more rows than that again. */
const RECORDS_PER_CURSOR_WRITE = 1000;

/** Records of attempts that one delivery keeps; only one started anew again and again has more. */
const ATTEMPTS_KEPT = 25;

/**
 * The pending deliveries of one endpoint. Those never attempted ("fresh") lie in sequence behind a cursor, those
 * to be attempted again in two small indexes; neither is ever scanned, and only what is in flight is in memory.
 */
export class DeliveryQueue {
  readonly #sql: SqlStorage;
  readonly #inFlight = new Map<number, ClaimedDelivery>();
  /** No fresh delivery has a lower sequence. */
  #cursor: number;
  #lastSequence: number;
  #freshBytes: number;
  #canceledAhead: number;
  #retries: { count: number; bytes: number };
  readonly #freshInFlight = { count: 0, bytes: 0 };
  #recordsSinceCursor = 0;
  /** Cached; undefined = not known. */
  #firstFresh: ClaimRow | null | undefined;
  #firstRetry: { sequence: number; next_attempt_at: number } | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#cursor = readMeta<number>(sql, "fresh_from") ?? 1;
    this.#canceledAhead = readMeta<number>(sql, "canceled_ahead") ?? 0;
    const last = sql
      .exec<{ sequence: number; total_bytes: number }>(
        "SELECT sequence, total_bytes FROM deliveries ORDER BY sequence DESC LIMIT 1",
      )
      .toArray()[0];
    this.#lastSequence = last?.sequence ?? 0;
    const before = sql
      .exec<{ total: number }>(
        "SELECT total_bytes - bytes AS total FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT 1",
        this.#cursor,
      )
      .toArray()[0];
    this.#freshBytes = last && before ? last.total_bytes - before.total : 0;
    const { count, bytes } = sql
      .exec<{ count: number; bytes: number | null }>(
        "SELECT count(*) AS count, sum(bytes) AS bytes FROM deliveries INDEXED BY retry_order WHERE next_attempt_at IS NOT NULL",
      )
      .one();
    this.#retries = { count, bytes: bytes ?? 0 };
    this.#peekFresh();
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** How many deliveries are pending, those in flight included. */
  get pendingCount(): number {
    return this.#freshInFlight.count + this.#freshAhead + this.#retries.count;
  }

  /** What the pending deliveries take, bytes. */
  get pendingBytes(): number {
    return this.#freshInFlight.bytes + this.#freshBytes + this.#retries.bytes;
  }

  get #freshAhead(): number {
    return this.#lastSequence - this.#cursor + 1 - this.#canceledAhead;
  }

  /** Counts a delivery that was inserted with the next sequence. */
  inserted(bytes: number): void {
    this.#lastSequence++;
    this.#freshBytes += bytes;
    if (this.#firstFresh === null) this.#firstFresh = undefined;
  }

  /** Forgets what it has cached, after rows were changed elsewhere; what is in flight stays. */
  reload(): void {
    this.#firstFresh = undefined;
    this.#firstRetry = undefined;
  }

  /** When the next delivery becomes due, Unix milliseconds; null = none is pending but those in flight. */
  nextDueAt(serialize: boolean): number | null {
    return this.#head(serialize)?.dueAt ?? null;
  }

  /**
   * Takes the delivery that is next, if it is due: with `serialize` the lowest pending sequence, otherwise the
   * due one with the smallest (next_attempt_at, sequence). It is in flight until it is recorded.
   */
  claim(now: number, serialize: boolean): ClaimedDelivery | null {
    const head = this.#head(serialize);
    if (!head || head.dueAt > now) return null;
    const claimed = head.isRetry ? this.#claimRetry(head.sequence) : this.#claimFresh();
    this.#inFlight.set(claimed.sequence, claimed);
    return claimed;
  }

  #head(serialize: boolean): { sequence: number; dueAt: number; isRetry: boolean } | null {
    if (serialize && this.#inFlight.size > 0) return null;
    const freshRow = this.#peekFresh();
    const fresh = freshRow && { sequence: freshRow.sequence, dueAt: freshRow.created_at, isRetry: false };
    if (this.#retries.count === 0) return fresh;
    const retryRow = serialize ? this.#lowestRetry() : this.#peekRetry();
    const retry = retryRow && {
      sequence: retryRow.sequence,
      dueAt: retryRow.next_attempt_at ?? 0,
      isRetry: true,
    };
    if (!fresh || !retry) return fresh ?? retry;
    if (serialize) return fresh.sequence < retry.sequence ? fresh : retry;
    return retry.dueAt <= fresh.dueAt ? retry : fresh;
  }

  #peekFresh(): ClaimRow | null {
    if (this.#firstFresh !== undefined) return this.#firstFresh;
    const row = this.#sql
      .exec<ClaimRow>(
        `SELECT ${CLAIM_COLUMNS} FROM deliveries WHERE sequence >= ? AND status = ${PENDING} AND next_attempt_at IS NULL ORDER BY sequence LIMIT 1`,
        this.#cursor,
      )
      .toArray()[0];
    this.#firstFresh = row ?? null;
    this.#moveCursor(row ? row.sequence : this.#lastSequence + 1);
    return this.#firstFresh;
  }

  /** Passes rows that are not fresh any more: completed before a restart, or canceled. */
  #moveCursor(to: number): void {
    if (to === this.#cursor) return;
    const { bytes, canceled } = this.#sql
      .exec<{ bytes: number | null; canceled: number }>(
        `SELECT sum(bytes) AS bytes, total(status = ${statusCode("canceled")} AND attempt_count = 0) AS canceled
         FROM deliveries WHERE sequence >= ? AND sequence < ?`,
        this.#cursor,
        to,
      )
      .one();
    this.#freshBytes -= bytes ?? 0;
    this.#canceledAhead = Math.max(0, this.#canceledAhead - canceled);
    this.#cursor = to;
    if (to > this.#lastSequence) this.#freshBytes = 0;
  }

  #peekRetry(): { sequence: number; next_attempt_at: number } | null {
    if (this.#firstRetry !== undefined) return this.#firstRetry;
    const rows = this.#sql.exec<{ sequence: number; next_attempt_at: number }>(
      "SELECT sequence, next_attempt_at FROM deliveries INDEXED BY retry_due WHERE next_attempt_at IS NOT NULL ORDER BY next_attempt_at, sequence LIMIT ?",
      this.#inFlight.size + 1,
    );
    this.#firstRetry = null;
    for (const row of rows) {
      if (this.#inFlight.has(row.sequence)) continue;
      this.#firstRetry = row;
      break;
    }
    return this.#firstRetry;
  }

  #lowestRetry(): Pick<
    ClaimRow,
    "sequence" | "next_attempt_at" | "created_at" | "attempt_count" | "bytes"
  > | null {
    if (this.#retries.count === 0) return null;
    const row = this.#sql
      .exec<Pick<ClaimRow, "sequence" | "next_attempt_at" | "created_at" | "attempt_count" | "bytes">>(
        `SELECT sequence, next_attempt_at, created_at, attempt_count, bytes FROM deliveries INDEXED BY retry_order
         WHERE next_attempt_at IS NOT NULL ORDER BY sequence LIMIT 1`,
      )
      .toArray()[0];
    return row ?? null;
  }

  #claimFresh(): ClaimedDelivery {
    const row = this.#peekFresh();
    if (!row) throw new Error("no fresh delivery to claim");
    this.#cursor = row.sequence + 1;
    this.#freshBytes -= row.bytes;
    this.#freshInFlight.count++;
    this.#freshInFlight.bytes += row.bytes;
    this.#firstFresh = undefined;
    return toClaimed(row);
  }

  #claimRetry(sequence: number): ClaimedDelivery {
    this.#firstRetry = undefined;
    const row = this.#sql
      .exec<ClaimRow>(`SELECT ${CLAIM_COLUMNS} FROM deliveries WHERE sequence = ?`, sequence)
      .one();
    return toClaimed(row);
  }

  /** Records attempts that ended; part of the caller's transaction. Releases their places in flight. */
  record(ended: readonly EndedAttempt[], now: number): void {
    for (const { claimed, attempt, decision } of ended) {
      const isPending = decision.status === "pending";
      this.#sql.exec(
        `UPDATE deliveries SET status = ?, completed_at = ?, attempt_count = ?, schedule_start = ?, next_attempt_at = ?,
           last_attempt = ?, attempts = ?, meta = iif(?, meta, NULL), data = iif(?, data, NULL)
         WHERE sequence = ? AND status = ${PENDING}`,
        statusCode(decision.status),
        isPending ? null : now,
        attempt.number,
        isPending ? decision.scheduleStart : claimed.scheduleStart,
        isPending ? decision.nextAttemptAt : null,
        JSON.stringify(summaryOf(attempt)),
        JSON.stringify([...claimed.attempts, attempt].slice(-ATTEMPTS_KEPT)),
        isPending ? 1 : 0,
        isPending ? 1 : 0,
        claimed.sequence,
      );
    }
    this.#recordsSinceCursor += ended.length;
    if (this.#recordsSinceCursor >= RECORDS_PER_CURSOR_WRITE) this.#storeCursor();
  }

  /** After the transaction of `record`: what was recorded is no longer in flight. */
  recorded(ended: readonly EndedAttempt[]): void {
    for (const { claimed, decision } of ended) {
      if (!this.#inFlight.delete(claimed.sequence)) continue;
      if (claimed.isRetry) {
        this.#countRetry(-1, claimed.bytes);
      } else {
        this.#freshInFlight.count--;
        this.#freshInFlight.bytes -= claimed.bytes;
      }
      if (decision.status === "pending") this.#countRetry(1, claimed.bytes);
    }
  }

  /** When the oldest pending delivery was made, Unix milliseconds; null = none is pending. */
  oldestPendingAt(): number | null {
    const times = [this.#peekFresh(), this.#lowestRetry()].flatMap((row) => (row ? [row.created_at] : []));
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Ends deliveries made before a time as dead, error `expired`; at most `limit`. Part of the caller's transaction. */
  expire(madeBefore: number, now: number, limit: number): void {
    for (let count = 0; count < limit; count++) {
      const row = [this.#lowestRetry(), this.#peekFresh()].find(
        (oldest) => oldest && oldest.created_at < madeBefore,
      );
      if (!row || this.#inFlight.has(row.sequence)) return;
      const lastAttempt: Delivery["lastAttempt"] = {
        number: row.attempt_count,
        outcome: "failure",
        error: "expired",
        durationMs: 0,
        status: null,
      };
      this.#sql.exec(
        `UPDATE deliveries SET status = ${statusCode("dead")}, completed_at = ?, next_attempt_at = NULL, last_attempt = ?,
           meta = NULL, data = NULL WHERE sequence = ?`,
        now,
        JSON.stringify(lastAttempt),
        row.sequence,
      );
      if (row.next_attempt_at !== null) this.#countRetry(-1, row.bytes);
      this.#firstFresh = undefined;
    }
  }

  #countRetry(sign: 1 | -1, bytes: number): void {
    this.#retries.count += sign;
    this.#retries.bytes += sign * bytes;
    this.#firstRetry = undefined;
  }

  #storeCursor(): void {
    this.#recordsSinceCursor = 0;
    let lowest = this.#cursor;
    for (const { isRetry, sequence } of this.#inFlight.values())
      if (!isRetry) lowest = Math.min(lowest, sequence);
    writeMeta(this.#sql, "fresh_from", lowest);
  }
}

function toClaimed(row: ClaimRow): ClaimedDelivery {
  return {
    sequence: row.sequence,
    event: {
      ...(JSON.parse(row.meta) as EventMeta),
      position: row.position,
      id: row.event_id,
      type: row.event_type,
      data: row.data,
    },
    firedAt: row.fired_at,
    createdAt: row.created_at,
    attemptCount: row.attempt_count,
    scheduleStart: row.schedule_start,
    isReplay: row.replay_of !== null,
    bytes: row.bytes,
    isRetry: row.next_attempt_at !== null,
    attempts: row.attempts === null ? [] : JSON.parse(row.attempts),
  };
}

/** What a delivery's `meta` column holds: the rest of its event. */
export type EventMeta = Pick<Event, "created" | "apiVersion" | "tags" | "context" | "acceptedAt">;
