import type { Delivery } from "../domain/delivery.ts";
import { RETENTION_MS } from "../domain/event.ts";
import type { DeliveryQueue } from "./queue.ts";
import { PENDING, statusCode } from "./rows.ts";

/** Rows that one run looks at. */
const ROWS_PER_RUN = 1000;

/** What records may take; the oldest completed deliveries go first. */
const MAX_RECORD_BYTES = 1024 ** 3;

/** From this much on, successes beyond the newest lose the record of their attempt; failures keep theirs. */
const TRIM_RECORD_BYTES = 256 * 1024 ** 2;
const SUCCESSES_KEPT = 1000;

/** Ends what has been pending for 30 days and drops what is older, in bounded steps. Nothing pending is dropped. */
export class Retention {
  readonly #sql: SqlStorage;
  readonly #queue: DeliveryQueue;
  /** Successes below this sequence are trimmed already. */
  #trimmedTo = 0;

  constructor(sql: SqlStorage, queue: DeliveryQueue) {
    this.#sql = sql;
    this.#queue = queue;
  }

  /** When the oldest pending delivery will have been pending for 30 days, Unix milliseconds; null = none is. */
  nextExpiryAt(): number | null {
    const oldest = this.#queue.lowestPending();
    return oldest ? oldest.created_at + RETENTION_MS : null;
  }

  /** One bounded step; runs in the caller's transaction. Returns how many deliveries it ended as dead. */
  run(now: number): number {
    const expired = this.#expire(now);
    const recordBytes = this.#sql.databaseSize - this.#queue.pendingBytes;
    if (recordBytes > TRIM_RECORD_BYTES) this.#trim();
    this.#drop(recordBytes > MAX_RECORD_BYTES ? null : now - RETENTION_MS);
    return expired;
  }

  #expire(now: number): number {
    for (let count = 0; count < ROWS_PER_RUN; count++) {
      const row = this.#queue.lowestPending();
      if (!row || row.created_at >= now - RETENTION_MS || this.#queue.isInFlight(row.sequence)) return count;
      const lastAttempt: Delivery["lastAttempt"] = {
        number: row.attempt_count,
        outcome: "failure",
        error: "expired",
        durationMs: 0,
        status: null,
      };
      this.#queue.close(row, "dead", now, lastAttempt);
    }
    return ROWS_PER_RUN;
  }

  #trim(): void {
    const to = this.#queue.lastSequence - SUCCESSES_KEPT;
    const rows = this.#sql
      .exec<{ sequence: number }>(
        "SELECT sequence FROM deliveries WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
        this.#trimmedTo,
        to,
        ROWS_PER_RUN,
      )
      .toArray();
    const last = rows.at(-1)?.sequence;
    if (last === undefined) return;
    this.#sql.exec(
      `UPDATE deliveries SET attempts = NULL
       WHERE sequence > ? AND sequence <= ? AND status = ${statusCode("delivered")} AND attempt_count = 1`,
      this.#trimmedTo,
      last,
    );
    this.#trimmedTo = last;
  }

  /** @param madeBefore Unix milliseconds; null = the oldest completed ones, whatever their age */
  #drop(madeBefore: number | null): void {
    // Sequences rise with time, so what is old lies in front. The newest row stays: it holds the log's position.
    const doomed =
      madeBefore === null
        ? `SELECT sequence FROM deliveries WHERE sequence < ?1 AND status <> ${PENDING} ORDER BY sequence LIMIT ${ROWS_PER_RUN}`
        : `SELECT sequence FROM (
             SELECT sequence, status, created_at FROM deliveries WHERE sequence < ?1 ORDER BY sequence LIMIT ${ROWS_PER_RUN}
           ) WHERE status <> ${PENDING} AND created_at < ?2`;
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM deliveries WHERE sequence IN (${doomed})`,
      ...[this.#queue.lastSequence, ...(madeBefore === null ? [] : [madeBefore])],
    );
    if (rowsWritten > 0)
      this.#sql.exec("DELETE FROM replays WHERE sequence < (SELECT min(sequence) FROM deliveries)");
  }
}
