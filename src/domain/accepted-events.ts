import type { AcceptedEvent } from "./messages.ts";
import { always, listed, maybe, record, shapeOf } from "./stored.ts";

/** How a log keeps what it answered to a request with an Idempotency-Key. */
export const acceptedEventsShape = shapeOf(
  listed(
    record<AcceptedEvent>({
      id: always(),
      ownId: maybe(),
      type: always(),
      created: always(),
      endpoints: always(),
    }),
  ),
);

/** What a request is answered of whose events some, by their index in it, were accepted before: in the order of the request. */
export function joinAnswers(
  fresh: readonly AcceptedEvent[],
  before: ReadonlyMap<number, AcceptedEvent>,
): AcceptedEvent[] {
  const rest = fresh.values();
  return Array.from(
    { length: fresh.length + before.size },
    (_, index) => before.get(index) ?? (rest.next().value as AcceptedEvent),
  );
}
