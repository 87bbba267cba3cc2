import type { SeenAttempt } from "../../promises/attempt.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Arrival } from "../receiver.ts";

/** The attempts of an endpoint's deliveries, tests left out, as the promises are judged by. */
export function seenAt({ id }: PlayedEndpoint, arrivals: readonly Arrival[]): SeenAttempt[] {
  return arrivals
    .filter((one) => one.endpoint === id && (one.sequence ?? 0) > 0)
    .map((arrival) => {
      const { eventId, sequence, life, sentAt, endedAt, status, isUnread, errand } = arrival;
      // Nobody heard of one whose sender was lost: that is a crash of its own, and repeats no more than what it had in flight.
      const isLost = (errand?.lostAt ?? null) !== null;
      return {
        ...{ event: String(eventId), sequence, life, startedAt: sentAt },
        endedAt: isLost ? overAt(arrival) : endedAt,
        isSuccess: status === 200 && !isUnread && !isLost,
      };
    });
}

/** When an attempt is in flight no more for its endpoint: what is lost with its sender may still be open. */
export function overAt({ endedAt, errand }: Arrival): number {
  return Math.min(...[endedAt, errand?.lostAt].map((at) => at ?? Number.POSITIVE_INFINITY));
}
