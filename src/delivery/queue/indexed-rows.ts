import { always, record, shapeOf } from "../../domain/stored.ts";
import { readStored, writeStored } from "../../storage/schema.ts";
import { CLAIM_COLUMNS, type ClaimedDelivery, type ClaimRow, toClaimed } from "../record/claim.ts";
import { PENDING_COLUMNS, type PendingRow } from "../record/rows.ts";

/** A wake counts so many by looking at each; how many more there are is stored, which costs a row in each transaction. */
const COUNTED_ANEW = 1000;

/** How many there are, and what they take. */
interface Amount {
  count: number;
  bytes: number;
}

/** How many there are, as it is stored. */
export const amountShape = shapeOf(record<Amount>({ count: always(), bytes: always() }));

/** The one that is due first, of those that are not in flight. */
interface IndexedHead {
  sequence: number;
  next_attempt_at: number;
  bytes: number;
}

/**
 * The pending deliveries that the fresh ones' cursor does not lead to: those that wait for a time, and those that have a key, whose
 * turn the order of their key decides. They lie in two small indexes, by time and by sequence, which are never scanned.
 */
export class IndexedRows {
  readonly #sql: SqlStorage;
  #count: number;
  #bytes: number;
  /** What is stored of how many there are; null = a wake counts them. */
  #stored: Amount | null;
  /** Cached; undefined = not known. */
  #first: IndexedHead | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#stored = readStored(sql, "indexed", amountShape);
    const { count, bytes } = this.#stored ?? this.#counted();
    this.#count = count;
    this.#bytes = bytes;
  }

  #counted(): Amount {
    const { count, bytes } = this.#sql
      .exec<{ count: number; bytes: number | null }>(
        "SELECT count(*) AS count, sum(bytes) AS bytes FROM deliveries INDEXED BY retry_order WHERE next_attempt_at IS NOT NULL",
      )
      .one();
    return { count, bytes: bytes ?? 0 };
  }

  /** Stores how many there are, where they are too many for a wake to count; the end of each transaction. */
  storeAmount(): void {
    const [count, bytes] = [this.#count, this.#bytes];
    // Where it goes up and down about there, it is not stored and deleted again and again.
    const isWorthIt = count > (this.#stored === null ? COUNTED_ANEW : COUNTED_ANEW / 2);
    if (isWorthIt && this.#stored?.count === count && this.#stored.bytes === bytes) return;
    if (isWorthIt) writeStored(this.#sql, "indexed", amountShape, { count, bytes });
    else if (this.#stored !== null) this.#sql.exec("DELETE FROM meta WHERE key = 'indexed'");
    this.#stored = isWorthIt ? { count, bytes } : null;
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
  first(inFlight: ReadonlyMap<number, unknown>): IndexedHead | null {
    if (this.#count === 0) return null;
    if (this.#first !== undefined) return this.#first;
    const rows = this.#sql.exec<IndexedHead & Record<string, SqlStorageValue>>(
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
