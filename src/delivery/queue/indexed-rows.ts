import { added, always, record, shapeOf } from "../../domain/stored.ts";
import { forgetMeta, readStored, writeStored } from "../../storage/schema.ts";
import { type ClaimedDelivery, toClaimed } from "../record/claim.ts";
import { storedLast } from "../record/stored-counts.ts";
import { claimRowAt } from "../tables/deliveries.ts";
import { setNextAttempt } from "../tables/delivery-changes.ts";
import type { PendingRow } from "../tables/delivery-row.ts";
import {
  countIndexed,
  highestIndexed,
  type IndexedHead,
  indexedByTime,
  lowestIndexed,
} from "../tables/pending-deliveries.ts";

/** A wake counts so many by looking at each; how many more there are is stored, which costs a row in each transaction. */
const COUNTED_ANEW = 1000;

/** How many there are, and what they take. */
interface Amount {
  count: number;
  bytes: number;
}

/**
 * How many there are, as it is stored, with what tells the next life that nobody changed them since: the epoch of the counts, see
 * totals.ts, and the highest sequence among them. Whatever changes how many there are moves one of these two, by older code, too, which
 * leaves the amount as it was.
 */
interface StoredAmount extends Amount {
  epoch: number;
  /** Null = it is not known: the amount is not believed. */
  highest: number | null;
}

export const amountShape = shapeOf(
  record<StoredAmount>({ count: always(), bytes: always(), epoch: added(0), highest: added(null) }),
);

/**
 * The pending deliveries that the fresh ones' cursor does not lead to: those that wait for a time, and those that have a key, whose
 * turn the order of their key decides. They lie in two small indexes, by time and by sequence, which are never scanned.
 */
export class IndexedRows {
  readonly #sql: SqlStorage;
  #count: number;
  #bytes: number;
  /** Whether this life counted them; else it believes what is stored. */
  #isCounted: boolean;
  /** What is stored of how many there are; null = a wake counts them. */
  #stored: StoredAmount | null;
  /** The one that is due first, of those that are not in flight; undefined = not known. */
  #first: IndexedHead | null | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#stored = readStored(sql, "indexed", amountShape);
    const believed = this.#stored !== null && this.#isUpToDate(this.#stored) ? this.#stored : null;
    this.#isCounted = believed === null;
    const { count, bytes } = believed ?? this.#counted();
    this.#count = count;
    this.#bytes = bytes;
  }

  #isUpToDate({ epoch, highest }: StoredAmount): boolean {
    return (
      highest !== null &&
      highest === highestIndexed(this.#sql) &&
      epoch === (storedLast(this.#sql)?.epoch ?? 0)
    );
  }

  #counted(): Amount {
    const { count, bytes } = countIndexed(this.#sql);
    return { count, bytes: bytes ?? 0 };
  }

  /**
   * Stores how many there are, where they are too many for a wake to count; the end of each transaction.
   * @param epoch that of the counts, as the transaction stores them
   */
  storeAmount(epoch: number): void {
    let highest = this.#highestOfMany();
    // Few, or none at all: what was believed is counted, now that it takes little.
    if (highest === null && !this.#isCounted) {
      ({ count: this.#count, bytes: this.#bytes } = this.#counted());
      this.#isCounted = true;
      this.noteChanged();
      highest = this.#highestOfMany();
    }
    if (highest === null) {
      if (this.#stored !== null) forgetMeta(this.#sql, "indexed");
      this.#stored = null;
      return;
    }
    const amount: StoredAmount = { count: this.#count, bytes: this.#bytes, epoch, highest };
    if (this.#stored !== null && isSame(this.#stored, amount)) return;
    writeStored(this.#sql, "indexed", amountShape, amount);
    this.#stored = amount;
  }

  /** The highest sequence, where there are too many for a wake to count. */
  #highestOfMany(): number | null {
    // Where it goes up and down about there, it is not stored and deleted again and again.
    return this.#count > (this.#stored === null ? COUNTED_ANEW : COUNTED_ANEW / 2)
      ? highestIndexed(this.#sql)
      : null;
  }

  /** How many there are, those in flight included. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is certainly none: what is only believed is asked of the index. */
  get #isEmpty(): boolean {
    return this.#count === 0 && this.#isCounted;
  }

  /** What they take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One more (1) or less (-1), which the caller stores. */
  add(sign: 1 | -1, bytes: number): void {
    this.#count += sign;
    this.#bytes += sign * bytes;
    this.noteChanged();
  }

  /** Due times changed, or what is in flight. */
  noteChanged(): void {
    this.#first = undefined;
  }

  /** The one with the smallest (next_attempt_at, sequence) that is not in flight; null = there is none. */
  first(inFlight: ReadonlyMap<number, unknown>): IndexedHead | null {
    if (this.#isEmpty) return null;
    if (this.#first !== undefined) return this.#first;
    this.#first = null;
    for (const row of indexedByTime(this.#sql, inFlight.size + 1)) {
      if (inFlight.has(row.sequence)) continue;
      this.#first = row;
      break;
    }
    return this.#first;
  }

  /** The one with the lowest sequence, in flight or not; null = there is none. */
  lowest(): PendingRow | null {
    return this.#isEmpty ? null : lowestIndexed(this.#sql);
  }

  /** What is attempted again: from now on it is in flight. */
  claim(sequence: number): ClaimedDelivery {
    this.noteChanged();
    const row = claimRowAt(this.#sql, sequence);
    if (!row) throw new Error("a delivery that lies in the indexes has no row");
    return toClaimed(row);
  }

  /** Sets when one is attempted again, Unix milliseconds; part of the caller's transaction. */
  setDue(sequence: number, nextAttemptAt: number): void {
    setNextAttempt(this.#sql, sequence, nextAttemptAt);
    this.noteChanged();
  }
}

function isSame(one: StoredAmount, other: StoredAmount): boolean {
  const { count, bytes, epoch, highest } = other;
  return one.count === count && one.bytes === bytes && one.epoch === epoch && one.highest === highest;
}
