import type { Match } from "../../src/filter/matching.ts";
import type { Matchable } from "../../src/filter/subscription.ts";
import type { SubscriptionIndex } from "../../src/filter/subscription-index.ts";

/** The whole match of an event, at once. */
export function matched(index: SubscriptionIndex, event: Matchable): Match {
  const match = index.begin(event).advance(Number.POSITIVE_INFINITY);
  if (match === null) throw new Error("the match has not ended");
  return match;
}
