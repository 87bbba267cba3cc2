import type { Delivery } from "../../domain/delivery.ts";
import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import { AttemptRecords } from "../record/attempt-records.ts";
import { type ClaimedDelivery, type EndedAttempt, toClaimed } from "../record/claim.ts";
import { Recorded } from "../record/recorded.ts";
import { PENDING, PENDING_COLUMNS, type PendingRow, statusCode, summaryOf } from "../record/rows.ts";
import { type RunSums, Runs } from "../record/runs.ts";
import { isMarked } from "../record/totals.ts";
import { FreshDeliveries } from "./fresh.ts";
import { HeldStore } from "./held-store.ts";
import { Retries } from "./retries.ts";
import { Window } from "./window.ts";

/** The cursor is stored once in this many records: a restart looks at no more rows than that again. */
const RECORDS_PER_CURSOR_WRITE = 1000;

/** The delivery that is next. */
interface Head {
  sequence: number;
  bytes: number;
  dueAt: number;
  isRetry: boolean;
}

/**
 * The pending deliveries of one endpoint. Those never attempted ("fresh") lie in sequence behind a cursor, those
 * to be attempted again in two small indexes; neither is ever scanned. What was just taken is in memory alone (`held`), behind
 * all that is stored, until it is settled.
 */
export class DeliveryQueue {
  readonly #sql: SqlStorage;
  readonly #fresh: FreshDeliveries;
  readonly #records: AttemptRecords;
  readonly #recorded: Recorded;
  readonly #heldStore: HeldStore;
  /** What was taken and is not stored. */
  readonly held = new Window();
  readonly #inFlight = new Map<number, ClaimedDelivery>();
  #bytesInFlight = 0;
  readonly #freshInFlight = { count: 0, bytes: 0 };
  readonly #retries: Retries;
  #recordsSinceCursor = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#records = new AttemptRecords(sql);
    this.#recorded = new Recorded(sql, new Runs(sql));
    this.#heldStore = new HeldStore(sql, this.#records, this.#recorded.runs);
    this.#fresh = new FreshDeliveries(sql);
    this.#retries = new Retries(sql);
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
    return this.#inFlight.size;
  }

  /** Whether its two newest deliveries were made since a time, one after the other. */
  hasTwoSince(time: number): boolean {
    let newestAt: number | null = null;
    for (const { created_at: createdAt } of this.#recorded.before(Number.MAX_SAFE_INTEGER, 2)) {
      if (newestAt !== null) return createdAt >= time && createdAt < newestAt;
      newestAt = createdAt;
    }
    return false;
  }

  /** What the deliveries in flight hold in memory, bytes. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** How many deliveries are pending, those in flight included. */
  get pendingCount(): number {
    return this.#freshInFlight.count + this.#fresh.count + this.#retries.count + this.held.waiting.count;
  }

  /** Those of them that are stored. */
  get storedPendingCount(): number {
    return this.pendingCount - this.held.count;
  }

  /** What the pending deliveries take, bytes. */
  get pendingBytes(): number {
    return this.#freshInFlight.bytes + this.#fresh.bytes + this.#retries.bytes + this.held.waiting.bytes;
  }

  /** Whether nothing that is stored comes before what is taken next, but what is in flight, or waits for a retry. */
  get hasNoBacklog(): boolean {
    return this.#fresh.count === 0;
  }

  /** Whether all that is pending is in memory alone. */
  get hasNothingStored(): boolean {
    return this.storedPendingCount === 0;
  }

  /** Counts a delivery that was inserted with the next sequence. */
  inserted(bytes: number): void {
    this.#fresh.inserted(bytes);
  }

  isInFlight(sequence: number): boolean {
    return this.#inFlight.has(sequence);
  }

  /** What the next delivery takes, bytes; null = none is due. */
  nextBytes(now: number, serialize: boolean): number | null {
    const head = this.#head(serialize, now);
    return head && head.dueAt <= now ? head.bytes : null;
  }

  /** When the next delivery becomes due, Unix milliseconds; null = none is pending but those in flight. */
  nextDueAt(serialize: boolean, now: number): number | null {
    return this.#head(serialize, now)?.dueAt ?? null;
  }

  /** The delivery that is next of those that are not in flight; null = there is none, or the order has it wait. */
  next(serialize: boolean, now: number): { sequence: number; dueAt: number } | null {
    return this.#head(serialize, now);
  }

  /**
   * Takes the delivery that is next, if it is due: with `serialize` the lowest pending sequence, otherwise the
   * due one with the smallest (next_attempt_at, sequence). It is in flight until it is recorded.
   */
  claim(now: number, serialize: boolean): ClaimedDelivery | null {
    const head = this.#head(serialize, now);
    if (!head || head.dueAt > now) return null;
    const claimed = head.isRetry ? this.#retries.claim(head.sequence) : this.#claimFresh(head.sequence);
    this.#inFlight.set(claimed.sequence, claimed);
    this.#bytesInFlight += claimed.bytes;
    return claimed;
  }

  /** One that was claimed was not attempted: it is where it was. */
  unclaim(claimed: ClaimedDelivery): void {
    this.#inFlight.delete(claimed.sequence);
    this.#bytesInFlight -= claimed.bytes;
    this.#retries.changed();
    if (claimed.isCanceled || claimed.isRetry) return;
    this.#release(claimed);
    this.#fresh.putBack(claimed);
  }

  /** One that was claimed is out until a time, Unix milliseconds, and due then; part of the caller's transaction. */
  lease(claimed: ClaimedDelivery, until: number): void {
    this.#retries.setDue(claimed.sequence, until);
    this.#inFlight.delete(claimed.sequence);
    this.#bytesInFlight -= claimed.bytes;
    if (claimed.isRetry) return;
    this.#release(claimed);
    this.#retries.add(1, claimed.bytes);
  }

  /**
   * Takes back one that was out, to be recorded; null if that attempt of it is none any more: it was canceled meanwhile.
   * @param startedAt when it was handed out, Unix milliseconds
   */
  reclaim(sequence: number, attempt: number, startedAt: number): ClaimedDelivery | null {
    const pending = this.pending(sequence);
    if (pending === null || this.#inFlight.has(sequence) || pending.next_attempt_at === null) return null;
    const claimed = { ...this.#retries.claim(sequence), dueAt: startedAt };
    if (claimed.attemptCount + 1 !== attempt) return null;
    this.#inFlight.set(sequence, claimed);
    this.#bytesInFlight += claimed.bytes;
    return claimed;
  }

  #head(serialize: boolean, now: number): Head | null {
    if (serialize && this.#inFlight.size > 0) return null;
    const fresh = this.#freshHead(now);
    const retryRow = serialize ? this.#retries.lowest() : this.#retries.first(this.#inFlight);
    const retry = retryRow && {
      sequence: retryRow.sequence,
      bytes: retryRow.bytes,
      dueAt: retryRow.next_attempt_at ?? 0,
      isRetry: true,
    };
    if (!fresh || !retry) return fresh ?? retry;
    if (serialize) return fresh.sequence < retry.sequence ? fresh : retry;
    return retry.dueAt <= fresh.dueAt ? retry : fresh;
  }

  /** What is stored has the lower sequence. */
  #freshHead(now: number): Head | null {
    const row = this.#fresh.peek();
    const held = row === null ? this.held.next() : null;
    const [first, createdAt] = [row ?? held, row?.created_at ?? held?.createdAt ?? now];
    // A clock that was set back since must not hold up what was never attempted.
    const dueAt = Math.min(createdAt, now);
    return first && { sequence: first.sequence, bytes: first.bytes, dueAt, isRetry: false };
  }

  #claimFresh(sequence: number): ClaimedDelivery {
    const claimed = sequence >= this.held.from ? this.held.claim() : toClaimed(this.#fresh.take());
    this.#freshInFlight.count++;
    this.#freshInFlight.bytes += claimed.bytes;
    return claimed;
  }

  /** An attempt ended, and waits for its record: what was sent is in flight no more. */
  landed(ended: EndedAttempt): void {
    this.#bytesInFlight -= ended.claimed.bytes;
    this.held.ended(ended);
  }

  /**
   * Stores what is held up to a sequence, as part of the caller's transaction: what its first attempt delivered as a run, the
   * rest as rows.
   */
  settle(upTo: number, now: number, sums: RunSums): void {
    const waitsFrom = this.held.next()?.sequence ?? Number.POSITIVE_INFINITY;
    const held = this.held.settle(upTo);
    const last = held.at(-1);
    if (last === undefined) return;
    this.#heldStore.store(held, now, sums);
    const waiting = held.filter(({ sequence }) => sequence >= waitsFrom);
    this.#fresh.settled(last.sequence, {
      count: waiting.length,
      bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
      from: Math.min(waitsFrom, last.sequence + 1),
    });
  }

  /**
   * Records attempts that ended, of deliveries that have rows; part of the caller's transaction, in which `recorded` releases
   * them then.
   * @param epoch what those are marked with that are counted by their own row, see totals.ts
   */
  record(ended: readonly EndedAttempt[], now: number, epoch: number): void {
    for (const one of ended) {
      const { claimed, attempt, decision } = one;
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
        continue;
      }
      const isPending = decision.status === "pending";
      this.#sql.exec(
        `UPDATE deliveries SET attempt_count = ?, last_attempt = ?, attempts = ?, status = ?, completed_at = ?,
           schedule_start = ?, next_attempt_at = ?, meta = iif(?, meta, NULL), data = iif(?, data, NULL),
           counted_in = ?
         WHERE sequence = ?`,
        ...records,
        statusCode(decision.status),
        isPending ? null : now,
        isPending ? decision.scheduleStart : claimed.scheduleStart,
        isPending ? decision.nextAttemptAt : null,
        isPending ? 1 : 0,
        isPending ? 1 : 0,
        isMarked(one) ? epoch : null,
        claimed.sequence,
      );
    }
    this.#recordsSinceCursor += ended.length;
    if (this.#recordsSinceCursor >= RECORDS_PER_CURSOR_WRITE) this.storeCursor();
  }

  /** What was recorded is no longer in flight: before the same transaction looks when the next delivery is due. */
  recorded(ended: readonly EndedAttempt[]): void {
    for (const { claimed, decision } of ended) {
      this.#inFlight.delete(claimed.sequence);
      if (claimed.isCanceled) continue;
      this.#release(claimed);
      if (decision.status === "pending") this.#retries.add(1, claimed.bytes);
    }
    this.#retries.changed();
  }

  /** A pending delivery where it lies, in flight or not; null if this sequence is not pending. */
  pending(sequence: number): PendingRow | null {
    const row = this.#sql
      .exec<PendingRow>(
        `SELECT ${PENDING_COLUMNS} FROM deliveries WHERE sequence = ? AND status = ${PENDING}`,
        sequence,
      )
      .toArray()[0];
    return row ?? null;
  }

  /** Pending deliveries from a sequence on, among the next `examined` rows; `next` = where to go on, null = at the end. */
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

  /** The lowest sequence that is pending; null = none is. */
  lowestPending(): PendingRow | null {
    const candidates = [
      this.#retries.lowest()?.sequence,
      this.#fresh.peek()?.sequence,
      this.#lowestFreshInFlight(),
    ];
    // What is held is pending nowhere else, and never for long.
    const sequences = candidates.filter((sequence) => sequence !== undefined && sequence < this.held.from);
    return sequences.length === 0 ? null : this.pending(Math.min(...(sequences as number[])));
  }

  /** Ends a pending delivery without an attempt; part of the caller's transaction. */
  close(
    row: PendingRow,
    status: "dead" | "canceled",
    now: number,
    lastAttempt?: Delivery["lastAttempt"],
  ): void {
    this.#sql.exec(
      `UPDATE deliveries SET status = ?, completed_at = ?, next_attempt_at = NULL, meta = NULL, data = NULL,
         last_attempt = coalesce(?, last_attempt) WHERE sequence = ?`,
      statusCode(status),
      now,
      lastAttempt ? lastAttemptShape.write(lastAttempt) : null,
      row.sequence,
    );
    const claimed = this.#inFlight.get(row.sequence);
    if (claimed) {
      claimed.isCanceled = true;
      this.#release(claimed);
    } else if (row.next_attempt_at !== null) {
      this.#retries.add(-1, row.bytes);
    } else {
      this.#fresh.closed(row);
    }
  }

  /** Sets when a delivery that was attempted before is attempted again; part of the caller's transaction. */
  setDue(sequence: number, nextAttemptAt: number): void {
    this.#retries.setDue(sequence, nextAttemptAt);
  }

  #release(claimed: ClaimedDelivery): void {
    if (claimed.isRetry) {
      this.#retries.add(-1, claimed.bytes);
    } else {
      this.#freshInFlight.count--;
      this.#freshInFlight.bytes -= claimed.bytes;
    }
  }

  /** Stores where the fresh ones begin, for the next life; part of the caller's transaction. */
  storeCursor(): void {
    this.#recordsSinceCursor = 0;
    this.#fresh.storeCursor(this.#lowestFreshInFlight());
  }

  /** No fresh delivery that is pending, in flight or not, has a lower sequence, nor has any that is yet to be stored. */
  freshFrom(): number {
    return Math.min(this.#lowestFreshInFlight() ?? Number.POSITIVE_INFINITY, this.#fresh.from());
  }

  #lowestFreshInFlight(): number | undefined {
    let lowest: number | undefined;
    for (const { isRetry, isCanceled, sequence } of this.#inFlight.values()) {
      if (!isRetry && !isCanceled && (lowest === undefined || sequence < lowest)) lowest = sequence;
    }
    return lowest;
  }
}
