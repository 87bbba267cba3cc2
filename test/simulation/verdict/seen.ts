import type { SeenAttempt } from "../../promises/attempt.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Arrival } from "../receiver.ts";

/** The attempts of an endpoint's deliveries, tests left out, as the promises are judged by. */
export function seenAt({ id }: PlayedEndpoint, arrivals: readonly Arrival[]): SeenAttempt[] {
  return arrivals
    .filter((one) => one.endpoint === id && (one.sequence ?? 0) > 0)
    .map(({ eventId, sequence, life, sentAt, endedAt, status }) => ({
      ...{ event: String(eventId), sequence, life, startedAt: sentAt, endedAt },
      isSuccess: status === 200,
    }));
}
