import type { Attempt } from "./delivery.ts";
import { DAY_MS } from "./durations.ts";
import type { DialectDefaults, EndpointStatus, RetryPolicy } from "./endpoint.ts";

/** A receiver's `Retry-After` holds its endpoint for this long at the most. */
const MAX_HOLD_MS = DAY_MS;

/** What follows when a delivery is given up: the next one, or a pause of its endpoint with this one pending. */
export const ON_DEAD_LETTER = ["continue", "pause"] as const;

export type OnDeadLetter = (typeof ON_DEAD_LETTER)[number];

/** What a policy says of failures. */
export interface RetryRules extends DialectDefaults {
  onDeadLetter: OnDeadLetter;
}

export interface AttemptOutcome {
  attempt: Attempt;
  /** What the receiver asked for with `Retry-After` on 429 or 503, milliseconds; null = nothing. */
  retryAfterMs: number | null;
}

export interface DecideInput {
  outcome: AttemptOutcome;
  /** Attempts of this delivery when its present schedule began: 0 unless it was started anew. */
  scheduleStart: number;
  /** Failed attempts in a row at this endpoint before this one. */
  consecutiveFailures: number;
  /**
   * Whether it began before somebody resumed the endpoint: then its failure is none of the resumed endpoint. A receiver that
   * hung would have it disabled again, though it was mended and has answered all that was sent since.
   */
  beganBeforeResume: boolean;
  policy: RetryRules;
  /** Unix milliseconds. */
  nowMs: number;
  /** 0–1, for the jitter. */
  random: number;
}

export interface Decision {
  delivery:
    | { status: "delivered" | "dead" }
    /** Due again. `scheduleStart` moves where the delivery starts its schedule anew. */
    | { status: "pending"; nextAttemptAt: number; scheduleStart: number };
  /** A failure of its endpoint, the success that ends the row of these, or nothing to it, since it was resumed meanwhile. */
  counts: "failure" | "success" | "nothing";
  consecutiveFailures: number;
  /** No attempt of this endpoint before this time, Unix milliseconds; null = no hold. */
  holdUntil: number | null;
  /** A change of the endpoint's own status. */
  change: { status: Exclude<EndpointStatus, "enabled">; reason: string } | null;
}

/** What happens after an attempt: to its delivery and to its endpoint. Rules: the contract's, "Endpoint". */
export function decide(input: DecideInput): Decision {
  const { outcome, policy, nowMs } = input;
  const { attempt } = outcome;
  if (attempt.outcome === "success") {
    return {
      delivery: { status: "delivered" },
      counts: "success",
      consecutiveFailures: 0,
      holdUntil: null,
      change: null,
    };
  }
  const counts = input.beganBeforeResume ? "nothing" : "failure";
  const consecutiveFailures = input.consecutiveFailures + (counts === "failure" ? 1 : 0);
  const holdUntil =
    outcome.retryAfterMs === null ? null : nowMs + Math.min(outcome.retryAfterMs, MAX_HOLD_MS);
  const nextAttemptAt = nextAttempt(input);
  const mustPause = nextAttemptAt === null && policy.onDeadLetter === "pause";
  const change = counts === "nothing" ? null : changeAfter(attempt, policy, consecutiveFailures, mustPause);
  const endpoint = { counts, consecutiveFailures, holdUntil, change } as const;
  if (nextAttemptAt !== null)
    return {
      delivery: { status: "pending", nextAttemptAt, scheduleStart: input.scheduleStart },
      ...endpoint,
    };
  if (mustPause)
    return {
      delivery: { status: "pending", nextAttemptAt: nowMs, scheduleStart: attempt.number },
      ...endpoint,
    };
  return { delivery: { status: "dead" }, ...endpoint };
}

/** The change of its endpoint's status that a failure means. */
function changeAfter(
  { response }: Attempt,
  { disableAfterFailures }: RetryRules,
  consecutiveFailures: number,
  mustPause: boolean,
): Decision["change"] {
  if (response?.status === 410) return { status: "disabled", reason: "gone" };
  if (disableAfterFailures !== null && consecutiveFailures >= disableAfterFailures)
    return { status: "disabled", reason: "consecutive_failures" };
  return mustPause ? { status: "paused", reason: "dead_letter" } : null;
}

/** When the next attempt is due, Unix milliseconds; null = the schedule is exhausted. */
function nextAttempt({ outcome, scheduleStart, policy, nowMs, random }: DecideInput): number | null {
  return retryDueAt(policy, outcome.attempt.number - scheduleStart, nowMs, random);
}

/**
 * When the attempt after the `failed`-th of a schedule is due; null = there is none.
 * @param endedAt when the failed one ended, Unix milliseconds
 * @param random 0–1: each delay is multiplied by 1 ± jitter
 */
export function retryDueAt(
  policy: { retry: RetryPolicy },
  failed: number,
  endedAt: number,
  random: number,
): number | null {
  const { delays, jitter } = policy.retry;
  const delaySeconds = delays[failed - 1];
  if (delaySeconds === undefined) return null;
  return endedAt + Math.round(delaySeconds * 1000 * (1 + jitter * (2 * random - 1)));
}
