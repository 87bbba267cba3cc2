import type { Attempt, AttemptSummary } from "./delivery.ts";
import type { Event } from "./event.ts";
import { always, listed, maybe, record, shapeOf } from "./stored.ts";

/* How an endpoint stores its deliveries and their attempts. */

/** What is kept of a delivery's event beside the columns. */
export type EventMeta = Pick<
  Event,
  "created" | "apiVersion" | "tags" | "context" | "acceptedAt" | "traceparent"
>;

export const eventMetaShape = shapeOf(
  record<EventMeta>({
    created: always(),
    apiVersion: always(),
    tags: always(),
    context: always(),
    acceptedAt: always(),
    traceparent: maybe(),
  }),
);

const readAttempt = record<Attempt>({
  number: always(),
  startedAt: always(),
  durationMs: always(),
  outcome: always(),
  error: always(),
  policyVersion: maybe(),
  dialectOptions: maybe(),
  request: always(),
  response: always(),
});

export const attemptShape = shapeOf(readAttempt);

/** The records of a delivery's attempts, oldest first. */
export const attemptsShape = shapeOf(listed(readAttempt));

/** What lists show of a delivery's last attempt. */
export const lastAttemptShape = shapeOf(
  record<AttemptSummary>({
    number: always(),
    outcome: always(),
    error: always(),
    durationMs: always(),
    status: always(),
  }),
);
