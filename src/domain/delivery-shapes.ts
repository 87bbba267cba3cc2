import type { Attempt, AttemptSummary, Delivery } from "./delivery.ts";
import type { Event } from "./event.ts";
import type { KeyPlace } from "./order.ts";
import { added, always, listed, maybe, named, nullable, record, shapeOf } from "./stored.ts";

/* How an endpoint stores its deliveries and their attempts. */

const readPairs = named(always<string>());

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
    context: readPairs,
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
  dialectOptions: maybe(readPairs),
  request: record<Attempt["request"]>({ method: always(), url: always(), headers: readPairs }),
  response: nullable(
    record<NonNullable<Attempt["response"]>>({
      status: always(),
      headers: readPairs,
      body: always(),
      encoding: always(),
      truncated: always(),
    }),
  ),
});

export const attemptShape = shapeOf(readAttempt);

/** The records of a delivery's attempts, oldest first. */
export const attemptsShape = shapeOf(listed(readAttempt));

const readSummary = record<AttemptSummary>({
  number: always(),
  outcome: always(),
  error: always(),
  durationMs: always(),
  status: always(),
});

/** What lists show of a delivery's last attempt. */
export const lastAttemptShape = shapeOf(readSummary);

/** A delivery as it was shown once. Before 0.3 none had a key. */
export const readDelivery = record<Delivery>({
  id: always(),
  endpointId: always(),
  eventId: always(),
  eventType: always(),
  sequence: always(),
  keyPlace: added(null, nullable(record<KeyPlace>({ key: always(), sequence: always() }))),
  status: always(),
  attemptCount: always(),
  replayOf: always(),
  replayedBy: always(),
  createdAt: always(),
  nextAttemptAt: always(),
  completedAt: always(),
  lastAttempt: nullable(readSummary),
});
