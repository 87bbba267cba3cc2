import { type AttemptSummary, DELIVERY_STATUSES, type DeliveryStatus } from "../../domain/delivery.ts";
import { type EventMeta, eventMetaShape } from "../../domain/delivery-shapes.ts";
import type { Event } from "../../domain/event.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { StoredText } from "../../domain/stored.ts";

/*
 * What queries of the table `deliveries` answer with: each list of columns beside the row that it makes. Times are Unix
 * milliseconds. The large columns are read by whoever needs them alone.
 */

/** A delivery's columns but the large ones. */
export interface DeliveryRow {
  sequence: number;
  status: number;
  position: number;
  event_id: string;
  event_type: string;
  created_at: number;
  completed_at: number | null;
  attempt_count: number;
  next_attempt_at: number | null;
  replay_of: number | null;
  replayed_by: number | null;
  last_attempt: StoredText<AttemptSummary> | null;
  /** Its place in the order of its key, of what lies in a run; absent = its own row has that, behind the large columns. */
  keyPlace?: KeyPlace | null;
}

export const DELIVERY_COLUMNS =
  "sequence, status, position, event_id, event_type, created_at, completed_at, attempt_count, next_attempt_at, replay_of, replayed_by, last_attempt";

/** What is needed of a pending delivery to change it where it lies. */
export interface PendingRow extends Record<string, SqlStorageValue> {
  sequence: number;
  event_id: string;
  event_type: string;
  created_at: number;
  attempt_count: number;
  schedule_start: number;
  next_attempt_at: number | null;
  bytes: number;
}

export const PENDING_COLUMNS =
  "sequence, event_id, event_type, created_at, attempt_count, schedule_start, next_attempt_at, bytes";

/** What an attempt needs of a delivery, its event included. */
export interface ClaimRow extends Record<string, SqlStorageValue> {
  sequence: number;
  position: number;
  event_id: string;
  event_type: string;
  fired_at: number;
  created_at: number;
  attempt_count: number;
  schedule_start: number;
  next_attempt_at: number | null;
  replay_of: number | null;
  bytes: number;
  meta: StoredText<EventMeta>;
  data: string;
  order_key: string | null;
  key_sequence: number | null;
}

export const CLAIM_COLUMNS =
  "sequence, position, event_id, event_type, fired_at, created_at, attempt_count, schedule_start, next_attempt_at, replay_of, bytes, meta, data, order_key, key_sequence";

/** What a delivery takes beside its event's data, bytes. */
const ROW_BYTES = 500;

/** What a delivery of an event counts as, bytes. */
export function deliveryBytes({ data }: Pick<Event, "data">): number {
  return Buffer.byteLength(data) + ROW_BYTES;
}

/** How a status is stored. Pending is 0. */
export function statusCode(status: DeliveryStatus): number {
  return DELIVERY_STATUSES.indexOf(status);
}

export const PENDING = statusCode("pending");

/** The rest of an event, for a delivery's `meta` column; what is absent of it stays absent in JSON. */
export function metaOf({
  created,
  apiVersion,
  tags,
  context,
  acceptedAt,
  traceparent,
}: Event): StoredText<EventMeta> {
  return eventMetaShape.write({ created, apiVersion, tags, context, acceptedAt, traceparent });
}

/** A row's place in the order of its key; null = it came without one. */
export function keyPlaceIn({
  order_key,
  key_sequence,
}: Pick<ClaimRow, "order_key" | "key_sequence">): KeyPlace | null {
  return order_key === null || key_sequence === null ? null : { key: order_key, sequence: key_sequence };
}
