import { PENDING } from "./delivery-row.ts";
import type { LogPlace } from "./spans.ts";

/*
 * What retention reads of the table `deliveries`. Sequences rise with time, so what is old lies in front, and each of these
 * looks at a bounded number of rows. Times are Unix milliseconds.
 */

/** When what lies in front ended, or was made, below a sequence; null = nothing lies there. */
export function oldestSince(sql: SqlStorage, below: number): number | null {
  const row = sql
    .exec<{ since: number }>(
      "SELECT coalesce(completed_at, created_at) AS since FROM deliveries WHERE sequence < ? ORDER BY sequence LIMIT 1",
      below,
    )
    .toArray()[0];
  return row?.since ?? null;
}

/** When the first of those that ended was made, among so many rows in front; null = none of them ended. */
export function firstEndedMadeAt(sql: SqlStorage, most: number): number | null {
  const row = sql
    .exec<{ created_at: number }>(
      `SELECT created_at FROM (SELECT created_at, status FROM deliveries ORDER BY sequence LIMIT ?)
       WHERE status <> ${PENDING} LIMIT 1`,
      most,
    )
    .toArray()[0];
  return row?.created_at ?? null;
}

interface OldRow extends LogPlace, Record<string, SqlStorageValue> {
  log: number;
  log_position: number;
  sequence: number;
  status: number;
  completed_at: number | null;
}

/** The rows in front, up to so many, below a sequence; `isEndedOnly`: those that ended. */
export function oldestBelow(sql: SqlStorage, below: number, isEndedOnly: boolean, most: number): OldRow[] {
  return sql
    .exec<OldRow>(
      `SELECT sequence, status, completed_at, log, log_position FROM deliveries
       WHERE sequence < ? AND (status <> ${PENDING} OR NOT ?) ORDER BY sequence LIMIT ?`,
      below,
      isEndedOnly ? 1 : 0,
      most,
    )
    .toArray();
}

/** The sequence of the nth of those that ended (1 = the first), below a sequence; null = there are fewer. */
export function nthEndedBelow(sql: SqlStorage, below: number, nth: number): number | null {
  const row = sql
    .exec<{ sequence: number }>(
      `SELECT sequence FROM deliveries WHERE sequence < ? AND status <> ${PENDING} ORDER BY sequence LIMIT 1 OFFSET ?`,
      below,
      nth - 1,
    )
    .toArray()[0];
  return row?.sequence ?? null;
}

/** The sequences behind one, up to another one, at most so many. */
export function sequencesBetween(sql: SqlStorage, after: number, upTo: number, most: number): number[] {
  return sql
    .exec<{ sequence: number }>(
      "SELECT sequence FROM deliveries WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
      after,
      upTo,
      most,
    )
    .toArray()
    .map(({ sequence }) => sequence);
}
