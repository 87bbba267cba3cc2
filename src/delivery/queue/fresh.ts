import { readMeta, writeMeta } from "../../storage/schema.ts";
import { type ClaimedDelivery, toClaimed } from "../record/claim.ts";
import { MAX_CUT_OFF, storedLast } from "../record/stored-counts.ts";
import { claimRowAt, totalBytesUpTo } from "../tables/deliveries.ts";
import { newestOf } from "../tables/newest.ts";
import {
  type Amount,
  countEndedUnattempted,
  countFreshFrom,
  type FreshHead,
  firstFreshFrom,
} from "../tables/pending-deliveries.ts";

/** A restart that passes this many rows stores the cursor, so that the next one does not pass them again. */
const ROWS_PER_CURSOR_WRITE = 1000;

/** The cursor is stored once in this many records, or deliveries with a key: a restart looks at no more rows than that again. */
const RECORDS_PER_CURSOR_WRITE = 1000;

/**
 * The deliveries that were never attempted and have no key: they lie in sequence behind a cursor, in no index, and are
 * counted without being looked at. The cursor is stored now and then, and with the counts; after a restart what it is
 * behind by is passed again.
 */
export class FreshDeliveries {
  readonly #sql: SqlStorage;
  /** No fresh delivery has a lower sequence. */
  #cursor: number;
  #lastSequence: number;
  #count: number;
  #bytes: number;
  /** Cached; undefined = not known. */
  #first: FreshHead | null | undefined;
  /** Deliveries that were taken and then not attempted, in order: they lie before the cursor. */
  #returned: FreshHead[] = [];
  #recordsSinceCursor = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const stored = Math.max(readMeta<number>(sql, "fresh_from") ?? 1, storedLast(sql)?.from ?? 1);
    this.#cursor = stored;
    const newest = newestOf(sql);
    this.#lastSequence = newest.sequence;
    const { count, bytes } = this.#countFrom(stored, newest.total_bytes);
    this.#count = count;
    this.#bytes = bytes ?? 0;
    this.peek();
    if (this.#cursor - stored >= ROWS_PER_CURSOR_WRITE) this.storeCursor(undefined);
  }

  /** The highest sequence that is stored, of whatever delivery. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** What they take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Deliveries that lie elsewhere were stored, up to a sequence. */
  notePassed(upTo: number): void {
    this.#lastSequence = upTo;
    if (this.#first === null) this.#cursor = upTo + 1;
  }

  /** Counts a delivery that was inserted with the next sequence. */
  noteInserted(bytes: number): void {
    this.#lastSequence++;
    this.#count++;
    this.#bytes += bytes;
    if (this.#first === null) this.#first = undefined;
  }

  /**
   * Deliveries that were in memory alone are stored now, up to a sequence. Of those some wait for their first attempt, from
   * `waitsFrom` on; what lies before them is in flight or has ended.
   */
  noteSettled(upTo: number, waiting: { count: number; bytes: number; from: number }): void {
    this.#lastSequence = upTo;
    // Those that waited before lie in front, and are taken first.
    if (this.#count === 0) this.#cursor = Math.max(this.#cursor, waiting.from);
    this.#count += waiting.count;
    this.#bytes += waiting.bytes;
    this.#first = this.#count === 0 ? null : undefined;
  }

  /** The first of them; null = there is none. */
  peek(): FreshHead | null {
    if (this.#returned[0] !== undefined) return this.#returned[0];
    if (this.#first !== undefined) return this.#first;
    this.#first = firstFreshFrom(this.#sql, this.#cursor);
    this.#cursor = this.#first?.sequence ?? this.#lastSequence + 1;
    return this.#first;
  }

  /** No fresh one has a lower sequence. */
  from(): number {
    const [returned] = this.#returned;
    if (returned !== undefined) return returned.sequence;
    this.peek();
    return this.#cursor;
  }

  /** Takes the first: it is attempted now. */
  claim(): ClaimedDelivery {
    const head = this.peek();
    if (!head) throw new Error("no fresh delivery to claim");
    const row = claimRowAt(this.#sql, head.sequence);
    if (!row) throw new Error("a fresh delivery has no row");
    if (this.#returned[0] === head) this.#returned.shift();
    else this.#cursor = row.sequence + 1;
    this.#noteLeft(row.bytes);
    return toClaimed(row);
  }

  /** One that was taken was not attempted after all. */
  putBack({ sequence, createdAt, bytes }: Pick<ClaimedDelivery, "sequence" | "createdAt" | "bytes">): void {
    this.#returned.push({ sequence, created_at: createdAt, bytes });
    this.#returned.sort((a, b) => a.sequence - b.sequence);
    this.#count++;
    this.#bytes += bytes;
  }

  /** One of them was ended where it lay. */
  noteClosed({ sequence, bytes }: Pick<FreshHead, "sequence" | "bytes">): void {
    this.#returned = this.#returned.filter((returned) => returned.sequence !== sequence);
    this.#noteLeft(bytes);
  }

  #noteLeft(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
    this.#first = undefined;
  }

  /** Stores the cursor, or the lowest sequence that is in flight: part of the caller's transaction. */
  storeCursor(lowestInFlight: number | undefined): void {
    this.#recordsSinceCursor = 0;
    writeMeta(this.#sql, "fresh_from", Math.min(lowestInFlight ?? Number.POSITIVE_INFINITY, this.from()));
  }

  /** Stores it once in so many records of attempts, and deliveries that were stored elsewhere; as above. */
  countToCursor(records: number, lowestInFlight: () => number | undefined): void {
    this.#recordsSinceCursor += records;
    if (this.#recordsSinceCursor >= RECORDS_PER_CURSOR_WRITE) this.storeCursor(lowestInFlight());
  }

  /**
   * Counts those from a sequence on. Where others lie between them they are counted one by one; behind the last one that
   * can ever have been claimed all are fresh but the canceled and the expired ones, which have indexes.
   */
  #countFrom(sequence: number, totalBytes: number): Amount {
    const near = countFreshFrom(this.#sql, sequence, MAX_CUT_OFF + 1);
    if (near.upTo === null || near.count <= MAX_CUT_OFF) return near;
    const bytesBefore = totalBytesUpTo(this.#sql, near.upTo);
    const ended = [
      countEndedUnattempted(this.#sql, "canceled", near.upTo),
      countEndedUnattempted(this.#sql, "dead", near.upTo),
    ];
    return {
      count: ended.reduce((left, { count }) => left - count, near.count + this.#lastSequence - near.upTo),
      bytes: ended.reduce(
        (left, { bytes }) => left - (bytes ?? 0),
        (near.bytes ?? 0) + totalBytes - bytesBefore,
      ),
    };
  }
}
