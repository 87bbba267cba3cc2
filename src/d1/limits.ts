import { type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import type { ApiKeyRow, InboxRow } from "./tables.ts";

/*
 * How many of a thing a workspace may have. Each limit is a condition of the statement that inserts, so that of requests
 * at the same moment none goes beyond it, and is answered by an index of what counts: a look takes as many entries as
 * the limit at the most, whatever was deleted or has expired and whatever other workspaces have.
 */

/** Keys that are not portal sessions; one that has expired counts until it is deleted. */
export const KEYS_PER_WORKSPACE = 200;

/** Portal sessions that have not expired. */
export const PORTAL_SESSIONS_PER_WORKSPACE = 1000;

const DEFAULT_ENDPOINTS_PER_WORKSPACE = 10_000;

/** Endpoints that are not deleted. */
export function endpointsPerWorkspace({ ENDPOINTS_PER_WORKSPACE }: Partial<Env>): number {
  return Number(ENDPOINTS_PER_WORKSPACE || DEFAULT_ENDPOINTS_PER_WORKSPACE);
}

/** The condition that a workspace has room for one more endpoint. */
export function hasRoomForEndpoint(workspaceId: string, most: number): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM endpoints WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL LIMIT 1 OFFSET ${most - 1})`;
}

/** The condition that a workspace has room for one more key of this kind. */
export function hasRoomForKey({ workspaceId, role, createdAt }: ApiKeyRow): SQL {
  // Literal roles: with bound parameters SQLite would not use the partial indexes.
  return role === "portal"
    ? sql`NOT EXISTS (SELECT 1 FROM api_keys WHERE workspace_id = ${workspaceId} AND role = 'portal' AND expires_at > ${createdAt} LIMIT 1 OFFSET ${PORTAL_SESSIONS_PER_WORKSPACE - 1})`
    : sql`NOT EXISTS (SELECT 1 FROM api_keys WHERE workspace_id = ${workspaceId} AND role <> 'portal' LIMIT 1 OFFSET ${KEYS_PER_WORKSPACE - 1})`;
}

export const INBOXES_PER_WORKSPACE = 50;

/** How many of those inboxes the portal sessions for one part of the endpoints may have. */
export const INBOXES_PER_PORTAL = 10;

/** The condition that a workspace, and the part of it that an inbox is for, has room for one more. */
export function hasRoomForInbox({ workspaceId, scope }: InboxRow): SQL {
  const inWorkspace = sql`NOT EXISTS (SELECT 1 FROM inboxes WHERE workspace_id = ${workspaceId} LIMIT 1 OFFSET ${INBOXES_PER_WORKSPACE - 1})`;
  if (scope === null) return inWorkspace;
  return sql`${inWorkspace} AND NOT EXISTS (SELECT 1 FROM inboxes WHERE workspace_id = ${workspaceId} AND scope = ${scope} LIMIT 1 OFFSET ${INBOXES_PER_PORTAL - 1})`;
}
