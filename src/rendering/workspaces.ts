import type { PortalScopeBody, ShownPortalBody } from "../contract/portal.ts";
import type { ApiKeyBody, WorkspaceBody } from "../contract/workspace.ts";
import type { ApiKeyRow, WorkspaceRow } from "../d1/tables.ts";
import { routingOf } from "../d1/workspace-logs.ts";
import { dialects } from "../dialects/index.ts";
import { jurisdictionOf } from "../domain/ids.ts";
import { type PortalSettings, readPortal } from "../domain/portal.ts";
import { type PortalScope, readScope } from "../domain/scope.ts";
import { timeText, timeTextOrNull } from "./time.ts";

/* Workspaces and their keys as the API shows them. */

export function workspaceBody(row: WorkspaceRow): WorkspaceBody {
  return {
    id: row.id,
    name: row.name,
    api_version: row.apiVersion,
    validate_events: row.validateEvents,
    log_shards: routingOf(row).count,
    shard_by: routingOf(row).shardBy,
    portal: portalBody(readPortal(row.portal)),
    jurisdiction: jurisdictionOf(row.id),
    catalog: row.catalog ?? Object.keys(dialects),
    created_at: timeText(row.createdAt),
  };
}

/** How a workspace's portal looks. */
function portalBody(settings: PortalSettings): ShownPortalBody {
  const { name, logoUrl, accent, theme, refreshUrl, frameAncestors, localeStrings } = settings;
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
    scope: scopeBody(readScope(row.scope)),
  };
}
