import { RETENTION_MS } from "../domain/event.ts";
import type { DeliveryQueue } from "./queue.ts";
import { PENDING } from "./rows.ts";

/** Rows that one run looks at. */
const ROWS_PER_RUN = 1000;

/** What records may take; the oldest completed deliveries go first. */
const MAX_RECORD_BYTES = 1024 ** 3;

/** Ends what has been pending for 30 days and drops what is older, in bounded steps. Nothing pending is dropped. */
export class Retention {
  readonly #sql: SqlStorage;
  readonly #queue: DeliveryQueue;

  constructor(sql: SqlStorage, queue: DeliveryQueue) {
    this.#sql = sql;
    this.#queue = queue;
  }

  /** When the oldest pending delivery will have been pending for 30 days, Unix milliseconds; null = none is. */
  nextExpiryAt(): number | null {
    const oldest = this.#queue.oldestPendingAt();
    return oldest === null ? null : oldest + RETENTION_MS;
  }

  /** One bounded step; runs in the caller's transaction. */
  run(now: number): void {
    this.#queue.expire(now - RETENTION_MS, now, ROWS_PER_RUN);
    const isOverfull = this.#sql.databaseSize - this.#queue.pendingBytes > MAX_RECORD_BYTES;
    // Sequences rise with time, so what is old lies in front. The newest row stays: it holds the log's position.
    const doomed = isOverfull
      ? `SELECT sequence FROM deliveries WHERE sequence < ?1 AND status <> ${PENDING} ORDER BY sequence LIMIT ${ROWS_PER_RUN}`
      : `SELECT sequence FROM (
           SELECT sequence, status, created_at FROM deliveries WHERE sequence < ?1 ORDER BY sequence LIMIT ${ROWS_PER_RUN}
         ) WHERE status <> ${PENDING} AND created_at < ?2`;
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM deliveries WHERE sequence IN (${doomed})`,
      ...[this.#queue.lastSequence, ...(isOverfull ? [] : [now - RETENTION_MS])],
    );
    if (rowsWritten > 0)
      this.#sql.exec("DELETE FROM replays WHERE sequence < (SELECT min(sequence) FROM deliveries)");
  }
}
