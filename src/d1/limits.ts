import type { Env } from "../env.ts";

/*
 * How many of a thing a workspace may have. Each limit is a condition of the statement that inserts, so that of requests
 * at the same moment none goes beyond it, and is answered by an index of what counts: a look takes as many entries as
 * the limit at the most, whatever was deleted or has expired and whatever other workspaces have.
 */

/** Keys that are not portal sessions; one that has expired counts until it is deleted. */
export const KEYS_PER_WORKSPACE = 200;

/** Portal sessions that have not expired. */
export const PORTAL_SESSIONS_PER_WORKSPACE = 1000;

export const INBOXES_PER_WORKSPACE = 50;

/** How many of those inboxes the portal sessions for one part of the endpoints may have. */
export const INBOXES_PER_PORTAL = 10;

const DEFAULT_ENDPOINTS_PER_WORKSPACE = 10_000;

/** Endpoints that are not deleted. */
export function endpointsPerWorkspace({ ENDPOINTS_PER_WORKSPACE }: Partial<Env>): number {
  return Number(ENDPOINTS_PER_WORKSPACE || DEFAULT_ENDPOINTS_PER_WORKSPACE);
}
