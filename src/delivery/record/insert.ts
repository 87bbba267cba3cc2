import type { Attempt, AttemptSummary, DeliveryStatus } from "../../domain/delivery.ts";
import type { Event } from "../../domain/event.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { StoredText } from "../../domain/stored.ts";
import { metaOf } from "./claim.ts";
import { statusCode } from "./rows.ts";
import { WAITS_FOR_NO_TIME } from "./waiting-time.ts";

/** What a delivery takes beside its event's data. */
const ROW_BYTES = 500;

/** A delivery that gets a row of its own. Times are Unix milliseconds. */
export interface NewDelivery {
  sequence: number;
  keyPlace: KeyPlace | null;
  event: Event;
  log: number;
  /** Where the log is with it. */
  logPosition: number;
  firedAt: number;
  createdAt: number;
  /** Null = it is no replay; 0 = one of an event that had not come here before. */
  replayOf: number | null;
  bytes: number;
  totalBytes: number;
  replaysTotal: number;
}

/** How an attempt left a delivery that is only stored now. */
export interface AttemptedOnce {
  status: DeliveryStatus;
  completedAt: number | null;
  scheduleStart: number;
  nextAttemptAt: number | null;
  lastAttempt: StoredText<AttemptSummary>;
  attempts: StoredText<Attempt[]>;
}

/** What a delivery of an event counts as, bytes. */
export function deliveryBytes({ data }: Pick<Event, "data">): number {
  return Buffer.byteLength(data) + ROW_BYTES;
}

/** Gives a delivery its row; part of the caller's transaction. */
export function insertDelivery(sql: SqlStorage, delivery: NewDelivery, attempted?: AttemptedOnce): void {
  const { event } = delivery;
  const status = attempted?.status ?? "pending";
  const isPending = status === "pending";
  // What has a key lies in the indexes from the start: no cursor passes it.
  const firstAt = delivery.keyPlace === null ? null : WAITS_FOR_NO_TIME;
  sql.exec(
    `INSERT INTO deliveries (sequence, status, log, log_position, position, event_id, event_type, fired_at, created_at,
       completed_at, attempt_count, schedule_start, next_attempt_at, replay_of, bytes, total_bytes, last_attempt, attempts,
       meta, data, replays_total, order_key, key_sequence)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[delivery.sequence, statusCode(status), delivery.log, delivery.logPosition, event.position],
    ...[event.id, event.type, delivery.firedAt, delivery.createdAt, attempted?.completedAt ?? null],
    ...[attempted ? 1 : 0, attempted?.scheduleStart ?? 0, attempted ? attempted.nextAttemptAt : firstAt],
    ...[delivery.replayOf, delivery.bytes, delivery.totalBytes],
    ...[attempted?.lastAttempt ?? null, attempted?.attempts ?? null],
    ...[isPending ? metaOf(event) : null, isPending ? event.data : null, delivery.replaysTotal],
    ...[delivery.keyPlace?.key ?? null, delivery.keyPlace?.sequence ?? null],
  );
}
