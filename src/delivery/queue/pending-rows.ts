import type { Delivery } from "../../domain/delivery.ts";
import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import type { AttemptRecords } from "../record/attempt-records.ts";
import type { EndedAttempt } from "../record/claim.ts";
import { PENDING, PENDING_COLUMNS, type PendingRow, statusCode, summaryOf } from "../record/rows.ts";
import { isMarked } from "../record/totals.ts";

/** The rows of deliveries that are pending, and what becomes of them. Changes are part of the caller's transaction. */
export class PendingRows {
  readonly #sql: SqlStorage;
  readonly #records: AttemptRecords;

  constructor(sql: SqlStorage, records: AttemptRecords) {
    this.#sql = sql;
    this.#records = records;
  }

  /** That of a sequence; null = it is not pending. */
  at(sequence: number): PendingRow | null {
    const row = this.#sql
      .exec<PendingRow>(
        `SELECT ${PENDING_COLUMNS} FROM deliveries WHERE sequence = ? AND status = ${PENDING}`,
        sequence,
      )
      .toArray()[0];
    return row ?? null;
  }

  /** Those from a sequence on, among the next `examined` rows; `next` = where to go on, null = at the end. */
  scan(from: number, examined: number): { rows: PendingRow[]; next: number | null } {
    const rows = this.#sql
      .exec<PendingRow & { status: number }>(
        `SELECT ${PENDING_COLUMNS}, status FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
        from,
        examined,
      )
      .toArray();
    const last = rows.at(-1);
    return {
      rows: rows.filter(({ status }) => status === PENDING),
      next: last && rows.length === examined ? last.sequence + 1 : null,
    };
  }

  /**
   * Records an attempt that ended.
   * @param epoch what it is marked with if its own row tells all that is counted of it, see totals.ts
   */
  record(ended: EndedAttempt, nowMs: number, epoch: number): void {
    const { claimed, attempt, decision } = ended;
    const records = [
      attempt.number,
      lastAttemptShape.write(summaryOf(attempt)),
      this.#records.with(claimed, attempt),
    ];
    if (claimed.isCanceled) {
      this.#sql.exec(
        "UPDATE deliveries SET attempt_count = ?, last_attempt = ?, attempts = ? WHERE sequence = ?",
        ...records,
        claimed.sequence,
      );
      return;
    }
    const isPending = decision.status === "pending";
    this.#sql.exec(
      `UPDATE deliveries SET attempt_count = ?, last_attempt = ?, attempts = ?, status = ?, completed_at = ?,
         schedule_start = ?, next_attempt_at = ?, meta = iif(?, meta, NULL), data = iif(?, data, NULL),
         counted_in = ?
       WHERE sequence = ?`,
      ...records,
      statusCode(decision.status),
      isPending ? null : nowMs,
      isPending ? decision.scheduleStart : claimed.scheduleStart,
      isPending ? decision.nextAttemptAt : null,
      isPending ? 1 : 0,
      isPending ? 1 : 0,
      isMarked(ended) ? epoch : null,
      claimed.sequence,
    );
  }

  /** Ends one without an attempt. */
  close(
    sequence: number,
    status: "dead" | "canceled",
    nowMs: number,
    lastAttempt?: Delivery["lastAttempt"],
  ): void {
    this.#sql.exec(
      `UPDATE deliveries SET status = ?, completed_at = ?, next_attempt_at = NULL, meta = NULL, data = NULL,
         last_attempt = coalesce(?, last_attempt) WHERE sequence = ?`,
      statusCode(status),
      nowMs,
      lastAttempt ? lastAttemptShape.write(lastAttempt) : null,
      sequence,
    );
  }
}
