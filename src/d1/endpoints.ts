import { and, desc, eq, isNull, lt, not, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { EndpointStatus } from "../domain/endpoint.ts";
import type { Reach } from "../domain/scope.ts";
import { isAmong } from "./queries.ts";
import { type EndpointRow, endpoints, IS_TROUBLED, MAY_SEND_TO_INBOX } from "./tables.ts";

export interface EndpointListQuery {
  status?: EndpointStatus;
  dialect?: string;
  /** Endpoints older than this one: where the page before ended. */
  before?: string;
  limit: number;
}

/**
 * A workspace's endpoint; null when it is unknown, deleted, or another workspace's. With `or unsynced tombstone` a
 * deleted one is found as long as its deletion has not reached the objects.
 */
export async function findEndpoint(
  db: D1Database,
  reach: Reach,
  endpointId: string,
  which: "living" | "or unsynced tombstone" = "living",
): Promise<EndpointRow | null> {
  const living = isNull(endpoints.deletedAt);
  const row = await drizzle(db)
    .select()
    .from(endpoints)
    .where(
      and(
        eq(endpoints.id, endpointId),
        reached(reach),
        which === "living" ? living : or(living, eq(endpoints.synced, false)),
      ),
    )
    .get();
  return row ?? null;
}

/** The workspace's endpoints among these ids, in no order; the unknown and deleted are left out. */
export async function findEndpoints(
  db: D1Database,
  reach: Reach,
  endpointIds: string[],
): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(and(isAmong(endpoints.id, endpointIds), reached(reach), isNull(endpoints.deletedAt)));
}

/** The condition that an endpoint is one of those that are reached. */
function reached({ workspaceId, scope }: Reach): SQL {
  const conditions = [sql`${endpoints.workspaceId} = ${workspaceId}`];
  if (scope !== null && scope.endpointIds !== null) conditions.push(isAmong(endpoints.id, scope.endpointIds));
  if (scope !== null && Object.keys(scope.metadata).length > 0) {
    const wanted = JSON.stringify(scope.metadata);
    conditions.push(
      sql`NOT EXISTS (SELECT 1 FROM json_each(${wanted}) AS wanted WHERE NOT EXISTS (SELECT 1 FROM json_each(${endpoints.metadata}) AS has WHERE has.key = wanted.key AND has.value = wanted.value))`,
    );
  }
  return sql.join(conditions, sql` AND `);
}

/** Newest first. */
export async function listEndpoints(
  db: D1Database,
  reach: Reach,
  query: EndpointListQuery,
): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(listed(reach, query))
    .orderBy(desc(endpoints.id))
    .limit(query.limit);
}

/** The condition that an endpoint is in a list. */
export function listed(reach: Reach, { status, dialect, before }: Omit<EndpointListQuery, "limit">) {
  const conditions: SQL[] = [reached(reach), isNull(endpoints.deletedAt)];
  if (status !== undefined) conditions.push(eq(endpoints.status, status));
  if (dialect !== undefined) conditions.push(eq(endpoints.dialect, dialect));
  if (before !== undefined) conditions.push(lt(endpoints.id, before));
  return and(...conditions);
}

/** Ids of a workspace's endpoints that failed lately or have something pending, by their summaries; newest first. */
export async function troubledEndpointIds(db: D1Database, reach: Reach, limit: number): Promise<string[]> {
  return ids(
    await drizzle(db)
      .select({ id: endpoints.id })
      .from(endpoints)
      .where(and(reached(reach), IS_TROUBLED, isNull(endpoints.deletedAt)))
      .orderBy(desc(endpoints.id))
      .limit(limit),
  );
}

/** Ids of a workspace's endpoints below one, newest first, but for some. */
export async function endpointIdsBelow(
  db: D1Database,
  reach: Reach,
  { below, without, most }: { below: string | null; without: string[]; most: number },
): Promise<string[]> {
  return ids(
    await drizzle(db)
      .select({ id: endpoints.id })
      .from(endpoints)
      .where(and(listed(reach, { before: below ?? undefined }), not(isAmong(endpoints.id, without))))
      .orderBy(desc(endpoints.id))
      .limit(most),
  );
}

/** The ids, of some, that are a workspace's endpoints, in no order. */
export async function livingAmong(db: D1Database, reach: Reach, among: string[]): Promise<string[]> {
  if (among.length === 0) return [];
  return ids(
    await drizzle(db)
      .select({ id: endpoints.id })
      .from(endpoints)
      .where(and(isAmong(endpoints.id, among), listed(reach, {}))),
  );
}

/** The ids, of some, that are a workspace's endpoints to which an app listens, in no order. */
export async function listenedAmong(db: D1Database, workspaceId: string, among: string[]): Promise<string[]> {
  if (among.length === 0) return [];
  const isListened = sql`${endpoints.policy} ->> '$.transport' = 'listen'`;
  return ids(
    await drizzle(db)
      .select({ id: endpoints.id })
      .from(endpoints)
      .where(and(isAmong(endpoints.id, among), listed({ workspaceId, scope: null }, {}), isListened)),
  );
}

/** How many endpoints an inbox's requests are checked by the secrets of. */
const SENDERS = 10;

/** The workspace's endpoints that send to an inbox, newest first, a few at the most. */
export async function endpointsSendingTo(
  db: D1Database,
  { workspaceId, token }: { workspaceId: string; token: string },
): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(sql`workspace_id = ${workspaceId} AND ${MAY_SEND_TO_INBOX} AND instr(url, ${`/in/${token}`}) > 0`)
    .orderBy(desc(endpoints.id))
    .limit(SENDERS);
}

/** A workspace's living endpoints that have something pending or failed within the day, by id after one of them. */
export async function troubledEndpoints(
  db: D1Database,
  workspaceId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  return ids(
    await drizzle(db)
      .select({ id: endpoints.id })
      .from(endpoints)
      .where(sql`workspace_id = ${workspaceId} AND id > ${after} AND deleted_at IS NULL AND ${IS_TROUBLED}`)
      .orderBy(endpoints.id)
      .limit(limit),
  );
}

function ids(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
