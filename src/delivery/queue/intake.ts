import type { Event } from "../../domain/event.ts";
import { RETENTION_MS } from "../../domain/event.ts";
import type { HandOver, HandOverAnswer } from "../../domain/messages.ts";
import { readMeta, writeMeta } from "../../storage/schema.ts";
import { metaOf } from "../record/claim.ts";
import { expiredAttempt, PENDING, type PendingRow } from "../record/rows.ts";
import type { DeliveryQueue } from "./queue.ts";

/** What an endpoint may have pending; the log keeps the rest. */
const MAX_PENDING = 1_000_000;
const MAX_PENDING_BYTES = 1024 ** 3;

/** What a delivery takes beside its event's data. */
const ROW_BYTES = 500;

interface Newest extends Record<string, SqlStorageValue> {
  log: number;
  log_position: number;
  fired_at: number;
  total_bytes: number;
  replays_total: number;
}

/**
 * How deliveries come into the queue: from logs, in order and each event once, and as replays. An endpoint's
 * position in a log is written with the deliveries themselves, so that enqueueing and confirming cannot differ.
 */
export class Intake {
  readonly #sql: SqlStorage;
  readonly #queue: DeliveryQueue;
  /** What the newest delivery has, but `fired_at` is the highest that any has: a replay keeps its original's. */
  #newest: Newest;
  /** The highest `fired_at` as stored beside the deliveries, for a life in which a replay is the newest. */
  #storedFiredAt: number;
  #isFull = false;
  readonly #expired: (deliveries: PendingRow[]) => void;

  /** @param expired told of deliveries that ended as they came, in the transaction that took them */
  constructor(sql: SqlStorage, queue: DeliveryQueue, expired: (deliveries: PendingRow[]) => void = () => {}) {
    this.#sql = sql;
    this.#queue = queue;
    this.#expired = expired;
    this.#newest = sql
      .exec<Newest>(
        "SELECT log, log_position, fired_at, total_bytes, coalesce(replays_total, 0) AS replays_total FROM deliveries ORDER BY sequence DESC LIMIT 1",
      )
      .toArray()[0] ?? { log: 0, log_position: 0, fired_at: 0, total_bytes: 0, replays_total: 0 };
    this.#storedFiredAt = readMeta<number>(sql, "fired_at") ?? 0;
    this.#newest.fired_at = Math.max(this.#newest.fired_at, this.#storedFiredAt);
  }

  /** Takes what it does not have yet of a batch, up to its cap; runs in the caller's transaction. */
  take(batch: HandOver, now: number): HandOverAnswer {
    const log = this.#logNumber(batch.logId);
    const expired: PendingRow[] = [];
    let position = log === this.#newest.log ? this.#newest.log_position : this.#storedPosition(log);
    for (const event of batch.events) {
      if (event.position <= position) continue;
      const isExpired = event.isExpired || event.acceptedAt < now - RETENTION_MS;
      // What has expired takes no room among the pending: however full it is, nothing lags for longer than that.
      if (!isExpired && this.#mustStop()) {
        this.#expired(expired);
        return { outcome: "full", taken: position };
      }
      this.#switchTo(log);
      position = event.position;
      this.#insert(event, { logPosition: position, firedAt: this.#nextFiredAt(event), replayOf: null, now });
      if (isExpired) expired.push(...this.#endNewest(now));
    }
    this.#expired(expired);
    return { outcome: "taken" };
  }

  /** Ends the delivery that was just inserted: it waited in the log for as long as events are kept. */
  #endNewest(now: number): PendingRow[] {
    const row = this.#queue.pending(this.#queue.lastSequence);
    if (row === null) return [];
    this.#queue.close(row, "dead", now, expiredAttempt(row));
    return [row];
  }

  /** Adds a replay at the end of the order; returns its sequence. Runs in the caller's transaction. */
  addReplay(event: Event, replayOf: number | null, now: number): number {
    const original =
      replayOf === null
        ? undefined
        : this.#sql
            .exec<{ fired_at: number }>("SELECT fired_at FROM deliveries WHERE sequence = ?", replayOf)
            .toArray()[0];
    this.#insert(event, {
      logPosition: this.#newest.log_position,
      firedAt: original?.fired_at ?? this.#nextFiredAt(event),
      replayOf: replayOf ?? 0,
      now,
    });
    const sequence = this.#queue.lastSequence;
    this.#sql.exec("INSERT INTO replays (position, sequence) VALUES (?, ?)", event.position, sequence);
    if (replayOf !== null) {
      this.#sql.exec("UPDATE deliveries SET replayed_by = ? WHERE sequence = ?", sequence, replayOf);
    }
    return sequence;
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
  testFiredAt(now: number): number {
    const firedAt = Math.max(now, this.#newest.fired_at + 1);
    this.#newest.fired_at = firedAt;
    this.#storeFiredAt();
    return firedAt;
  }

  #insert(
    event: Event,
    place: { logPosition: number; firedAt: number; replayOf: number | null; now: number },
  ): void {
    const bytes = Buffer.byteLength(event.data) + ROW_BYTES;
    if (place.firedAt < this.#newest.fired_at) this.#storeFiredAt();
    this.#newest = {
      log: this.#newest.log,
      log_position: place.logPosition,
      fired_at: Math.max(this.#newest.fired_at, place.firedAt),
      total_bytes: this.#newest.total_bytes + bytes,
      replays_total: this.#newest.replays_total + (place.replayOf === null ? 0 : 1),
    };
    this.#sql.exec(
      `INSERT INTO deliveries (sequence, status, log, log_position, position, event_id, event_type, fired_at, created_at,
         replay_of, bytes, total_bytes, meta, data, replays_total)
       VALUES (?, ${PENDING}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#queue.lastSequence + 1,
      this.#newest.log,
      place.logPosition,
      event.position,
      event.id,
      event.type,
      place.firedAt,
      place.now,
      place.replayOf,
      bytes,
      this.#newest.total_bytes,
      metaOf(event),
      event.data,
      this.#newest.replays_total,
    );
    this.#queue.inserted(bytes);
  }

  /** Before a replay of an older event: the highest `fired_at` is in no newest delivery any more. */
  #storeFiredAt(): void {
    if (this.#storedFiredAt === this.#newest.fired_at) return;
    this.#storedFiredAt = this.#newest.fired_at;
    writeMeta(this.#sql, "fired_at", this.#storedFiredAt);
  }

  /** Before another log's batch: the position in the log before is in no newest delivery any more. */
  #switchTo(log: number): void {
    if (log === this.#newest.log) return;
    this.#sql.exec(
      "UPDATE logs SET position = ? WHERE number = ?",
      this.#newest.log_position,
      this.#newest.log,
    );
    this.#newest = { ...this.#newest, log };
  }

  #logNumber(logId: string): number {
    const known = this.#sql
      .exec<{ number: number }>("SELECT number FROM logs WHERE id = ?", logId)
      .toArray()[0];
    if (known) return known.number;
    return this.#sql
      .exec<{ number: number }>("INSERT INTO logs (id, position) VALUES (?, 0) RETURNING number", logId)
      .one().number;
  }

  #storedPosition(log: number): number {
    return this.#sql.exec<{ position: number }>("SELECT position FROM logs WHERE number = ?", log).one()
      .position;
  }
}
