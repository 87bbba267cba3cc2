import {
  type Attempt,
  type AttemptSummary,
  DELIVERY_STATUSES,
  type Delivery,
} from "../../domain/delivery.ts";
import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import { deliveryId } from "../../domain/ids.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { StoredText } from "../../domain/stored.ts";
import { type DeliveryRow, PENDING, type PendingRow } from "../tables/delivery-row.ts";
import { waitsUntil } from "../tables/waiting-time.ts";
import type { Held } from "./claim.ts";

/** A delivery that is in memory alone as its row would have it. */
export function rowOfHeld({ sequence, event, createdAt }: Held): DeliveryRow {
  return {
    ...{ sequence, status: PENDING, position: event.position, event_id: event.id, event_type: event.type },
    ...{ created_at: createdAt, completed_at: null, attempt_count: 0, next_attempt_at: null },
    ...{ replay_of: null, replayed_by: null, last_attempt: null },
  };
}

/**
 * A row as the delivery it stands for.
 * @param holdUntil until when a `Retry-After` holds the endpoint, Unix milliseconds; 0 = it does not
 */
export function toDelivery(
  endpointId: string,
  row: DeliveryRow,
  keyPlace: KeyPlace | null,
  holdUntil: number,
): Delivery {
  // 0 stands for "a replay to an endpoint that the event had not gone to before".
  const idOf = (sequence: number | null) => (sequence ? deliveryId(endpointId, sequence) : null);
  const status = DELIVERY_STATUSES[row.status] ?? "pending";
  return {
    id: deliveryId(endpointId, row.sequence),
    endpointId,
    eventId: row.event_id,
    eventType: row.event_type,
    sequence: row.sequence,
    status,
    attemptCount: row.attempt_count,
    replayOf: idOf(row.replay_of),
    replayedBy: idOf(row.replayed_by),
    createdAt: row.created_at,
    keyPlace,
    nextAttemptAt: status === "pending" ? Math.max(waitsUntil(row) ?? row.created_at, holdUntil) : null,
    completedAt: row.completed_at,
    lastAttempt: lastAttemptIn(row.last_attempt),
  };
}

/** What a row says of the last attempt; null = there was none. */
export function lastAttemptIn(text: StoredText<AttemptSummary> | null): AttemptSummary | null {
  return text === null ? null : lastAttemptShape.read(text);
}

/** What lists show of an attempt. */
export function summaryOf(attempt: Attempt): AttemptSummary {
  const { number, outcome, error, durationMs, response } = attempt;
  return { number, outcome, error, durationMs, status: response?.status ?? null };
}

/** What a delivery shows that ended because of its age: no request was made. */
export function expiredAttempt({ attempt_count }: Pick<PendingRow, "attempt_count">): AttemptSummary {
  return { number: attempt_count, outcome: "failure", error: "expired", durationMs: 0, status: null };
}
