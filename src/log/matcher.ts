import type { NewEvent } from "../domain/event.ts";
import type { Match } from "../domain/subscription.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

/** What filters may take between two pauses, in steps: some milliseconds. */
const STEPS_AT_ONCE = 200_000;

/** An event with its match, and the `created` that its filters saw. */
export interface MatchedEvent extends NewEvent {
  created: number;
  match: Match;
}

/**
 * Matches a request's events against the subscriptions as they are when it arrives. Before the transaction and with
 * pauses, because a workspace with hundreds of costly filters would otherwise hold up everybody else on the thread for
 * as long as a whole batch takes.
 */
export async function matchInTurns(
  events: readonly NewEvent[],
  subscriptions: Pick<SubscriptionStore, "index" | "match">,
  nowMs: number,
): Promise<MatchedEvent[]> {
  const { index } = subscriptions;
  let pausedAt = index.steps;
  const matched: MatchedEvent[] = [];
  for (const event of events) {
    // Steps of all requests: several of them that match in turns pause sooner, not later.
    if (index.steps - pausedAt > STEPS_AT_ONCE) {
      await new Promise((resume) => setTimeout(resume, 0));
      pausedAt = index.steps;
    }
    const created = event.created ?? Math.floor(nowMs / 1000);
    matched.push({ ...event, created, match: subscriptions.match({ ...event, created }) });
  }
  return matched;
}
