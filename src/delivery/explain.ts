import type { ExplainedDeliveries } from "../domain/explain-messages.ts";
import type { Standstill } from "../domain/waiting.ts";
import type { EndpointParts } from "./parts.ts";
import { waitOfDelivery } from "./queue-state.ts";

/** What the endpoint has of the event at a log position, and why the newest of it waits. */
export function explainDeliveries(
  parts: EndpointParts,
  standstill: Standstill,
  position: number,
  nowMs: number,
): ExplainedDeliveries {
  const deliveries = parts.deliveries.ofEvent(position);
  const newest = deliveries.at(-1);
  return { deliveries, wait: newest ? waitOfDelivery(parts, standstill, newest.sequence, nowMs) : null };
}
