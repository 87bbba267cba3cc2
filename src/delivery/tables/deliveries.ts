import type { Attempt, AttemptSummary } from "../../domain/delivery.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { StoredText } from "../../domain/stored.ts";
import {
  CLAIM_COLUMNS,
  type ClaimRow,
  DELIVERY_COLUMNS,
  type DeliveryRow,
  keyPlaceIn,
  PENDING,
  statusCode,
} from "./delivery-row.ts";

/*
 * What is read of the table `deliveries` by sequence. What lies in a run has no row here. What is asked of the pending ones
 * by the indexes stands in pending-deliveries.ts, of those that ended in ended-deliveries.ts, what changes rows in
 * delivery-changes.ts. Times are Unix milliseconds.
 */

/** A row as a query answers with it. */
type SelectedRow = DeliveryRow & Record<string, SqlStorageValue>;

/** The row of a delivery; undefined = there is none. */
export function deliveryAt(sql: SqlStorage, sequence: number): DeliveryRow | undefined {
  return sql
    .exec<SelectedRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence = ?`, sequence)
    .toArray()[0];
}

/** The rows below a sequence, the newest first, up to so many: read as they are taken. */
export function deliveriesBefore(sql: SqlStorage, sequence: number, most: number): Iterable<DeliveryRow> {
  return sql.exec<SelectedRow>(
    `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`,
    sequence,
    most,
  );
}

/** The rows from a sequence on, the oldest first, up to so many: read as they are taken. */
export function deliveriesFrom(sql: SqlStorage, sequence: number, most: number): Iterable<DeliveryRow> {
  return sql.exec<SelectedRow>(
    `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
    sequence,
    most,
  );
}

/** What an attempt needs of a delivery; undefined = it has no row. */
export function claimRowAt(sql: SqlStorage, sequence: number): ClaimRow | undefined {
  return sql
    .exec<ClaimRow>(`SELECT ${CLAIM_COLUMNS} FROM deliveries WHERE sequence = ?`, sequence)
    .toArray()[0];
}

/** Where a row lies in the endpoint's order, in the log, and where the log was when it was inserted. */
export interface LoggedRow extends Record<string, SqlStorageValue> {
  sequence: number;
  position: number;
  log_position: number;
}

/** The first row from a sequence on; undefined = there is none. */
export function firstLoggedFrom(sql: SqlStorage, sequence: number): LoggedRow | undefined {
  return sql
    .exec<LoggedRow>(
      "SELECT sequence, position, log_position FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT 1",
      sequence,
    )
    .toArray()[0];
}

/** The last row up to and with a sequence; undefined = there is none. */
export function lastLoggedUpTo(sql: SqlStorage, sequence: number): LoggedRow | undefined {
  return sql
    .exec<LoggedRow>(
      "SELECT sequence, position, log_position FROM deliveries WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
      sequence,
    )
    .toArray()[0];
}

/** When a delivery fired; undefined = it has no row. */
export function firedAtOf(sql: SqlStorage, sequence: number): number | undefined {
  return sql
    .exec<{ fired_at: number }>("SELECT fired_at FROM deliveries WHERE sequence = ?", sequence)
    .toArray()[0]?.fired_at;
}

/** The bytes of all deliveries up to and with one that has a row. */
export function totalBytesUpTo(sql: SqlStorage, sequence: number): number {
  return sql
    .exec<{ total_bytes: number }>("SELECT total_bytes FROM deliveries WHERE sequence = ?", sequence)
    .one().total_bytes;
}

/** The place that a delivery has in the order of its key; null = none, or it has no row. */
export function keyPlaceOf(sql: SqlStorage, sequence: number): KeyPlace | null {
  const row = sql
    .exec<{ order_key: string | null; key_sequence: number | null }>(
      "SELECT order_key, key_sequence FROM deliveries WHERE sequence = ?",
      sequence,
    )
    .toArray()[0];
  return row ? keyPlaceIn(row) : null;
}

/** The records of a delivery's attempts; null = it has none or they are not kept any more, undefined = it has no row. */
export function attemptsOf(sql: SqlStorage, sequence: number): StoredText<Attempt[]> | null | undefined {
  return sql
    .exec<{ attempts: StoredText<Attempt[]> | null }>(
      "SELECT attempts FROM deliveries WHERE sequence = ?",
      sequence,
    )
    .toArray()[0]?.attempts;
}

/** When a delivery's first attempt on record started; null = it has none. */
export function firstAttemptAt(sql: SqlStorage, sequence: number): number | null {
  const row = sql
    .exec<{ at: number | null }>(
      "SELECT json_extract(attempts, '$[0].startedAt') AS at FROM deliveries WHERE sequence = ?",
      sequence,
    )
    .toArray()[0];
  return row?.at ?? null;
}

/** When a delivery's last attempt on record started and how long it took, null = it has none; and what was read for it, bytes. */
export function lastAttemptTimes(
  sql: SqlStorage,
  sequence: number,
): { startedAt: number | null; durationMs: number | null; bytes: number | null } {
  return sql
    .exec<{ startedAt: number | null; durationMs: number | null; bytes: number | null }>(
      `SELECT json_extract(attempts, '$[#-1].startedAt') AS startedAt,
         json_extract(attempts, '$[#-1].durationMs') AS durationMs, octet_length(attempts) AS bytes
       FROM deliveries WHERE sequence = ?`,
      sequence,
    )
    .one();
}

/** What a delivery's own row tells that succeeded by its first attempt. */
export interface MarkedRow extends Record<string, SqlStorageValue> {
  position: number;
  created_at: number;
  replay_of: number | null;
  completed_at: number | null;
  last_attempt: StoredText<AttemptSummary>;
  started_at: number | null;
}

/** The rows from a sequence on, and which are fresh, and marked with an epoch or a later one: read as they are taken. */
export function rowsMarkedSince(
  sql: SqlStorage,
  epoch: number,
  from: number,
): Iterable<MarkedRow & { is_fresh: number; is_marked: number | null }> {
  return sql.exec<MarkedRow & { is_fresh: number; is_marked: number | null }>(
    `SELECT position, created_at, replay_of, completed_at, last_attempt,
       status = ${PENDING} AND next_attempt_at IS NULL AS is_fresh,
       status = ${statusCode("delivered")} AND counted_in >= ? AS is_marked,
       CASE WHEN status = ${statusCode("delivered")} AND counted_in >= ?
         THEN json_extract(attempts, '$[0].startedAt') END AS started_at
     FROM deliveries WHERE sequence >= ? ORDER BY sequence`,
    epoch,
    epoch,
    from,
  );
}
