import type { Event } from "../../domain/event.ts";
import { RETENTION_MS } from "../../domain/event.ts";
import { logOfName } from "../../domain/log-shards.ts";
import type { HandOver, HandOverAnswer } from "../../domain/messages.ts";
import type { KeyPlace } from "../../domain/order.ts";
import { readMeta, writeMeta } from "../../storage/schema.ts";
import { expiredAttempt } from "../record/rows.ts";
import { type RunSums, Runs } from "../record/runs.ts";
import { firedAtOf } from "../tables/deliveries.ts";
import { insertDelivery, setReplayedBy } from "../tables/delivery-changes.ts";
import { deliveryBytes, type PendingRow } from "../tables/delivery-row.ts";
import { LogPositions } from "../tables/logs.ts";
import { type Newest, newestOf } from "../tables/newest.ts";
import { insertReplay } from "../tables/replays.ts";
import { Spans } from "../tables/spans.ts";
import { orderKeyOf } from "./order-key.ts";
import type { DeliveryQueue } from "./queue.ts";
import { WINDOW_BYTES, WINDOW_DELIVERIES } from "./window.ts";

/** What an endpoint may have pending; the log keeps the rest. */
const MAX_PENDING = 1_000_000;
const MAX_PENDING_BYTES = 1024 ** 3;

/**
 * How deliveries come into the queue: from logs, in order and each event once, and as replays. An endpoint's
 * position in a log is written with the deliveries themselves, so that enqueueing and confirming cannot differ.
 */
export class Intake {
  readonly #sql: SqlStorage;
  readonly #queue: DeliveryQueue;
  readonly #runs: Pick<Runs, "find">;
  readonly #spans: Spans;
  /**
   * What the newest delivery has, be it in memory alone, but `fired_at` is the highest that any has: a replay keeps its
   * original's.
   */
  #newest: Newest;
  readonly #logs: LogPositions;
  /** The first log of all, where it has no number yet: it gets one with the first delivery that is stored. */
  #firstLogId: string | null = null;
  /** The highest `fired_at` as stored beside the deliveries, for a life in which a replay is the newest. */
  #storedFiredAt: number;
  #isFull = false;
  readonly #onExpired: (deliveries: PendingRow[]) => void;
  readonly #orderBy: () => string | null;
  readonly #onSecondLog: () => void;

  /**
   * @param onExpired told of deliveries that ended as they came, in the transaction that took them
   * @param orderBy what the key of a delivery that comes now is read from; null = it has none
   * @param onSecondLog told before the first delivery of a second log is stored, in its transaction
   */
  constructor(
    sql: SqlStorage,
    queue: DeliveryQueue,
    onExpired: (deliveries: PendingRow[]) => void = () => {},
    orderBy: () => string | null = () => null,
    onSecondLog: () => void = () => {},
  ) {
    this.#sql = sql;
    this.#queue = queue;
    this.#orderBy = orderBy;
    this.#onSecondLog = onSecondLog;
    this.#logs = new LogPositions(sql);
    this.#runs = new Runs(sql);
    this.#spans = new Spans(sql);
    this.#onExpired = onExpired;
    this.#newest = newestOf(sql);
    this.#storedFiredAt = readMeta<number>(sql, "fired_at") ?? 0;
    this.#newest.fired_at = Math.max(this.#newest.fired_at, this.#storedFiredAt);
  }

  /** The position up to which it has all that a log handed over, be it in memory alone. */
  takenOf(logId: string): number {
    if (logId === this.#firstLogId) return this.#newest.log_position;
    const log = this.#logs.known(logId);
    if (log === null) return 0;
    return log === this.#newest.log ? this.#newest.log_position : this.#logs.at(log);
  }

  /** The position up to which all of it is stored, or has ended. */
  settledOf(logId: string): number {
    const { positionBefore } = this.#queue.held;
    // What is held is of one log.
    return positionBefore !== null && logId === this.currentLogId ? positionBefore : this.takenOf(logId);
  }

  /**
   * The log that the newest delivery came from: of this one alone may others be held in memory, or have been so in a life before
   * this one. Null = there is none yet: it may be log 0 then.
   */
  get currentLogId(): string | null {
    if (this.#newest.log === 0) return this.#firstLogId;
    return this.#logs.idOf(this.#newest.log);
  }

  /**
   * Takes what it does not have yet of a batch into memory alone, if all of it fits and there is nothing else to store for
   * it; false = it takes none of it so.
   */
  hold(
    { logId, events }: Pick<HandOver, "logId" | "events">,
    nowMs: number,
    hasRoomFor: (bytes: number) => boolean,
  ): boolean {
    const log = this.#logs.known(logId);
    // Without any delivery on record only log 0 is known to be that of those that a crash may take back.
    const mayBeFirst = this.#newest.log === 0 && logOfName(logId).number === 0;
    const isFirstLog = mayBeFirst && (this.#firstLogId ?? logId) === logId;
    if (log === null ? !isFirstLog : log !== this.#newest.log) return false;
    const taken = this.takenOf(logId);
    const fresh = events.filter(({ position }) => position > taken);
    const { held } = this.#queue;
    let bytes = 0;
    for (const event of fresh) {
      if (event.isExpired || event.acceptedAt < nowMs - RETENTION_MS) return false;
      bytes += deliveryBytes(event);
    }
    if (held.count + fresh.length > WINDOW_DELIVERIES || held.bytes + bytes > WINDOW_BYTES) return false;
    if (this.#mustStop() || !hasRoomFor(bytes)) return false;
    if (log === null) this.#firstLogId = logId;
    for (const event of fresh) this.#hold(event, nowMs);
    return true;
  }

  #hold(event: Event, nowMs: number): void {
    const bytes = deliveryBytes(event);
    const { log_position: positionBefore, total_bytes: totalBytes } = this.#newest;
    const sequence = this.#queue.lastSequence + 1;
    const firedAt = this.#nextFiredAt(event);
    this.#newest = {
      ...this.#newest,
      ...{ sequence, log_position: event.position, fired_at: firedAt, total_bytes: totalBytes + bytes },
    };
    this.#queue.noteHeld(
      {
        ...{ sequence, keyPlace: this.#placeOf(event), event, firedAt, createdAt: nowMs, bytes },
        ...{ totalBytes: totalBytes + bytes, ended: null, isClaimed: false },
      },
      positionBefore,
    );
  }

  /** The next place of the event's key; null = it has none. What has expired has no data any more. */
  #placeOf(event: Event): KeyPlace | null {
    const by = event.isExpired ? null : this.#orderBy();
    return by === null ? null : this.#queue.keys.give(orderKeyOf(by, event));
  }

  /** What the newest delivery says of its endpoint as a whole; part of the transaction that stores what is held. */
  sums(): Omit<RunSums, "epoch"> {
    if (this.#firstLogId !== null) {
      this.#newest.log = this.#logs.numberOf(this.#firstLogId);
      this.#firstLogId = null;
    }
    return { log: this.#newest.log, replaysTotal: this.#newest.replays_total };
  }

  /** Takes what it does not have yet of a batch, up to its cap; runs in the caller's transaction. */
  take(batch: HandOver, nowMs: number): HandOverAnswer {
    const log = this.#logs.numberOf(batch.logId);
    const expired: PendingRow[] = [];
    let position = log === this.#newest.log ? this.#newest.log_position : this.#logs.at(log);
    for (const event of batch.events) {
      if (event.position <= position) continue;
      const isExpired = event.isExpired || event.acceptedAt < nowMs - RETENTION_MS;
      // What has expired takes no room among the pending: however full it is, nothing lags for longer than that.
      if (!isExpired && this.#mustStop()) {
        this.#onExpired(expired);
        return { outcome: "full", taken: position };
      }
      this.#switchTo(log, event.position);
      position = event.position;
      this.#insert(event, {
        logPosition: position,
        firedAt: this.#nextFiredAt(event),
        replayOf: null,
        nowMs,
      });
      if (isExpired) expired.push(...this.#endNewest(nowMs));
    }
    this.#onExpired(expired);
    return { outcome: "taken" };
  }

  /** Ends the delivery that was just inserted: it waited in the log for as long as events are kept. */
  #endNewest(nowMs: number): PendingRow[] {
    const row = this.#queue.pending(this.#queue.lastSequence);
    if (row === null) return [];
    this.#queue.close(row, "dead", nowMs, expiredAttempt(row));
    return [row];
  }

  /** Adds a replay at the end of the order; returns its sequence. Runs in the caller's transaction. */
  addReplay(event: Event, replayOf: number | null, nowMs: number): number {
    const firedAt = replayOf === null ? undefined : this.#firedAtOf(replayOf);
    this.#insert(event, {
      logPosition: this.#newest.log_position,
      firedAt: firedAt ?? this.#nextFiredAt(event),
      replayOf: replayOf ?? 0,
      nowMs,
    });
    const sequence = this.#queue.lastSequence;
    insertReplay(this.#sql, event.position, sequence);
    if (replayOf !== null) setReplayedBy(this.#sql, replayOf, sequence);
    return sequence;
  }

  #firedAtOf(sequence: number): number | undefined {
    return firedAtOf(this.#sql, sequence) ?? this.#runs.find(sequence)?.firedAt;
  }

  /** Replays that were ever added. */
  get replayed(): number {
    return this.#newest.replays_total;
  }

  /** Whether it takes no more for now. */
  get isFull(): boolean {
    return this.#mustStop();
  }

  /** Full until half of it is drained, so that hand-over does not go on event by event. */
  #mustStop(): boolean {
    const share = Math.max(
      this.#queue.pendingCount / MAX_PENDING,
      this.#queue.pendingBytes / MAX_PENDING_BYTES,
    );
    this.#isFull = share >= (this.#isFull ? 0.5 : 1);
    return this.#isFull;
  }

  /** The accept time, made strictly increasing per endpoint. */
  #nextFiredAt(event: Event): number {
    return Math.max(event.acceptedAt, this.#newest.fired_at + 1);
  }

  /**
   * When a test fires: no delivery before or after it has the same time, by which some receivers deduplicate. Runs in the
   * caller's transaction.
   */
  testFiredAt(nowMs: number): number {
    const firedAt = Math.max(nowMs, this.#newest.fired_at + 1);
    this.#newest.fired_at = firedAt;
    this.#storeFiredAt();
    return firedAt;
  }

  #insert(
    event: Event,
    place: { logPosition: number; firedAt: number; replayOf: number | null; nowMs: number },
  ): void {
    const bytes = deliveryBytes(event);
    const sequence = this.#queue.lastSequence + 1;
    if (place.firedAt < this.#newest.fired_at) this.#storeFiredAt();
    this.#newest = {
      ...{ sequence, log: this.#newest.log, log_position: place.logPosition },
      fired_at: Math.max(this.#newest.fired_at, place.firedAt),
      total_bytes: this.#newest.total_bytes + bytes,
      replays_total: this.#newest.replays_total + (place.replayOf === null ? 0 : 1),
    };
    const { log, total_bytes: totalBytes, replays_total: replaysTotal } = this.#newest;
    const { logPosition, firedAt, replayOf, nowMs: createdAt } = place;
    const keyPlace = this.#placeOf(event);
    insertDelivery(this.#sql, {
      ...{ sequence, keyPlace, event, log, logPosition, firedAt },
      ...{ createdAt, replayOf, bytes, totalBytes, replaysTotal },
    });
    this.#queue.noteInserted(keyPlace, bytes, createdAt);
  }

  /** Before a replay of an older event: the highest `fired_at` is in no newest delivery any more. */
  #storeFiredAt(): void {
    if (this.#storedFiredAt === this.#newest.fired_at) return;
    this.#storedFiredAt = this.#newest.fired_at;
    writeMeta(this.#sql, "fired_at", this.#storedFiredAt);
  }

  /** Before another log's batch: the position in the log before is in no newest delivery any more. */
  #switchTo(log: number, position: number): void {
    if (log === this.#newest.log) return;
    if (this.#newest.log !== 0) {
      if (this.#spans.isEmpty) this.#onSecondLog();
      this.#spans.begin(this.#newest.log, this.#queue.lastSequence, log, position);
    }
    this.#logs.store(this.#newest.log, this.#newest.log_position);
    this.#newest = { ...this.#newest, log };
  }
}
