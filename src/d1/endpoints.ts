import { and, desc, eq, isNull, lt, not, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { MASKED_DIALECTS } from "../dialects/index.ts";
import { caseFolded } from "../domain/case-folding.ts";
import type { EndpointStatus } from "../domain/endpoint.ts";
import type { Reach } from "../domain/scope.ts";
import { isAmong } from "./queries.ts";
import { type EndpointRow, endpoints, IS_TROUBLED } from "./tables.ts";

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

function listed(reach: Reach, { status, dialect, before }: Omit<EndpointListQuery, "limit">) {
  const conditions: SQL[] = [reached(reach), isNull(endpoints.deletedAt)];
  if (status !== undefined) conditions.push(eq(endpoints.status, status));
  if (dialect !== undefined) conditions.push(eq(endpoints.dialect, dialect));
  if (before !== undefined) conditions.push(lt(endpoints.id, before));
  return and(...conditions);
}

/** Endpoints that one page of a search looks at, and how many of them at a time: their texts fold on the one thread. */
const SEARCHED_PER_PAGE = 1000;
const SEARCHED_AT_ONCE = 200;

/**
 * A page of the endpoints that hold a text in the description or, where that is no secret, in the URL; whatever the
 * case. Newest first. SQLite knows the case of ASCII alone, so that they are looked at here: a bounded number, after
 * which the page comes back short. `next`: the id before which the next page starts.
 */
export async function searchEndpoints(
  db: D1Database,
  reach: Reach,
  text: string,
  query: EndpointListQuery,
): Promise<{ rows: EndpointRow[]; next: string | null }> {
  const wanted = caseFolded(text);
  const found: string[] = [];
  let before = query.before;
  let isOver = false;
  for (let searched = 0; !isOver && searched < SEARCHED_PER_PAGE && found.length < query.limit; ) {
    const candidates = await drizzle(db)
      .select({
        id: endpoints.id,
        dialect: endpoints.dialect,
        url: endpoints.url,
        description: endpoints.description,
      })
      .from(endpoints)
      .where(listed(reach, { ...query, before }))
      .orderBy(desc(endpoints.id))
      .limit(SEARCHED_AT_ONCE);
    isOver = candidates.length < SEARCHED_AT_ONCE;
    searched += candidates.length;
    for (const candidate of candidates) {
      if (found.length === query.limit) {
        isOver = false;
        break;
      }
      before = candidate.id;
      if (searchable(candidate).some((part) => caseFolded(part).includes(wanted))) found.push(candidate.id);
    }
  }
  const rows = new Map((await findEndpoints(db, reach, found)).map((row) => [row.id, row]));
  return { rows: found.flatMap((id) => rows.get(id) ?? []), next: isOver ? null : (before ?? null) };
}

/** A secret URL could be guessed letter by letter if it were searched. */
function searchable({ dialect, url, description }: Pick<EndpointRow, "dialect" | "url" | "description">) {
  return MASKED_DIALECTS.includes(dialect) ? [description] : [url, description];
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

/** Those of some ids that are a workspace's endpoints, in no order. */
export async function livingAmong(db: D1Database, reach: Reach, among: string[]): Promise<string[]> {
  if (among.length === 0) return [];
  return ids(
    await drizzle(db)
      .select({ id: endpoints.id })
      .from(endpoints)
      .where(and(isAmong(endpoints.id, among), listed(reach, {}))),
  );
}

/** Those of some ids that are a workspace's endpoints to which an app listens, in no order. */
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
