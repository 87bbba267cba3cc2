import type { UndeliveredStatus } from "../../domain/delivery.ts";
import type { EventMeta } from "../../domain/delivery-shapes.ts";
import type { StoredText } from "../../domain/stored.ts";
import { PENDING, PENDING_COLUMNS, type PendingRow, statusCode } from "./delivery-row.ts";

/*
 * What is read of the rows of `deliveries` that are pending. Those never attempted that have no key ("fresh") lie in no index,
 * and are passed by sequence from a cursor on; all others ("indexed") lie in two small indexes, by time and by sequence, and
 * those of keys in a third. The planner would take another way now and then: it is told which one. Times are Unix milliseconds.
 */

const IS_FRESH = `status = ${PENDING} AND next_attempt_at IS NULL`;

/** How many deliveries there are, and what they take; null = there is none. */
export interface Amount extends Record<string, SqlStorageValue> {
  count: number;
  bytes: number | null;
}

/** What is needed of a pending delivery to give it another place. */
export type PlacedRow = Pick<PendingRow, "sequence" | "bytes" | "next_attempt_at">;

/** The pending delivery of a sequence; null = it is not pending. */
export function pendingAt(sql: SqlStorage, sequence: number): PendingRow | null {
  const row = sql
    .exec<PendingRow>(
      `SELECT ${PENDING_COLUMNS} FROM deliveries WHERE sequence = ? AND status = ${PENDING}`,
      sequence,
    )
    .toArray()[0];
  return row ?? null;
}

/** The pending deliveries from a sequence on, so many among the next so many rows; `next` = where to go on, null = at the end. */
export function pendingFrom(
  sql: SqlStorage,
  sequence: number,
  { mostRows, most }: { mostRows: number; most: number },
): { rows: PendingRow[]; next: number | null } {
  const rows: PendingRow[] = [];
  let examined = 0;
  for (const row of sql.exec<PendingRow & { status: number }>(
    `SELECT ${PENDING_COLUMNS}, status FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
    sequence,
    mostRows,
  )) {
    examined++;
    if (row.status === PENDING) rows.push(row);
    if (rows.length === most || examined === mostRows) return { rows, next: row.sequence + 1 };
  }
  return { rows, next: null };
}

/** The rows from a sequence on with their events, pending or not, up to so many: read as they are taken. */
export function eventsFrom(
  sql: SqlStorage,
  sequence: number,
  most: number,
): Iterable<PlacedRow & { status: number; meta: StoredText<EventMeta>; data: string }> {
  return sql.exec<
    PlacedRow &
      Record<string, SqlStorageValue> & { status: number; meta: StoredText<EventMeta>; data: string }
  >(
    `SELECT sequence, bytes, next_attempt_at, status, meta, data FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
    sequence,
    most,
  );
}

/** What is kept of a fresh delivery: its data is read when it is taken. */
export type FreshHead = Pick<PendingRow, "sequence" | "created_at" | "bytes">;

/** The first fresh one from a sequence on; null = there is none. */
export function firstFreshFrom(sql: SqlStorage, sequence: number): FreshHead | null {
  const row = sql
    .exec<FreshHead & Record<string, SqlStorageValue>>(
      `SELECT sequence, created_at, bytes FROM deliveries WHERE sequence >= ? AND ${IS_FRESH} ORDER BY sequence LIMIT 1`,
      sequence,
    )
    .toArray()[0];
  return row ?? null;
}

/** Counts fresh ones from a sequence on, up to so many; `upTo` = the last that was counted, null = there is none. */
export function countFreshFrom(
  sql: SqlStorage,
  sequence: number,
  most: number,
): Amount & { upTo: number | null } {
  const counted = sql
    .exec<Amount & { upTo: number | null }>(
      `SELECT count(*) AS count, sum(bytes) AS bytes, max(sequence) AS upTo FROM
         (SELECT sequence, bytes FROM deliveries WHERE sequence >= ? AND ${IS_FRESH} ORDER BY sequence LIMIT ?)`,
      sequence,
      most,
    )
    .toArray()[0];
  // Tables that are not made yet have no row, even for a sum.
  return counted ?? { count: 0, bytes: 0, upTo: null };
}

/** Counts those that ended without an attempt, behind a sequence: they lie among the fresh ones. */
export function countEndedUnattempted(sql: SqlStorage, status: UndeliveredStatus, after: number): Amount {
  return sql
    .exec<Amount>(
      `SELECT count(*) AS count, sum(bytes) AS bytes FROM deliveries INDEXED BY ${status}_unattempted
       WHERE status = ${statusCode(status)} AND attempt_count = 0 AND sequence > ?`,
      after,
    )
    .one();
}

/** Counts all indexed ones by looking at each. */
export function countIndexed(sql: SqlStorage): Amount {
  const counted = sql
    .exec<Amount>(
      "SELECT count(*) AS count, sum(bytes) AS bytes FROM deliveries INDEXED BY retry_order WHERE next_attempt_at IS NOT NULL",
    )
    .toArray()[0];
  return counted ?? { count: 0, bytes: 0 };
}

/** The highest sequence of the indexed ones; null = there is none. */
export function highestIndexed(sql: SqlStorage): number | null {
  const row = sql
    .exec<{ sequence: number }>(
      "SELECT sequence FROM deliveries INDEXED BY retry_order WHERE next_attempt_at IS NOT NULL ORDER BY sequence DESC LIMIT 1",
    )
    .toArray()[0];
  return row?.sequence ?? null;
}

/** The indexed one with the lowest sequence; null = there is none. */
export function lowestIndexed(sql: SqlStorage): PendingRow | null {
  const row = sql
    .exec<PendingRow>(
      `SELECT ${PENDING_COLUMNS} FROM deliveries INDEXED BY retry_order
       WHERE next_attempt_at IS NOT NULL ORDER BY sequence LIMIT 1`,
    )
    .toArray()[0];
  return row ?? null;
}

/** An indexed delivery, as far as its time says. */
export interface IndexedHead {
  sequence: number;
  next_attempt_at: number;
  bytes: number;
}

/** The indexed ones by (next_attempt_at, sequence), up to so many: read as they are taken. */
export function indexedByTime(sql: SqlStorage, most: number): Iterable<IndexedHead> {
  return sql.exec<IndexedHead & Record<string, SqlStorageValue>>(
    "SELECT sequence, next_attempt_at, bytes FROM deliveries INDEXED BY retry_due WHERE next_attempt_at IS NOT NULL ORDER BY next_attempt_at, sequence LIMIT ?",
    most,
  );
}

/**
 * The one of a key with the lowest sequence from one on; null = there is none. Only once the tables of keys are there, see
 * order-keys.ts.
 */
export function firstPendingOfKey(
  sql: SqlStorage,
  key: string,
  from: number,
): Pick<PendingRow, "sequence" | "next_attempt_at"> | null {
  const row = sql
    .exec<{ sequence: number; next_attempt_at: number | null }>(
      `SELECT sequence, next_attempt_at FROM deliveries INDEXED BY pending_by_key
       WHERE status = ${PENDING} AND order_key = ? AND sequence >= ? ORDER BY sequence LIMIT 1`,
      key,
      from,
    )
    .toArray()[0];
  return row ?? null;
}

/** The sequences of those of a key from one on, up to so many; the index alone has them. As above. */
export function pendingSequencesOfKey(sql: SqlStorage, key: string, from: number, most: number): number[] {
  return sql
    .exec<{ sequence: number }>(
      `SELECT sequence FROM deliveries INDEXED BY pending_by_key
       WHERE status = ${PENDING} AND order_key = ? AND sequence >= ? ORDER BY sequence LIMIT ?`,
      key,
      from,
      most,
    )
    .toArray()
    .map(({ sequence }) => sequence);
}
