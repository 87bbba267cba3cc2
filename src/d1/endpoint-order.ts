import { and, asc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type EndpointRow, endpoints } from "./tables.ts";

/* The endpoints of a workspace whose logs become more: all of them are told, and the order of each must be one that is kept. */

/** Ids of some endpoints whose order several logs with this key could not keep. */
export async function unfittingEndpoints(
  db: D1Database,
  workspaceId: string,
  shardBy: string | null,
  most: number,
): Promise<string[]> {
  const rows = await drizzle(db).all<{ id: string }>(sql`${unfitting(workspaceId, shardBy)} LIMIT ${most}`);
  return rows.map(({ id }) => id);
}

/** Selects them. What older code stored of an order is `serialize`. */
export function unfitting(workspaceId: string, shardBy: string | null): SQL {
  return sql`SELECT id FROM endpoints WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL
    AND CASE json_type(policy, '$.order')
      WHEN 'object' THEN json_extract(policy, '$.order.by') IS NOT ${shardBy}
      WHEN 'text' THEN json_extract(policy, '$.order') <> 'none'
      ELSE coalesce(json_extract(policy, '$.serialize'), 0) END`;
}

/** A page of a workspace's endpoints by id, for logs that are to know all of them. */
export function endpointsAfter(
  db: D1Database,
  workspaceId: string,
  after: string,
  most: number,
): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(and(eq(endpoints.workspaceId, workspaceId), isNull(endpoints.deletedAt), gt(endpoints.id, after)))
    .orderBy(asc(endpoints.id))
    .limit(most);
}
