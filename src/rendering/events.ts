import type { EventSummaryBody } from "../contract/event.ts";
import type { EventSummary } from "../domain/event.ts";
import type { AcceptedEvent } from "../domain/messages.ts";
import { timeText } from "./time.ts";

/* Events as the API shows them. */

/** How an event is called: by its publisher, and by the service. */
export function namesOf({ id, ownId }: { id: string; ownId?: string }) {
  return { id: ownId ?? id, event_id: id };
}

export function acceptedEventBody(event: AcceptedEvent) {
  const { type, created, endpoints } = event;
  return { ...namesOf(event), type, created, endpoints };
}

export function eventSummaryBody(event: EventSummary): EventSummaryBody {
  return {
    ...namesOf(event),
    type: event.type,
    created: event.created,
    api_version: event.apiVersion,
    tags: event.tags,
    context: event.context,
    accepted_at: timeText(event.acceptedAt),
    endpoints: event.endpoints,
  };
}
