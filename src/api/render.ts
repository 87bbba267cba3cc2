import type { z } from "@hono/zod-openapi";
import type { AttemptBody, DeliveryBody, deliveryWithAttempts } from "../contract/delivery.ts";
import type { EventSummaryBody } from "../contract/event.ts";
import type { PortalScopeBody, ShownPortalBody } from "../contract/portal.ts";
import type { ApiKeyBody, WorkspaceBody } from "../contract/workspace.ts";
import type { ApiKeyRow, WorkspaceRow } from "../d1/tables.ts";
import { dialects } from "../dialects/index.ts";
import type { Attempt, Delivery } from "../domain/delivery.ts";
import type { EventSummary } from "../domain/event.ts";
import { jurisdictionOf } from "../domain/ids.ts";
import type { AcceptedEvent, DeliveryWithAttempts } from "../domain/messages.ts";
import { PLAIN_PORTAL, type PortalSettings } from "../domain/portal.ts";
import type { PortalScope } from "../domain/scope.ts";
import type { Wait } from "../domain/waiting.ts";

/* From what the service holds to what the API says: snake_case, RFC 3339. */

/** RFC 3339 with milliseconds, UTC. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** As `timeText`; null stays null. */
export function timeTextOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : timeText(timeMs);
}

export function workspaceBody(row: WorkspaceRow): WorkspaceBody {
  return {
    id: row.id,
    name: row.name,
    api_version: row.apiVersion,
    validate_events: row.validateEvents,
    portal: portalBody(row.portal),
    jurisdiction: jurisdictionOf(row.id),
    catalog: row.catalog ?? Object.keys(dialects),
    created_at: timeText(row.createdAt),
  };
}

/** How a workspace's portal looks; null = it never chose. */
function portalBody(settings: PortalSettings | null): ShownPortalBody {
  const { name, logoUrl, accent, theme, refreshUrl, frameAncestors, localeStrings } = {
    ...PLAIN_PORTAL,
    ...settings,
  };
  return {
    ...{ name, logo_url: logoUrl, accent, theme, refresh_url: refreshUrl },
    ...{ frame_ancestors: frameAncestors, locale_strings: localeStrings },
  };
}

/** What a portal session is for. */
export function scopeBody(scope: PortalScope | null): PortalScopeBody | null {
  return scope && { endpoint_ids: scope.endpointIds, metadata: scope.metadata, read_only: scope.readOnly };
}

export function apiKeyBody(row: ApiKeyRow): ApiKeyBody {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    created_at: timeText(row.createdAt),
    expires_at: timeTextOrNull(row.expiresAt),
    last_used_at: timeTextOrNull(row.lastUsedAt),
    rate_limit: row.rateLimit,
    scope: scopeBody(row.scope),
  };
}

/** How an event is called: by its publisher, and by the service. */
export function namesOf({ id, ownId }: { id: string; ownId?: string }) {
  return { id: ownId ?? id, event_id: id };
}

export function acceptedEventBody(event: AcceptedEvent) {
  const { type, created, endpoints } = event;
  return { ...namesOf(event), type, created, endpoints };
}

export function eventSummaryBody(event: EventSummary): EventSummaryBody {
  return {
    ...namesOf(event),
    type: event.type,
    created: event.created,
    api_version: event.apiVersion,
    tags: event.tags,
    context: event.context,
    accepted_at: timeText(event.acceptedAt),
    endpoints: event.endpoints,
  };
}

/** Why a pending delivery waits. */
export function waitBody({ why, until }: Wait) {
  return { why, until: timeTextOrNull(until) };
}

export function deliveryBody(delivery: Delivery): DeliveryBody {
  const last = delivery.lastAttempt;
  return {
    id: delivery.id,
    endpoint_id: delivery.endpointId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    sequence: delivery.sequence,
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
