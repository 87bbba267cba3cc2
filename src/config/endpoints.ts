import { and, desc, eq, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { EndpointStatus } from "../domain/endpoint.ts";
import { isAmong } from "./queries.ts";
import { type EndpointRow, endpoints } from "./tables.ts";

/** What a write may change: the rest of a row is kept by the queries here. */
export type EndpointChange = Pick<
  EndpointRow,
  | "url"
  | "description"
  | "metadata"
  | "dialect"
  | "dialectOptions"
  | "subscription"
  | "policy"
  | "status"
  | "statusReason"
  | "sealed"
>;

export interface EndpointListQuery {
  status?: EndpointStatus;
  dialect?: string;
  /** Found in the URL or the description, whatever the case. */
  text?: string;
  /** Endpoints older than this one: where the page before ended. */
  before?: string;
  limit: number;
}

/** Stores a new endpoint, its first version not yet synced. */
export async function insertEndpoint(
  db: D1Database,
  id: string,
  workspaceId: string,
  change: EndpointChange,
  nowMs: number,
): Promise<EndpointRow> {
  const row: EndpointRow = {
    ...change,
    id,
    workspaceId,
    version: 1,
    synced: false,
    createdAt: nowMs,
    updatedAt: nowMs,
    deletedAt: null,
    nextDueAt: null,
  };
  await drizzle(db).insert(endpoints).values(row);
  return row;
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
    conditions.push(or(holds(endpoints.url, query), holds(endpoints.description, query)));
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(and(...conditions))
    .orderBy(desc(endpoints.id))
    .limit(query.limit);
}

function holds(column: typeof endpoints.url | typeof endpoints.description, query: EndpointListQuery): SQL {
  return sql`instr(lower(${column}), ${query.text?.toLowerCase()}) > 0`;
}

/**
 * Writes a change made from `row`, if that is still the stored version: the version rises by one and is not yet
 * synced. Null if another write came between, or the endpoint was deleted.
 */
export async function updateEndpoint(
  db: D1Database,
  row: EndpointRow,
  change: EndpointChange,
  nowMs: number,
): Promise<EndpointRow | null> {
  const raised = { ...change, version: row.version + 1, synced: false, updatedAt: nowMs };
  const { meta } = await drizzle(db)
    .update(endpoints)
    .set(raised)
    .where(and(sameVersion(row), isNull(endpoints.deletedAt)));
  return meta.changes === 1 ? { ...row, ...raised } : null;
}

/** Makes a row a tombstone, with a version of its own; false if another write came between. */
export async function entombEndpoint(
  db: D1Database,
  row: EndpointRow,
  nowMs: number,
): Promise<EndpointRow | null> {
  const raised = {
    version: row.version + 1,
    synced: false,
    updatedAt: nowMs,
    deletedAt: nowMs,
    nextDueAt: null,
  };
  const { meta } = await drizzle(db)
    .update(endpoints)
    .set(raised)
    .where(and(sameVersion(row), isNull(endpoints.deletedAt)));
  return meta.changes === 1 ? { ...row, ...raised } : null;
}

/** Notes that both objects have taken this version, unless a newer one was written meanwhile. */
export async function markSynced(db: D1Database, row: EndpointRow): Promise<void> {
  await drizzle(db).update(endpoints).set({ synced: true }).where(sameVersion(row));
}

/** Takes out of a tombstone what must not outlive the endpoint, and notes it as synced. */
export async function purgeEndpoint(db: D1Database, row: EndpointRow): Promise<void> {
  await drizzle(db)
    .update(endpoints)
    .set({ synced: true, sealed: "", url: "", description: "", metadata: {} })
    .where(sameVersion(row));
}

function sameVersion(row: EndpointRow): SQL | undefined {
  return and(eq(endpoints.id, row.id), eq(endpoints.version, row.version));
}
