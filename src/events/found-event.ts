import { givenEventId } from "../contract/event.ts";
import { livingAmong } from "../d1/endpoints.ts";
import { isEventId } from "../domain/ids.ts";
import type { FindEventAnswer, FoundEvent } from "../domain/messages.ts";
import { byOutcome, type WithOutcome } from "../domain/outcome.ts";
import { isPart, isWithin, type Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { findEvent, eventIdOf as ownEventIdOf } from "../logs/reading.ts";

/* The event that a request names. */

/**
 * The event with the endpoints of its match; throws 404, and 410 after 30 days. `eventId`: ours, or what its publisher
 * calls it.
 */
export async function foundEvent(env: Env, reach: Reach, eventId: string): Promise<FoundEvent> {
  const unknown = new ApiError("not_found", `There is no event ${eventId}.`);
  if (!givenEventId.safeParse(eventId).success) throw unknown;
  const answer = await reachedEvent(env, reach, eventId);
  return byOutcome(answer, {
    found: (found) => found,
    unknown: () => {
      throw unknown;
    },
    expired: () => {
      throw expiredEvent();
    },
  });
}

/**
 * The event with those endpoints of its match that are reached. Who reaches a part of them only is told of no event that
 * went to none of these, whether it exists or existed.
 */
export async function reachedEvent(env: Env, reach: Reach, eventId: string): Promise<FindEventAnswer> {
  const answer = await findEvent(env, reach.workspaceId, eventId);
  if (!isPart(reach)) return answer;
  const unknown = (): FindEventAnswer => ({ outcome: "unknown" });
  return byOutcome<FindEventAnswer, FindEventAnswer | Promise<FindEventAnswer>>(answer, {
    found: (found) => reachedPart(env, reach, found),
    unknown,
    expired: unknown,
  });
}

async function reachedPart(
  env: Env,
  reach: Reach,
  answer: WithOutcome<FindEventAnswer, "found">,
): Promise<FindEventAnswer> {
  const ids = answer.endpoints.filter(({ deleted }) => !deleted).map(({ id }) => id);
  const living = new Set(await livingAmong(env.DB, reach, ids));
  // A deleted endpoint has left nothing but its id to tell whose it was.
  const isReached = ({ id, deleted }: { id: string; deleted: boolean }) =>
    deleted ? isWithin(reach.scope, { id, metadata: {} }) : living.has(id);
  const endpoints = answer.endpoints.filter(isReached);
  return endpoints.length === 0 ? { outcome: "unknown" } : { ...answer, endpoints };
}

/** The event id of what a publisher calls so; null = there is no such event. */
export async function eventIdOf(env: Env, workspaceId: string, named: string): Promise<string | null> {
  return isEventId(named) ? named : ownEventIdOf(env, workspaceId, named);
}

/** 410: what the event held is gone. */
export function expiredEvent(): ApiError {
  return new ApiError("event_expired", "The event was accepted more than 30 days ago and is no longer kept.");
}
