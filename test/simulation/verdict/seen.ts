import type { SeenAttempt } from "../../promises/attempt.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Arrival } from "../receiver.ts";

/** The attempts of an endpoint's deliveries, tests left out, as the promises are judged by. */
export function seenAt({ id }: PlayedEndpoint, arrivals: readonly Arrival[]): SeenAttempt[] {
  return arrivals
    .filter((one) => one.endpoint === id && (one.sequence ?? 0) > 0)
    .map(({ eventId, sequence, life, sentAt, endedAt, status, isUnread, errand }) => ({
      ...{ event: String(eventId), sequence, life, startedAt: sentAt, endedAt },
      // Of one whose sender was lost nobody heard: it is a crash of its own, and repeats no more than what that had in flight.
      isSuccess: status === 200 && !isUnread && (errand?.lostAt ?? null) === null,
    }));
}
