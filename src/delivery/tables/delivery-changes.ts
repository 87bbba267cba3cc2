import type { Attempt, AttemptSummary, DeliveryStatus, UndeliveredStatus } from "../../domain/delivery.ts";
import type { Event } from "../../domain/event.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { StoredText } from "../../domain/stored.ts";
import { metaOf, statusCode } from "./delivery-row.ts";
import { WAITS_FOR_NO_TIME } from "./waiting-time.ts";

/* What changes rows of the table `deliveries`: each is part of the caller's transaction. Times are Unix milliseconds. */

/** A delivery that gets a row of its own. */
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

/** How an attempt left a delivery. */
export interface Attempted {
  status: DeliveryStatus;
  attemptCount: number;
  completedAt: number | null;
  scheduleStart: number;
  nextAttemptAt: number | null;
  lastAttempt: StoredText<AttemptSummary>;
  attempts: StoredText<Attempt[]>;
}

/**
 * Gives a delivery its row, with its event while it is pending.
 * @param attempted how its first attempt left it; absent = it had none yet
 */
export function insertDelivery(sql: SqlStorage, delivery: NewDelivery, attempted?: Attempted): void {
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
    ...[attempted?.attemptCount ?? 0, attempted?.scheduleStart ?? 0],
    ...[
      attempted ? attempted.nextAttemptAt : firstAt,
      delivery.replayOf,
      delivery.bytes,
      delivery.totalBytes,
    ],
    ...[attempted?.lastAttempt ?? null, attempted?.attempts ?? null],
    ...[isPending ? metaOf(event) : null, isPending ? event.data : null, delivery.replaysTotal],
    ...[delivery.keyPlace?.key ?? null, delivery.keyPlace?.sequence ?? null],
  );
}

/**
 * Records an attempt that ended, and what was decided of its delivery, which lets go of its event unless it is pending.
 * @param epoch what it is marked with if its own row tells all that is counted of it, see record/totals.ts; null = it does not
 */
export function recordAttempt(
  sql: SqlStorage,
  sequence: number,
  attempted: Attempted,
  epoch: number | null,
): void {
  const isPending = attempted.status === "pending" ? 1 : 0;
  sql.exec(
    `UPDATE deliveries SET attempt_count = ?, last_attempt = ?, attempts = ?, status = ?, completed_at = ?,
       schedule_start = ?, next_attempt_at = ?, meta = iif(?, meta, NULL), data = iif(?, data, NULL),
       counted_in = ?
     WHERE sequence = ?`,
    ...[attempted.attemptCount, attempted.lastAttempt, attempted.attempts],
    ...[
      statusCode(attempted.status),
      attempted.completedAt,
      attempted.scheduleStart,
      attempted.nextAttemptAt,
    ],
    ...[isPending, isPending, epoch, sequence],
  );
}

/** Records an attempt of a delivery that was canceled while it was under way: it decides nothing. The event is let go of, if it was kept for that. */
export function recordAttemptOfCanceled(
  sql: SqlStorage,
  sequence: number,
  { attemptCount, lastAttempt, attempts }: Attempted,
): void {
  sql.exec(
    "UPDATE deliveries SET attempt_count = ?, last_attempt = ?, attempts = ?, meta = NULL, data = NULL WHERE sequence = ?",
    attemptCount,
    lastAttempt,
    attempts,
    sequence,
  );
}

/**
 * Ends a delivery without an attempt.
 * @param lastAttempt what it shows as its last attempt from now on; null = what it had
 * @param keepsEvent whether an attempt of it is out with somebody, whose record needs the event
 */
export function endDelivery(
  sql: SqlStorage,
  sequence: number,
  status: UndeliveredStatus,
  completedAt: number,
  lastAttempt: StoredText<AttemptSummary> | null,
  keepsEvent: boolean,
): void {
  sql.exec(
    `UPDATE deliveries SET status = ?, completed_at = ?, next_attempt_at = NULL, meta = iif(?, meta, NULL),
       data = iif(?, data, NULL), last_attempt = coalesce(?, last_attempt) WHERE sequence = ?`,
    statusCode(status),
    completedAt,
    keepsEvent ? 1 : 0,
    keepsEvent ? 1 : 0,
    lastAttempt,
    sequence,
  );
}

/** Sets when a delivery is attempted again. */
export function setNextAttempt(sql: SqlStorage, sequence: number, nextAttemptAt: number): void {
  sql.exec("UPDATE deliveries SET next_attempt_at = ? WHERE sequence = ?", nextAttemptAt, sequence);
}

/** Gives a pending delivery another place in the order of a key: from now on it lies in the indexes. */
export function setKeyPlace(sql: SqlStorage, sequence: number, place: KeyPlace): void {
  sql.exec(
    `UPDATE deliveries SET order_key = ?, key_sequence = ?, next_attempt_at = coalesce(next_attempt_at, ${WAITS_FOR_NO_TIME})
     WHERE sequence = ?`,
    place.key,
    place.sequence,
    sequence,
  );
}

/** Notes which delivery is the newest replay of another one; one that lies in a run has no row for it. */
export function setReplayedBy(sql: SqlStorage, sequence: number, replay: number): void {
  sql.exec("UPDATE deliveries SET replayed_by = ? WHERE sequence = ?", replay, sequence);
}

/** Drops the records of attempts of those that succeeded at first, behind a sequence, up to another one. */
export function dropAttemptsOfSuccesses(sql: SqlStorage, after: number, upTo: number): void {
  sql.exec(
    `UPDATE deliveries SET attempts = NULL
     WHERE sequence > ? AND sequence <= ? AND status = ${statusCode("delivered")} AND attempt_count = 1
       AND attempts IS NOT NULL`,
    after,
    upTo,
  );
}

/** Drops rows, those of their replays (replays.ts) having been dropped before. */
export function deleteDeliveries(sql: SqlStorage, sequences: readonly number[]): void {
  sql.exec(
    "DELETE FROM deliveries WHERE sequence IN (SELECT value FROM json_each(?))",
    JSON.stringify(sequences),
  );
}
