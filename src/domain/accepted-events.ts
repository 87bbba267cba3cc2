import type { AcceptedEvent } from "./messages.ts";

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
