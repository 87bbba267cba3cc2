import type { Delivery } from "./delivery.ts";
import type { NewEvent } from "./event.ts";
import type { Wait } from "./waiting.ts";

/* What the Worker asks the EventLog object and the Endpoint objects to explain of one event. */

/** The conditions of a subscription, in the order in which they are looked at. */
export const CONDITIONS = ["types", "stages", "tags", "context", "filter"] as const;

export type Condition = (typeof CONDITIONS)[number];

/** The first condition of a subscription that an event does not meet, with what was asked for and what was there. */
export interface NonMatch {
  condition: Condition;
  /** The key of the pair, where the condition is `context`. */
  key: string | null;
  /** Any of these would do. */
  wanted: string[];
  /** What the event has; empty = nothing. */
  actual: string[];
  /** The part of a `filter` that was not true, why, and the values that it met. */
  part: string | null;
  reason: string | null;
  values: { expression: string; value: string | null }[];
}

/** An event that the log has, by its id, or one that may be published. */
export type ExplainedEvent = { id: string } | { event: NewEvent };

export interface ExplainRequest {
  of: ExplainedEvent;
  /** Endpoints of the workspace; those that the log does not know are left out. */
  endpointIds: string[];
}

/** What the log knows of an event and one endpoint. */
export interface ExplainedMatch {
  endpointId: string;
  /** `none`: it did not match. For an event that was not published: what would become of it. */
  relation: "matched" | "missed" | "replayed" | "none";
  /** Whether the endpoint has been handed all up to this event. */
  isHandedOver: boolean;
  /** The version of the subscription that was in force; null = it is not on record, as of events before version 0.2. */
  version: number | null;
  /** Since when that version was in force, Unix milliseconds; null = since before there was a record. */
  since: number | null;
  /** Since when it was disabled, if it was; Unix milliseconds; null = since before there was a record. */
  disabledSince: number | null;
  /** Whether the endpoint's subscription came later than the event. */
  isLater: boolean;
  /** Why it did not match; null = it did, or what was in force then is not on record and today's would match. */
  nonMatch: NonMatch | null;
}

export type ExplainAnswer =
  /** `next`: how many of the endpoints are explained; fewer than asked for where their filters are costly. */
  { outcome: "explained"; matches: ExplainedMatch[]; next: number } | { outcome: "unknown" };

/** What an endpoint knows of an event. */
export interface ExplainedDeliveries {
  /** By sequence: the first one, and its replays. */
  deliveries: Delivery[];
  /** Why the newest of them waits, if it is pending. */
  wait: Wait | null;
}
