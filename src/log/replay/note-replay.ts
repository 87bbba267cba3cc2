import type { IdempotentRequest } from "../../domain/idempotency.ts";
import type { NoteReplayAnswer } from "../../domain/messages.ts";
import { always, listed, shapeOf } from "../../domain/stored.ts";
import { answerOnce } from "../../idempotency/objects.ts";
import type { AlarmedStorage } from "../../storage/wake-up.ts";
import type { EventLookup } from "../find/event-lookup.ts";

/** The endpoints that a request chose, by id. */
export const chosenShape = shapeOf(listed(always<string>()));

/**
 * Remembers that an event is replayed to endpoints, so that its deliveries can be found there. With an
 * Idempotency-Key the choice of endpoints is kept: each of them then enqueues the request's replay once.
 */
export function noteReplay(
  { lookup, storage }: { lookup: EventLookup; storage: AlarmedStorage },
  position: number,
  endpointIds: string[],
  request: IdempotentRequest | undefined,
  nowMs: number,
): NoteReplayAnswer {
  const once = answerOnce(storage, chosenShape, request, nowMs, () => {
    lookup.noteReplay(position, endpointIds);
    return { keep: endpointIds };
  });
  if (once.outcome === "answered") return { outcome: "noted", endpointIds: once.answer };
  return { outcome: "key_conflict" };
}
