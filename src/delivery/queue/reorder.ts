import { eventMetaShape } from "../../domain/delivery-shapes.ts";
import { PENDING } from "../tables/delivery-row.ts";
import { eventsFrom, type PlacedRow } from "../tables/pending-deliveries.ts";
import { orderKeyOf } from "./order-key.ts";
import type { DeliveryQueue } from "./queue.ts";

/** What one step reads of events, bytes: all of it is held at once. */
const BYTES_PER_STEP = 1024 ** 2;

/**
 * Gives the pending deliveries from a sequence on, so many among the next so many rows, the places that an order by key has for
 * them, in their sequence. Part of the caller's transaction. Returns where to go on; null = at the end.
 */
export function reorder(
  sql: SqlStorage,
  queue: DeliveryQueue,
  {
    from,
    mostRows,
    most,
    by,
    nowMs,
  }: { from: number; mostRows: number; most: number; by: string; nowMs: number },
): number | null {
  const keyed: { row: PlacedRow; key: string }[] = [];
  let bytes = 0;
  let examined = 0;
  let last = from - 1;
  for (const row of eventsFrom(sql, from, mostRows)) {
    examined++;
    last = row.sequence;
    if (row.status !== PENDING) continue;
    const { sequence, bytes: size, next_attempt_at, meta, data } = row;
    const { context, tags } = eventMetaShape.read(meta);
    keyed.push({
      row: { sequence, bytes: size, next_attempt_at },
      key: orderKeyOf(by, { context, tags, data }),
    });
    bytes += size;
    if (keyed.length === most || bytes >= BYTES_PER_STEP) break;
  }
  for (const { row, key } of keyed) queue.place(row, key, nowMs);
  return examined === mostRows || keyed.length === most || bytes >= BYTES_PER_STEP ? last + 1 : null;
}
