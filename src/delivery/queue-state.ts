import { deliveryId } from "../domain/ids.ts";
import { type Order, orderBy } from "../domain/order.ts";
import type { HeldKeys, QueueState } from "../domain/queue-state.ts";
import { type Behind, drainedBy, type Place, type Standstill, type Wait, waitOf } from "../domain/waiting.ts";
import type { EndpointParts } from "./parts.ts";
import { headBefore, isWithheld } from "./queue/behind.ts";
import { waitsUntil } from "./tables/waiting-time.ts";

type Parts = Pick<
  EndpointParts,
  "endpointId" | "configuration" | "leases" | "queue" | "deliveries" | "health"
>;

/** Held keys that are named, and counted. */
const KEYS_NAMED = 20;
const KEYS_COUNTED = 10_000;

/** What is at the head of an endpoint's order, why it waits, and how much waits behind it. */
export function queueState(parts: Parts, standstill: Standstill, nowMs: number): QueueState {
  const { configuration, deliveries, endpointId, health, leases, queue } = parts;
  const { order } = configuration.current.policy;
  const sequence = headOf(parts, order, nowMs);
  const head = sequence === null ? null : deliveries.find(deliveryId(endpointId(), sequence));
  const last = head?.attempts.at(-1);
  const lastMinute = health.lastMinute(nowMs);
  return {
    isOrdered: order === "endpoint",
    order,
    head,
    headSince: head && (last ? last.startedAt + last.durationMs : head.createdAt),
    wait: sequence === null ? null : waitOf(standstill, placeOf(parts, sequence), nowMs),
    keys: orderBy(order) === null ? null : heldKeys(parts, standstill, nowMs),
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
function headOf({ queue }: Parts, order: Order, nowMs: number): number | null {
  if (order === "endpoint") return queue.lowestPending()?.sequence ?? null;
  return queue.next(order, nowMs)?.sequence ?? queue.lowestPending()?.sequence ?? null;
}

function placeOf(parts: Parts, sequence: number): Place {
  const { configuration, endpointId, leases, queue } = parts;
  const { order } = configuration.current.policy;
  const pending = queue.pending(sequence);
  const first = headBefore(queue, order, sequence);
  const behind: Behind | null = first && {
    deliveryId: deliveryId(endpointId(), first.sequence),
    key: first.key,
  };
  return {
    isInFlight: queue.isInFlight(sequence) || leases.has(sequence),
    isCanceling: isWithheld(queue, order, sequence),
    behind,
    dueAt: pending === null ? 0 : (waitsUntil(pending) ?? pending.created_at),
  };
}

function heldKeys(
  { endpointId, leases, queue }: Parts,
  { holdUntil }: Pick<Standstill, "holdUntil">,
  nowMs: number,
): HeldKeys {
  const out = [...leases.sequences, ...queue.sequencesInFlight];
  // While a hold lasts each that failed waits for its end at least.
  const after = holdUntil > nowMs ? 0 : nowMs;
  const heads = queue.storedKeys.held(after, KEYS_NAMED, out).map(({ key, sequence, dueAt }) => ({
    ...{ key, sequence, deliveryId: deliveryId(endpointId(), sequence) },
    dueAt: Math.max(dueAt, holdUntil),
    attemptCount: queue.pending(sequence)?.attempt_count ?? 0,
  }));
  return { held: queue.storedKeys.countHeld(after, KEYS_COUNTED, out), heads };
}
