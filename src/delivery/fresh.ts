import { readMeta, writeMeta } from "../storage/schema.ts";
import { CLAIM_COLUMNS, type ClaimRow } from "./claim.ts";
import { PENDING } from "./rows.ts";

/**
 * The deliveries that were never attempted: they lie in sequence behind a cursor, in no index, and are counted without
 * being looked at. The cursor is stored now and then; after a restart what it is behind by is passed again.
 */
export class FreshDeliveries {
  readonly #sql: SqlStorage;
  /** No fresh delivery has a lower sequence. */
  #cursor: number;
  #lastSequence: number;
  #bytes: number;
  #canceledAhead: number;
  /** Cached; undefined = not known. */
  #first: ClaimRow | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#cursor = readMeta<number>(sql, "fresh_from") ?? 1;
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
    this.#bytes = last && before ? last.total_bytes - before.total : 0;
    this.#canceledAhead = this.#countCanceled(this.#cursor, this.#lastSequence + 1);
    this.peek();
  }

  /** The highest sequence that was given, to whatever delivery. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** How many there are. */
  get count(): number {
    return this.#lastSequence - this.#cursor + 1 - this.#canceledAhead;
  }

  /** What they take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a delivery that was inserted with the next sequence. */
  inserted(bytes: number): void {
    this.#lastSequence++;
    this.#bytes += bytes;
    if (this.#first === null) this.#first = undefined;
  }

  /** The first of them; null = there is none. */
  peek(): ClaimRow | null {
    if (this.#first !== undefined) return this.#first;
    const row = this.#sql
      .exec<ClaimRow>(
        `SELECT ${CLAIM_COLUMNS} FROM deliveries
         WHERE sequence >= ? AND status = ${PENDING} AND next_attempt_at IS NULL ORDER BY sequence LIMIT 1`,
        this.#cursor,
      )
      .toArray()[0];
    this.#first = row ?? null;
    this.#moveCursor(row ? row.sequence : this.#lastSequence + 1);
    return this.#first;
  }

  /** Takes the first: it is attempted now. */
  take(): ClaimRow {
    const row = this.peek();
    if (!row) throw new Error("no fresh delivery to claim");
    this.#cursor = row.sequence + 1;
    this.#bytes -= row.bytes;
    this.#first = undefined;
    return row;
  }

  /** One of them was ended where it lay. */
  closed(status: "dead" | "canceled"): void {
    this.#first = undefined;
    if (status === "canceled") this.#canceledAhead++;
    else this.peek();
  }

  /** Stores the cursor, or the lowest sequence that is in flight: part of the caller's transaction. */
  storeCursor(lowestInFlight: number | undefined): void {
    writeMeta(this.#sql, "fresh_from", lowestInFlight ?? this.#cursor);
  }

  /** Passes rows that are not fresh any more: completed before a restart, or canceled. */
  #moveCursor(to: number): void {
    if (to === this.#cursor) return;
    const { bytes } = this.#sql
      .exec<{ bytes: number | null }>(
        "SELECT sum(bytes) AS bytes FROM deliveries WHERE sequence >= ? AND sequence < ?",
        this.#cursor,
        to,
      )
      .one();
    this.#canceledAhead -= this.#countCanceled(this.#cursor, to);
    this.#bytes = to > this.#lastSequence ? 0 : this.#bytes - (bytes ?? 0);
    this.#cursor = to;
  }

  #countCanceled(from: number, to: number): number {
    return this.#sql
      .exec<{ count: number }>(
        `SELECT count(*) AS count FROM deliveries INDEXED BY canceled_unattempted
         WHERE status = 3 AND attempt_count = 0 AND sequence >= ? AND sequence < ?`,
        from,
        to,
      )
      .one().count;
  }
}
