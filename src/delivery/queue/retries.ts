import { CLAIM_COLUMNS, type ClaimedDelivery, type ClaimRow, toClaimed } from "../record/claim.ts";
import { PENDING_COLUMNS, type PendingRow } from "../record/rows.ts";

/** The retry that is due first, of those that are not in flight. */
interface RetryHead {
  sequence: number;
  next_attempt_at: number;
  bytes: number;
}

/** The pending deliveries that were attempted before, by due time and by sequence: two small indexes, never scanned. */
export class Retries {
  readonly #sql: SqlStorage;
  #count: number;
  #bytes: number;
  /** Cached; undefined = not known. */
  #first: RetryHead | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const { count, bytes } = sql
      .exec<{ count: number; bytes: number | null }>(
        "SELECT count(*) AS count, sum(bytes) AS bytes FROM deliveries INDEXED BY retry_order WHERE next_attempt_at IS NOT NULL",
      )
      .one();
    this.#count = count;
    this.#bytes = bytes ?? 0;
  }

  /** How many there are, those in flight included. */
  get count(): number {
    return this.#count;
  }

  /** What they take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One more (1) or less (-1), which the caller stores. */
  add(sign: 1 | -1, bytes: number): void {
    this.#count += sign;
    this.#bytes += sign * bytes;
    this.changed();
  }

  /** Due times changed, or what is in flight. */
  changed(): void {
    this.#first = undefined;
  }

  /** The one with the smallest (next_attempt_at, sequence) that is not in flight; null = there is none. */
  first(inFlight: ReadonlyMap<number, unknown>): RetryHead | null {
    if (this.#count === 0) return null;
    if (this.#first !== undefined) return this.#first;
    const rows = this.#sql.exec<RetryHead & Record<string, SqlStorageValue>>(
      "SELECT sequence, next_attempt_at, bytes FROM deliveries INDEXED BY retry_due WHERE next_attempt_at IS NOT NULL ORDER BY next_attempt_at, sequence LIMIT ?",
      inFlight.size + 1,
    );
    this.#first = null;
    for (const row of rows) {
      if (inFlight.has(row.sequence)) continue;
      this.#first = row;
      break;
    }
    return this.#first;
  }

  /** The one with the lowest sequence, in flight or not; null = there is none. */
  lowest(): PendingRow | null {
    if (this.#count === 0) return null;
    const row = this.#sql
      .exec<PendingRow>(
        `SELECT ${PENDING_COLUMNS} FROM deliveries INDEXED BY retry_order
         WHERE next_attempt_at IS NOT NULL ORDER BY sequence LIMIT 1`,
      )
      .toArray()[0];
    return row ?? null;
  }

  /** What is attempted again: from now on it is in flight. */
  claim(sequence: number): ClaimedDelivery {
    this.changed();
    return toClaimed(
      this.#sql.exec<ClaimRow>(`SELECT ${CLAIM_COLUMNS} FROM deliveries WHERE sequence = ?`, sequence).one(),
    );
  }

  /** Sets when one is attempted again, Unix milliseconds; part of the caller's transaction. */
  setDue(sequence: number, nextAttemptAt: number): void {
    this.#sql.exec("UPDATE deliveries SET next_attempt_at = ? WHERE sequence = ?", nextAttemptAt, sequence);
    this.changed();
  }
}
