import { DAY_MS, MINUTE_MS } from "./durations.ts";

/** A publisher's own event id may be this much older than now, and newer. */
export const OWN_ID_PAST_MS = DAY_MS;
export const OWN_ID_FUTURE_MS = 5 * MINUTE_MS;

/** Which optional fields the publisher sent; the rest were filled in. Part of what makes a resend "the same content". */
export interface SentFields {
  created: boolean;
  apiVersion: boolean;
  tags: boolean;
  context: boolean;
}

/** What a publisher asks to have accepted, parsed and checked by the Worker. */
export interface NewEvent {
  /** The publisher's own id, where it has the form of an event id; absent = the server makes one. */
  id?: string;
  /** The publisher's own id, where it is any other text: it stands beside the one that the server makes. */
  ownId?: string;
  type: string;
  /** Unix seconds; absent = the time of acceptance. */
  created?: number;
  apiVersion: string;
  tags: string[];
  context: Record<string, string>;
  /** The JSON text of `data`, byte for byte as sent. */
  data: string;
  /** `data.stage`, where it is a string: endpoints may subscribe by it. */
  stage?: string;
  /** Context that `data` implies, see `conditions.ts`; no part of what was sent. */
  implied?: Record<string, string>;
  sent: SentFields;
  /** The `traceparent` that it was published with, where that is one (`trace-context.ts`); no part of what was sent. */
  traceparent?: string;
  /** The endpoint that an operational event is about: it never gets it itself. */
  about?: string;
}

/** An accepted event: immutable. */
export interface Event {
  /** Its place in the log, see `domain/ids.ts`. */
  position: number;
  id: string;
  /** What its publisher calls it, where that is another text. */
  ownId?: string;
  type: string;
  /** Unix seconds. */
  created: number;
  apiVersion: string;
  tags: string[];
  context: Record<string, string>;
  /** Unix milliseconds. */
  acceptedAt: number;
  /** The JSON text of `data`, byte for byte as sent. */
  data: string;
  /** The `traceparent` that it was published with, if it was. */
  traceparent?: string;
  /** It waited in the log for longer than events are kept: its delivery ends with that, its data may be gone. */
  isExpired?: true;
}

/** An event as the log keeps it: with its match, which is final. Endpoints are named by their number in the log. */
export interface LoggedEvent extends Event {
  sent: SentFields;
  /** Endpoints it goes to, ascending. */
  endpoints: readonly number[];
  /** Endpoints that matched while they were disabled, ascending. */
  missed: readonly number[];
}

/** An event in lists: without its data. */
export type EventSummary = Omit<Event, "data"> & { endpoints: number };

/** How long an event can be read and replayed. */
export const RETENTION_MS = 30 * DAY_MS;
