import type { Delivery, UndeliveredStatus } from "../../domain/delivery.ts";
import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import type { KeyPlace, Order } from "../../domain/order.ts";
import type { EndedAttempt, Held } from "../record/claim.ts";
import { type RunSums, Runs } from "../record/runs.ts";
import { endDelivery } from "../tables/delivery-changes.ts";
import type { PendingRow } from "../tables/delivery-row.ts";
import { KeyTable } from "../tables/order-keys.ts";
import { type PlacedRow, pendingAt } from "../tables/pending-deliveries.ts";
import { isIndexed } from "../tables/waiting-time.ts";
import { Claims } from "./claims.ts";
import { FreshDeliveries } from "./fresh.ts";
import { Head, type NextDelivery } from "./head.ts";
import { InFlight } from "./in-flight.ts";
import { IndexedRows } from "./indexed-rows.ts";
import { Keys } from "./keys.ts";
import { recordEnded, storeHeld } from "./results.ts";
import { StoredKeys } from "./stored-keys.ts";
import { Window } from "./window.ts";

/**
 * The pending deliveries of one endpoint. Those never attempted ("fresh") lie in sequence behind a cursor, those
 * to be attempted again, and all that have a key, in two small indexes ("indexed"); neither is ever scanned. What
 * was just taken is in memory alone (`held`), behind all that is stored, until it is settled.
 */
export class DeliveryQueue {
  readonly #sql: SqlStorage;
  readonly #isOut: (sequence: number) => boolean;
  readonly #runs: Runs;
  readonly #fresh: FreshDeliveries;
  /** What was taken and is not stored. */
  readonly held = new Window();
  readonly #inFlight = new InFlight();
  readonly #indexed: IndexedRows;
  readonly #head: Head;
  /** How they are taken to be attempted. */
  readonly claims: Claims;
  readonly #keyTable: KeyTable;
  /** The order by key. */
  readonly keys: Keys;
  readonly storedKeys: StoredKeys;

  /** @param isOut whether a delivery is out with somebody who fetched it */
  constructor(sql: SqlStorage, isOut: (sequence: number) => boolean = () => false) {
    this.#sql = sql;
    this.#isOut = isOut;
    this.#runs = new Runs(sql);
    this.#fresh = new FreshDeliveries(sql);
    this.#indexed = new IndexedRows(sql);
    this.#keyTable = new KeyTable(sql);
    this.keys = new Keys(this.#keyTable);
    this.storedKeys = new StoredKeys(sql, this.#keyTable);
    const places = {
      ...{ fresh: this.#fresh, indexed: this.#indexed, held: this.held, inFlight: this.#inFlight },
      keys: this.keys,
    };
    this.#head = new Head({ ...places, rowAt: (sequence) => pendingAt(sql, sequence) });
    this.claims = new Claims({ ...places, sql, head: this.#head });
  }

  /** The highest sequence that was given, to whatever delivery. */
  get lastSequence(): number {
    return this.held.lastSequence ?? this.#fresh.lastSequence;
  }

  /** The highest that is stored. */
  get lastStored(): number {
    return this.#fresh.lastSequence;
  }

  get inFlight(): number {
    return this.#inFlight.count;
  }

  /** What the deliveries in flight hold in memory, bytes. */
  get bytesInFlight(): number {
    return this.#inFlight.bytes;
  }

  /** The sequences of the deliveries in flight, and of those whose attempt ended and is not on record. */
  get sequencesInFlight(): number[] {
    return [...this.#inFlight.all.keys()];
  }

  /** How many deliveries are pending, those in flight included. */
  get pendingCount(): number {
    return this.#inFlight.fresh.count + this.#fresh.count + this.#indexed.count + this.held.waiting.count;
  }

  /** How many of the pending deliveries are stored. */
  get storedPendingCount(): number {
    return this.pendingCount - this.held.count;
  }

  /** What the pending deliveries take, bytes. */
  get pendingBytes(): number {
    return this.#inFlight.fresh.bytes + this.#fresh.bytes + this.#indexed.bytes + this.held.waiting.bytes;
  }

  /** Whether nothing that is stored comes before what is taken next, but what is in flight, or waits for a retry. */
  get hasNoBacklog(): boolean {
    return this.#fresh.count === 0;
  }

  /** Whether nothing that is stored could start by key now. */
  hasNothingToStartByKey(nowMs: number): boolean {
    return this.keys.nextFresh() === null && (this.keys.nextDue()?.dueAt ?? Number.POSITIVE_INFINITY) > nowMs;
  }

  /** Whether all that is pending is in memory alone. */
  get hasNothingStored(): boolean {
    return this.storedPendingCount === 0;
  }

  /** A delivery was inserted with the next sequence; part of the caller's transaction. */
  noteInserted(keyPlace: KeyPlace | null, bytes: number, nowMs: number): void {
    if (keyPlace === null) {
      this.#fresh.noteInserted(bytes);
      return;
    }
    this.#fresh.notePassed(this.#fresh.lastSequence + 1);
    this.#indexed.add(1, bytes);
    this.keys.noteStored(keyPlace, nowMs);
    this.#countToCursor(1);
  }

  /** A delivery was taken into memory alone. */
  noteHeld(held: Held, positionBefore: number): void {
    this.held.add(held, positionBefore);
    this.keys.noteHeld(held);
  }

  isInFlight(sequence: number): boolean {
    return this.#inFlight.all.has(sequence);
  }

  /** When the next delivery becomes due, Unix milliseconds; null = none is pending but those in flight. */
  nextDueAt(order: Order, nowMs: number): number | null {
    return this.#head.at(order, nowMs)?.dueAt ?? null;
  }

  /** The delivery that is next of those that are not in flight, due or not; null = there is none, or the order has it wait. */
  next(order: Order, nowMs: number): NextDelivery | null {
    return this.#head.at(order, nowMs);
  }

  /**
   * Stores what is held up to a sequence, as part of the caller's transaction: what its first attempt delivered as a run, the
   * rest as rows.
   */
  settle(upTo: number, nowMs: number, sums: RunSums): void {
    const held = this.held.settle(upTo);
    const last = held.at(-1);
    if (last === undefined) return;
    storeHeld(this.#sql, this.#runs, held, nowMs, sums);
    const waiting = held.filter(({ isClaimed, keyPlace }) => !isClaimed && keyPlace === null);
    this.#fresh.noteSettled(last.sequence, {
      count: waiting.length,
      bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
      from: waiting[0]?.sequence ?? last.sequence + 1,
    });
    for (const one of held) if (one.keyPlace !== null && one.ended === null) this.#noteRow(one);
    this.keys.noteSettled(held, nowMs);
  }

  /** A delivery with a key was stored that waits, or is in flight. */
  #noteRow({ sequence, bytes }: Pick<Held, "sequence" | "bytes">): void {
    const claimed = this.#inFlight.all.get(sequence);
    if (claimed) this.#inFlight.noteRow(claimed);
    this.#indexed.add(1, bytes);
    this.#countToCursor(1);
  }

  #countToCursor(count: number): void {
    this.#fresh.countToCursor(count, () => this.#inFlight.lowestFresh);
  }

  /**
   * Records attempts that ended, of deliveries that have rows; part of the caller's transaction, in which `claims` releases them
   * then.
   * @param epoch what those are marked with that are counted by their own row, see totals.ts
   */
  record(ended: readonly EndedAttempt[], nowMs: number, epoch: number): void {
    recordEnded(this.#sql, ended, nowMs, epoch);
    this.#countToCursor(ended.length);
  }

  /** A pending delivery where it lies, in flight or not; null if this sequence is not pending. */
  pending(sequence: number): PendingRow | null {
    return pendingAt(this.#sql, sequence);
  }

  /** The lowest sequence that is pending; null = none is. */
  lowestPending(): PendingRow | null {
    const candidates = [
      this.#indexed.lowest()?.sequence,
      this.#fresh.peek()?.sequence,
      this.#inFlight.lowestFresh,
    ];
    // What is held is pending nowhere else, and never for long.
    const sequences = candidates.filter((sequence) => sequence !== undefined && sequence < this.held.from);
    return sequences.length === 0 ? null : this.pending(Math.min(...(sequences as number[])));
  }

  /** Ends a pending delivery without an attempt; part of the caller's transaction. */
  close(
    row: PendingRow,
    status: UndeliveredStatus,
    nowMs: number,
    lastAttempt?: Delivery["lastAttempt"],
  ): void {
    const shown = lastAttempt ? lastAttemptShape.write(lastAttempt) : null;
    endDelivery(this.#sql, row.sequence, status, nowMs, shown, this.#isOut(row.sequence));
    const claimed = this.#inFlight.all.get(row.sequence);
    if (claimed) {
      this.#inFlight.cancel(claimed);
      if (claimed.isIndexed) this.#indexed.add(-1, claimed.bytes);
    } else if (isIndexed(row)) {
      this.#indexed.add(-1, row.bytes);
    } else {
      this.#fresh.noteClosed(row);
    }
    this.#noteKeyChanged(row.sequence);
  }

  /** Gives a pending delivery, in flight or not, the next place of a key; part of the caller's transaction. */
  place(row: PlacedRow, key: string, nowMs: number): void {
    const { sequence, bytes } = row;
    const before = this.storedKeys.placeOf(sequence);
    const place = this.keys.give(key);
    this.#keyTable.place(sequence, place);
    const claimed = this.#inFlight.all.get(sequence);
    if (!isIndexed(row)) {
      if (!claimed) this.#fresh.noteClosed({ sequence, bytes });
      this.#noteRow({ sequence, bytes });
    }
    if (claimed) this.keys.noteMoved(claimed, place);
    if (before !== null) this.keys.noteChanged(before.key);
    this.keys.noteStored(place, nowMs);
  }

  #noteKeyChanged(sequence: number): void {
    const place = this.storedKeys.placeOf(sequence);
    if (place !== null) this.keys.noteChanged(place.key);
  }

  /** Sets when a delivery that was attempted before is attempted again; part of the caller's transaction. */
  setDue(sequence: number, nextAttemptAt: number): void {
    this.#indexed.setDue(sequence, nextAttemptAt);
    this.#noteKeyChanged(sequence);
  }

  /**
   * The end of a transaction: what the next life would have to count is stored with it.
   * @param epoch that of the counts, as the transaction stores them
   */
  storeAmounts(epoch: number): void {
    this.#indexed.storeAmount(epoch);
  }

  /** Stores where the fresh ones begin, for the next life; part of the caller's transaction. */
  storeCursor(): void {
    this.#fresh.storeCursor(this.#inFlight.lowestFresh);
  }

  /** No fresh delivery that is pending, in flight or not, has a lower sequence, nor has any that is yet to be stored. */
  freshFrom(): number {
    return Math.min(this.#inFlight.lowestFresh ?? Number.POSITIVE_INFINITY, this.#fresh.from());
  }
}
