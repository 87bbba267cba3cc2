import type { DeliveryWithAttempts } from "./messages.ts";
import type { Order } from "./order.ts";
import type { LastMinute, Wait } from "./waiting.ts";

/** How an endpoint's queue stands, as its object says it. Times are Unix milliseconds. */
export interface QueueState {
  /** Whether one delivery at a time is attempted, in strict order. */
  isOrdered: boolean;
  /** Absent in what objects of version 0.2 say. */
  order?: Order;
  /** Null = nothing is pending. */
  head: DeliveryWithAttempts | null;
  /** Since when it waits: the end of its last attempt, or when it was made. */
  headSince: number | null;
  wait: Wait | null;
  /** Null or absent = the order is not by key. */
  keys?: HeldKeys | null;
  depth: number;
  bytes: number;
  inFlight: number;
  lastMinute: LastMinute;
  drainedBy: number | null;
}

/** Keys whose first delivery failed and waits for a time, its own or the end of a hold. What is out with whoever fetched it waits for nothing. */
export interface HeldKeys {
  /** How many, counted up to 10,000. */
  held: number;
  /** The keys that are due first; empty key = events without one. */
  heads: { key: string; deliveryId: string; sequence: number; attemptCount: number; dueAt: number }[];
}
