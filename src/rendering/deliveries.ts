import type { z } from "@hono/zod-openapi";
import type { AttemptBody, DeliveryBody, deliveryWithAttempts } from "../contract/delivery.ts";
import type { Attempt, Delivery } from "../domain/delivery.ts";
import type { DeliveryWithAttempts } from "../domain/messages.ts";
import type { Wait } from "../domain/waiting.ts";
import { timeText, timeTextOrNull } from "./time.ts";

/* Deliveries, and their attempts, as the API shows them. */

/** Why a pending delivery waits. */
export function waitBody({ why, until, behind }: Wait) {
  return {
    why,
    until: timeTextOrNull(until),
    behind: behind ? { delivery_id: behind.deliveryId, key: behind.key } : null,
  };
}

export function deliveryBody(delivery: Delivery): DeliveryBody {
  const last = delivery.lastAttempt;
  return {
    id: delivery.id,
    endpoint_id: delivery.endpointId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    sequence: delivery.sequence,
    // Objects of version 0.2 say nothing of keys.
    key: delivery.keyPlace?.key ?? null,
    key_sequence: delivery.keyPlace?.sequence ?? null,
    status: delivery.status,
    attempt_count: delivery.attemptCount,
    replay_of: delivery.replayOf,
    replayed_by: delivery.replayedBy,
    created_at: timeText(delivery.createdAt),
    next_attempt_at: timeTextOrNull(delivery.nextAttemptAt),
    completed_at: timeTextOrNull(delivery.completedAt),
    last_attempt: last && {
      number: last.number,
      outcome: last.outcome,
      error: last.error,
      status: last.status,
      duration_ms: last.durationMs,
    },
  };
}

export function deliveryWithAttemptsBody(
  delivery: DeliveryWithAttempts,
): z.infer<typeof deliveryWithAttempts> {
  return { ...deliveryBody(delivery), attempts: delivery.attempts.map(attemptBody) };
}

/** An attempt as the API shows it. */
export function attemptBody(attempt: Attempt): AttemptBody {
  return {
    number: attempt.number,
    started_at: timeText(attempt.startedAt),
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    error: attempt.error,
    policy_version: attempt.policyVersion ?? null,
    request: attempt.request,
    response: attempt.response,
  };
}
