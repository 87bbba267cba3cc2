import type { Subscription } from "./endpoint.ts";
import type { EventSummary } from "./event.ts";
import type { LogAnswer } from "./log-shards.ts";

/** What is looked for in a log. All that is given must hold. */
export interface EventSearch {
  /** Unix milliseconds: from ≤ accepted_at < to. */
  from?: number;
  to?: number;
  /** Type patterns, any of which may match. */
  types?: string[];
  /** A CEL expression that must be true. */
  filter?: string;
  /** Found in the JSON text of `data`, as it was sent. */
  text?: string;
  /** The position before which the page starts. */
  before?: number;
  limit: number;
}

export interface EventSearchPage extends LogAnswer {
  /** Newest first; `excerpt`: the data around the text that was looked for. */
  rows: { event: EventSummary; excerpt: string | null }[];
  /** The position before which the next page starts; null = there is none. */
  next: number | null;
  /** When the last event that was looked at was accepted, Unix milliseconds; null = all were looked at. */
  scannedTo: number | null;
  scannedEvents: number;
  /** How much data was looked through. */
  scannedCharacters: number;
}

/** A subscription to be tried on the newest events. */
export interface SubscriptionTrial {
  subscription: Subscription;
  /** So many events. */
  limit: number;
}

/** An event that a subscription was tried on. */
export interface TriedEvent {
  event: EventSummary;
  /** How its data begins. */
  excerpt: string;
  /** The first condition that does not hold; null = the subscription takes it. */
  reason: string | null;
}

/** What a trial came to in one of several logs. */
export interface TriedInLog {
  logs: number;
  /** Newest first. */
  tried: TriedEvent[];
  /** The position before which nothing was tried for want of room; null = all were. */
  next: number | null;
}
