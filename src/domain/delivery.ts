import type { Event } from "./event.ts";
import type { KeyPlace } from "./order.ts";

/** How a delivery ends that its receiver did not take: it was given up, or nobody wants it any more. */
export const UNDELIVERED_STATUSES = ["dead", "canceled"] as const;

export type UndeliveredStatus = (typeof UNDELIVERED_STATUSES)[number];

/** How a delivery ends. */
export const ENDED_STATUSES = ["delivered", ...UNDELIVERED_STATUSES] as const;

export type EndedStatus = (typeof ENDED_STATUSES)[number];

/** How a delivery stands. Their places here are how they are stored: a further one goes to the end. */
export const DELIVERY_STATUSES = ["pending", ...ENDED_STATUSES] as const;

export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Whether the receiver took it. */
export const ATTEMPT_OUTCOMES = ["success", "failure"] as const;

export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** Why an attempt failed: a closed list. */
export const ATTEMPT_ERRORS = [
  "status",
  "redirect",
  "timeout",
  "connect",
  "dns",
  "tls",
  "reset",
  "invalid_answer",
  "response_too_slow",
  "blocked_address",
  "auth",
  "expired",
] as const;

export type AttemptError = (typeof ATTEMPT_ERRORS)[number];

/** How a body is shown: as text or, where it is not UTF-8, as base64. */
export const BODY_ENCODINGS = ["utf8", "base64"] as const;

export type BodyEncoding = (typeof BODY_ENCODINGS)[number];

/** One HTTP request of a delivery, on record. */
export interface Attempt {
  /** From 1. */
  number: number;
  /** Unix milliseconds. */
  startedAt: number;
  durationMs: number;
  outcome: AttemptOutcome;
  error: AttemptError | null;
  /** The version of the endpoint's configuration that it was made by; absent in what versions before 0.2 recorded. */
  policyVersion?: number;
  /** The options of the dialect that were set then; absent where it has none, and in what versions before 0.2 recorded. */
  dialectOptions?: Record<string, string>;
  request: { method: string; url: string; headers: Record<string, string> };
  /** Null if no status line arrived. `body` holds the first 16 KiB, as text or, if it is not UTF-8, as base64. */
  response: {
    status: number;
    headers: Record<string, string>;
    body: string;
    encoding: BodyEncoding;
    truncated: boolean;
  } | null;
}

/** What lists show of an attempt; `status`: that of its answer, null = there was none. */
export type AttemptSummary = Pick<Attempt, "number" | "outcome" | "error" | "durationMs"> & {
  status: number | null;
};

/** One event for one endpoint. */
export interface Delivery {
  id: string;
  endpointId: string;
  eventId: string;
  eventType: string;
  /** Its place in the endpoint's order, from 1 without gaps; a test has 0. */
  sequence: number;
  /** Its place in the order of its key; null = it came without one. */
  keyPlace: KeyPlace | null;
  status: DeliveryStatus;
  attemptCount: number;
  /** The delivery that this one replays. */
  replayOf: string | null;
  /** The newest replay of this one. */
  replayedBy: string | null;
  /** Unix milliseconds, like all times here. */
  createdAt: number;
  /** Null once it is completed; for one never attempted, when it was enqueued. */
  nextAttemptAt: number | null;
  completedAt: number | null;
  lastAttempt: AttemptSummary | null;
}

/** What a dialect is given to build a request: the event and its delivery. */
export interface OutgoingDelivery {
  event: Event;
  workspaceId: string;
  endpointId: string;
  sequence: number;
  /** Its place in the order of its key, where the endpoint delivers by key; absent or null = it does not. */
  keyPlace?: KeyPlace | null;
  /** From 1. */
  attempt: number;
  isReplay: boolean;
  /** When the event fired as this endpoint sees it, Unix milliseconds: the accept time, made strictly increasing per endpoint; a replay keeps its original's. */
  firedAt: number;
  /** A UUID, new for each attempt. */
  attemptId: string;
}
