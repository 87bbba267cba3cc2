import { deliveryId } from "../domain/ids.ts";
import type { QueueState } from "../domain/queue-state.ts";
import { drainedBy, type Place, type Standstill, type Wait, waitOf } from "../domain/waiting.ts";
import type { EndpointParts } from "./parts.ts";

type Parts = Pick<
  EndpointParts,
  "endpointId" | "configuration" | "leases" | "queue" | "deliveries" | "health"
>;

/** What is at the head of an endpoint's order, why it waits, and how much waits behind it. */
export function queueState(parts: Parts, standstill: Standstill, nowMs: number): QueueState {
  const { configuration, deliveries, endpointId, health, leases, queue } = parts;
  const { serialize } = configuration.current.policy;
  const sequence = headOf(parts, serialize, nowMs);
  const head = sequence === null ? null : deliveries.find(deliveryId(endpointId(), sequence));
  const last = head?.attempts.at(-1);
  const lastMinute = health.lastMinute(nowMs);
  return {
    isOrdered: serialize,
    head,
    headSince: head && (last ? last.startedAt + last.durationMs : head.createdAt),
    wait: sequence === null ? null : waitOf(standstill, placeOf(parts, sequence), nowMs),
    depth: queue.pendingCount,
    bytes: queue.pendingBytes,
    inFlight: queue.inFlight + leases.count,
    lastMinute,
    drainedBy: drainedBy(queue.pendingCount, lastMinute, standstill, nowMs),
  };
}

/** Why a pending delivery waits; null = it is not pending. */
export function waitOfDelivery(
  parts: Parts,
  standstill: Standstill,
  sequence: number,
  nowMs: number,
): Wait | null {
  return parts.queue.pending(sequence) && waitOf(standstill, placeOf(parts, sequence), nowMs);
}

/** In order the lowest that is pending; otherwise the one that is attempted next, or the first of those that are. */
function headOf({ queue }: Parts, serialize: boolean, nowMs: number): number | null {
  if (serialize) return queue.lowestPending()?.sequence ?? null;
  return queue.next(serialize, nowMs)?.sequence ?? queue.lowestPending()?.sequence ?? null;
}

function placeOf({ configuration, leases, queue }: Parts, sequence: number): Place {
  const pending = queue.pending(sequence);
  const { serialize } = configuration.current.policy;
  return {
    isInFlight: queue.isInFlight(sequence) || leases.has(sequence),
    isBehindHead: serialize && queue.lowestPending()?.sequence !== sequence,
    dueAt: pending?.next_attempt_at ?? pending?.created_at ?? 0,
  };
}
