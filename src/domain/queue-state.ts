import type { DeliveryWithAttempts } from "./messages.ts";
import type { LastMinute, Wait } from "./waiting.ts";

/** How an endpoint's queue stands, as its object says it. Times are Unix milliseconds. */
export interface QueueState {
  /** Whether one delivery at a time is attempted, in strict order. */
  isOrdered: boolean;
  /** Null = nothing is pending. */
  head: DeliveryWithAttempts | null;
  /** Since when it waits: the end of its last attempt, or when it was made. */
  headSince: number | null;
  wait: Wait | null;
  depth: number;
  bytes: number;
  inFlight: number;
  lastMinute: LastMinute;
  drainedBy: number | null;
}
