import { added, record, shapeOf } from "../../domain/stored.ts";
import { readStored, writeStored } from "../../storage/schema.ts";

/** What a log counts since it began. */
export interface EventCounts {
  accepted: number;
  /** Deliveries that there are none of because their endpoint was disabled: events by such endpoints. */
  missed: number;
}

export const eventCountsShape = shapeOf(record<EventCounts>({ accepted: added(0), missed: added(0) }));

/**
 * The counts as stored. They ride along with the newest chunk, in the transaction of what they count, and where no chunk
 * is left with the newest segment: they cost no row. What older code wrote has none.
 */
export function readEventCounts(sql: SqlStorage): EventCounts {
  for (const table of ["chunks", "segments"]) {
    const newest = sql
      .exec<{ accepted: number; missed: number }>(
        `SELECT accepted, missed FROM ${table} WHERE accepted IS NOT NULL ORDER BY first DESC LIMIT 1`,
      )
      .toArray()[0];
    if (newest) return { accepted: newest.accepted, missed: newest.missed };
  }
  return readStored(sql, "event_counts", eventCountsShape) ?? { accepted: 0, missed: 0 };
}

/** For when the last segment has left, and no chunk is there to hold them; part of the caller's transaction. */
export function keepEventCounts(sql: SqlStorage, counts: EventCounts): void {
  if (sql.exec("SELECT 1 FROM segments LIMIT 1").toArray().length === 0)
    writeStored(sql, "event_counts", eventCountsShape, counts);
}
