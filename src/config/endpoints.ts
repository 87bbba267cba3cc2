import { and, desc, eq, isNull, lt, notInArray, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { MASKED_DIALECTS } from "../dialects/index.ts";
import type { EndpointStatus } from "../domain/endpoint.ts";
import { isAmong } from "./queries.ts";
import { type EndpointRow, endpoints } from "./tables.ts";

export interface EndpointListQuery {
  status?: EndpointStatus;
  dialect?: string;
  /** Found in the description or, where that is no secret, in the URL; whatever the case. */
  text?: string;
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
  workspaceId: string,
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
        eq(endpoints.workspaceId, workspaceId),
        which === "living" ? living : or(living, eq(endpoints.synced, false)),
      ),
    )
    .get();
  return row ?? null;
}

/** The workspace's endpoints among these ids, in no order; the unknown and deleted are left out. */
export async function findEndpoints(
  db: D1Database,
  workspaceId: string,
  endpointIds: string[],
): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(
      and(
        isAmong(endpoints.id, endpointIds),
        eq(endpoints.workspaceId, workspaceId),
        isNull(endpoints.deletedAt),
      ),
    );
}

/** Newest first. */
export async function listEndpoints(
  db: D1Database,
  workspaceId: string,
  query: EndpointListQuery,
): Promise<EndpointRow[]> {
  const conditions: (SQL | undefined)[] = [
    eq(endpoints.workspaceId, workspaceId),
    isNull(endpoints.deletedAt),
  ];
  if (query.status !== undefined) conditions.push(eq(endpoints.status, query.status));
  if (query.dialect !== undefined) conditions.push(eq(endpoints.dialect, query.dialect));
  if (query.before !== undefined) conditions.push(lt(endpoints.id, query.before));
  if (query.text !== undefined)
    conditions.push(or(and(isUrlOpen, holds(endpoints.url, query)), holds(endpoints.description, query)));
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(and(...conditions))
    .orderBy(desc(endpoints.id))
    .limit(query.limit);
}

/** A secret URL could be guessed letter by letter if it were searched. */
const isUrlOpen = notInArray(endpoints.dialect, [...MASKED_DIALECTS]);

function holds(column: typeof endpoints.url | typeof endpoints.description, query: EndpointListQuery): SQL {
  return sql`instr(lower(${column}), ${query.text?.toLowerCase()}) > 0`;
}

/** How a workspace's endpoints do together, by their last summaries. */
export interface HealthTotals {
  workspaceId: string;
  delivered: number;
  dead: number;
  retried: number;
  attempts: number;
  pending: number;
  /** Endpoints whose next due time, as they noted it, has passed. */
  due: number;
}

/** The summaries of some workspaces' endpoints, added up; `now` in Unix milliseconds. */
export async function healthTotals(
  db: D1Database,
  workspaceIds: string[],
  now: number,
): Promise<HealthTotals[]> {
  const sum = (field: string) => sql<number>`total(json_extract(${endpoints.health}, ${`$.${field}`}))`;
  return drizzle(db)
    .select({
      workspaceId: endpoints.workspaceId,
      delivered: sum("delivered"),
      dead: sum("dead"),
      retried: sum("retried"),
      attempts: sum("attempts"),
      pending: sum("pending"),
      due: sql<number>`total(${endpoints.nextDueAt} <= ${now})`,
    })
    .from(endpoints)
    .where(and(isAmong(endpoints.workspaceId, workspaceIds), isNull(endpoints.deletedAt)))
    .groupBy(endpoints.workspaceId);
}
