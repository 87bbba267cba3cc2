/** An event that somebody publishes. */
export interface PlannedEvent {
  n: number;
  type: string;
}

/** How a publisher makes sure that what it sends again counts once: by an id of its own, by a key, or not at all. */
export type SentOnce = "event id" | "own name" | "idempotency key" | "not at all";

/** What each event carries: an endpoint may ask for it and takes all of them still. */
export const CARRIED = {
  stage: "won",
  tags: ["simulated", "by seed"],
  context: { region: "eu", plan: "large" },
};
