import type { Atlas, EventReplays } from "../sdk/client/index.ts";
import { forecast } from "./explained.ts";

/** A named event and where it goes again. */
export interface PlannedEvent {
  event_id: string;
  /** As its publisher calls it. */
  id: string;
  type: string;
  accepted_at: string;
  endpoint_ids: string[];
}

/** Where named events would go: to these endpoints, or to all enabled ones that match now. */
export async function planNamed(
  atlas: Atlas,
  events: readonly string[],
  endpoints: readonly string[],
): Promise<PlannedEvent[]> {
  const planned: PlannedEvent[] = [];
  for (const id of events) {
    const event = await atlas.events.get(id);
    const { event_id, type, accepted_at } = event;
    const takers = endpoints.length > 0 ? [...endpoints] : await takersOf(atlas, event);
    planned.push({ event_id, id: event.id, type, accepted_at: String(accepted_at), endpoint_ids: takers });
  }
  return planned;
}

/** How many deliveries that makes. */
export function countOf(planned: readonly PlannedEvent[]): number {
  return planned.reduce((sum, { endpoint_ids }) => sum + endpoint_ids.length, 0);
}

/**
 * Carries it out, in the order given; `made` hears of each event.
 * @param keyOf the Idempotency-Key of each by its place, where it may be carried out again
 */
export async function replayNamed(
  atlas: Atlas,
  planned: readonly PlannedEvent[],
  made: (deliveries: EventReplays["deliveries"]) => void,
  keyOf?: (place: number) => string,
): Promise<void> {
  for (const [place, { event_id, endpoint_ids }] of planned.entries()) {
    if (endpoint_ids.length === 0) continue;
    const options = keyOf && { idempotencyKey: keyOf(place) };
    made((await atlas.events.replay(event_id, endpoint_ids, options)).deliveries);
  }
}

/** The enabled endpoints that would take an event if it were published now. */
async function takersOf(
  atlas: Atlas,
  { type, tags, context, data }: { type: string; tags?: unknown; context?: unknown; data: unknown },
): Promise<string[]> {
  const rows = await forecast(atlas, JSON.stringify({ type, tags, context, data }));
  return rows.filter(({ verdict }) => verdict === "would_deliver").map(({ endpoint_id }) => endpoint_id);
}
