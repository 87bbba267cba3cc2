import type { Attempt, Delivery, DeliveryStatus } from "./delivery.ts";
import type { EndpointConfig } from "./endpoint.ts";
import type { Event, EventSummary, NewEvent } from "./event.ts";
import type { IdempotentRequest, KeyConflict, Repeatable } from "./idempotency.ts";
import type { LastAttemptFilter } from "./last-attempt.ts";
import type { LogAnswer } from "./log-shards.ts";
import type { PackedEvents } from "./packed-events.ts";
import type { Watch } from "./tail.ts";

/*
 * What the Worker, the EventLog object and the Endpoint objects say to each other over RPC.
 * `log` and `delivery` do not import one another; they meet here.
 */

/** The answer to a publisher, per event. */
export interface AcceptedEvent {
  id: string;
  /** What its publisher calls it, where that is another text. */
  ownId?: string;
  type: string;
  /** Unix seconds. */
  created: number;
  /** How many endpoints it goes to. */
  endpoints: number;
}

export type AppendAnswer =
  | KeyConflict
  | ({ outcome: "accepted"; events: AcceptedEvent[] } & Repeatable)
  /** An id that was accepted with other content; `index` is its place in the request. Nothing was stored. */
  | { outcome: "conflict"; index: number }
  /** A publisher's id whose time is too far from now; nothing was stored. */
  | { outcome: "id_out_of_range"; index: number }
  /** There is no room for it; `mustSplit`: there never will be for all of it at once. */
  | { outcome: "overloaded"; retryAfterSeconds: number; mustSplit?: true }
  /** It was sent by a routing that is not in force in this log. Nothing was stored. */
  | { outcome: "rerouted" }
  /** It came after the time that it named. Nothing was stored. */
  | { outcome: "late" };

export interface AppendRequest {
  /** A large request's are packed. */
  events: NewEvent[] | PackedEvents;
  /** With an Idempotency-Key: the answer is kept in the transaction that stores the events. */
  request?: IdempotentRequest;
  /** What the rest of the request's events were answered, by their index in it, which other logs accepted before. */
  before?: ReadonlyMap<number, AcceptedEvent>;
  /** The epoch of the routing by which the log was chosen; absent = there is one log. */
  epoch?: number;
  /** It must not be accepted after this, Unix milliseconds: what it claimed may be another's then. */
  notAfterMs?: number;
}

/** A batch on its way from a log to one endpoint, in order. */
export interface HandOver {
  workspaceId: string;
  /** The name of the log's object. */
  logId: string;
  events: Event[];
  /** Absent = nobody is known to watch. */
  watch?: Watch;
}

export type HandOverAnswer =
  | { outcome: "taken" }
  /** The endpoint has as much pending as it may hold; the log keeps the rest. `taken`: the last position it took. */
  | { outcome: "full"; taken: number }
  /** The endpoint does not exist, or no longer. */
  | { outcome: "gone" };

/**
 * A batch of which the endpoint's object may hold the events in memory alone: the log has them until they are settled.
 * Several may be under way, each with the place of the one before it, so that none is skipped.
 */
export interface Taking extends HandOver {
  /** Position of the last event of the batch before; null = this one begins with what is not settled. */
  after: number | null;
  /** Whether all that was ever sent to the endpoint, and may be lost, has been sent again with this batch. */
  isAll: boolean;
  /** Null = the log can be asked for the endpoint's configuration; absent = it cannot, it runs older code. */
  configuration?: GivenConfiguration | null;
}

/** A configuration that was read from D1 after an object had asked for it. */
export interface GivenConfiguration {
  config: EndpointConfig;
  /** The life of the object that asked: one that was erased since knows it, another one asks again. */
  askedBy: string;
}

export type TakingAnswer =
  /** `settled`: all up to this position is stored, or has ended; absent = all of the batch. */
  | { outcome: "taken"; settled?: number }
  /** The batch before did not come: what follows what is settled is to be sent again. */
  | { outcome: "gap" }
  /** The object has no configuration: the same is to be sent with it. Only where the batch says that the log can be asked. */
  | { outcome: "unconfigured"; askedBy: string }
  | Exclude<HandOverAnswer, { outcome: "taken" }>;

/** What a log says of a position: whether one endpoint has all of its events up to there, stored, and whether all have. */
export interface HandedOverUpTo {
  here: boolean;
  everywhere: boolean;
}

/** How the API asks for a page of a list. */
export interface Page<T> {
  rows: T[];
  /** Where the next page starts; null = there is none. */
  next: string | null;
}

export interface EventQuery {
  /** A type pattern. */
  type?: string;
  tag?: string;
  /** Each pair must equal the event's. */
  context?: Record<string, string>;
  /** Unix milliseconds: from ≤ accepted_at < to. */
  from?: number;
  to?: number;
  cursor?: string;
  limit: number;
}

/** An event with the endpoints of its match and of its replays, named by id; a deleted one stays named. */
export interface FoundEvent {
  event: Event;
  /** How many endpoints it went to when it was accepted. */
  matched: number;
  endpoints: { id: string; deleted: boolean; missed: boolean }[];
  /** The number of the log that has it; absent = 0. */
  log?: number;
}

export type FindEventAnswer = LogAnswer &
  (
    | ({ outcome: "found" } & FoundEvent)
    | { outcome: "unknown" }
    /** It was accepted more than 30 days ago. */
    | { outcome: "expired" }
  );

export type EventPage = Page<EventSummary> & LogAnswer;

/** The events that were accepted in a span of time. */
export interface EventSpan {
  /** Unix milliseconds: from ≤ accepted_at < to. */
  from: number;
  to: number;
  /** Only what lies after this position: where the page before ended. */
  after?: number;
}

export interface EventSpanPage extends LogAnswer {
  /** Oldest first. */
  events: Event[];
  /** The position after which the next page starts; null = there is none. */
  next: number | null;
}

export interface DeliveryQuery extends LastAttemptFilter {
  status?: DeliveryStatus;
  /** A type pattern. */
  type?: string;
  eventId?: string;
  /** Unix milliseconds: from ≤ created_at < to. */
  from?: number;
  to?: number;
  cursor?: string;
  limit: number;
  /** Rows that it may look at; absent = as many as any page. */
  examine?: number;
}

/** `examined`: rows that were looked at. */
export type DeliveryPage = Page<Delivery> & { examined: number };

export type DeliveryWithAttempts = Delivery & { attempts: Attempt[] };

/** A request as it was sent, or as it would be. */
export interface ShownRequest {
  /** From 1. */
  attempt: number;
  /** Whether it is that of an attempt on record; otherwise it is what would be sent now. */
  isOnRecord: boolean;
  method: string;
  url: string;
  /** Secrets masked. */
  headers: Record<string, string>;
  body: string;
}

export type ShownRequestAnswer =
  | { outcome: "built"; request: ShownRequest }
  /** The endpoint holds the delivery's event no longer: it is to be asked again with the event. */
  | { outcome: "needs_event"; eventId: string }
  /** `no_attempt`: it has no such attempt, or none on record any more. */
  | { outcome: "unknown" | "no_attempt" | "unsignable" };

export type ReplayAnswer =
  | KeyConflict
  | ({ outcome: "enqueued"; delivery: Delivery } & Repeatable)
  | { outcome: "disabled" }
  | { outcome: "gone" };

/** How far back stats look. */
export const STATS_WINDOWS = ["1h", "24h", "7d", "30d"] as const;

export type StatsWindow = (typeof STATS_WINDOWS)[number];

/** What went through an endpoint in a window. Latencies are those of successful attempts. */
export interface EndpointFlows {
  delivered: number;
  dead: number;
  canceled: number;
  /** Deliveries that needed a second attempt. */
  retried: number;
  attempts: number;
  /** Null where nothing was delivered. */
  avgLatencyMs: number | null;
  p50LatencyMs: number | null;
  p95LatencyMs: number | null;
  p99LatencyMs: number | null;
  series: { at: number; delivered: number; dead: number; attempts: number; avgLatencyMs: number | null }[];
}

/** An endpoint's flows, and how it stands now. */
export interface EndpointStats extends EndpointFlows {
  pending: number;
  /** Unix milliseconds; null = nothing is pending. */
  oldestPendingAt: number | null;
}

/** Which pending deliveries to cancel; absent = whatever type, whenever made. */
export interface CancelSelection {
  /** Patterns of event types, as in a subscription. */
  types?: string[];
  /** Unix milliseconds: made before this time. */
  before?: number;
}

export type RetryAnswer =
  | KeyConflict
  | ({ outcome: "due" } & Repeatable)
  | { outcome: "unknown" | "not_pending" | "in_flight" | "paused" | "disabled" }
  /** `key`: that of the order in which it waits; absent = the endpoint's. */
  | { outcome: "not_head"; key?: string };

export type CancelAnswer =
  | KeyConflict
  | ({ outcome: "canceled"; delivery: Delivery } & Repeatable)
  | { outcome: "unknown" | "not_pending" };

export const SWEEP_ACTIONS = ["retry", "cancel"] as const;
export const SWEEP_STATES = ["running", "done"] as const;

/** A retry or cancel of many pending deliveries, and how far it is. */
export interface SweepReport {
  id: string;
  action: (typeof SWEEP_ACTIONS)[number];
  state: (typeof SWEEP_STATES)[number];
  /** Pending deliveries that it has found so far. */
  matched: number;
  /** How many of those it canceled, or made due; one in flight, or due anyway, is not made due. */
  changed: number;
  /** Unix milliseconds. */
  createdAt: number;
}

/** `too_many`: as many of them wait as may wait at once. */
export type SweepAnswer =
  | KeyConflict
  | ({ outcome: "sweeping"; sweep: SweepReport } & Repeatable)
  | { outcome: "unknown" | "paused" | "disabled" | "too_many" };

/** What a Worker of version 0.1 is answered to a cancel of many. */
export type CancelAllAnswer = KeyConflict | ({ outcome: "canceling" } & Repeatable) | { outcome: "unknown" };

/** The endpoints that an event is replayed to: those asked for or, for a repeated request, those of the first. */
export type NoteReplayAnswer = KeyConflict | { outcome: "noted"; endpointIds: string[] };
