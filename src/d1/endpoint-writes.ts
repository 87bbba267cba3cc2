import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { readSubscription } from "../contract/endpoint-fields.ts";
import { readPolicy } from "../contract/policy.ts";
import { DEFAULT_DIALECT, dialectNamed, dialects } from "../dialects/index.ts";
import { answerDelete, type Statement } from "./answers.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { isAmong, rowIf } from "./queries.ts";
import { type EndpointRow, endpoints } from "./tables.ts";
import { keepsOrder } from "./workspace-logs.ts";
import { deletedCountsUpdate } from "./workspaces.ts";

/** The version of an endpoint that was just made. */
export const FIRST_VERSION = 1;

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

/** Stores a new endpoint, its first version not yet synced; null if the workspace has `most`. */
export async function insertEndpoint(
  db: D1Database,
  id: string,
  workspaceId: string,
  change: EndpointChange,
  nowMs: number,
  recordOf: (row: EndpointRow) => Promise<ChangeRecord>,
  most: number,
): Promise<EndpointRow | null> {
  const row = newRow(id, workspaceId, change, nowMs);
  return insertEndpointIf(db, row, hasRoomForEndpoint(workspaceId, most), recordOf);
}

/** The condition that a workspace has room for one more endpoint. */
export function hasRoomForEndpoint(workspaceId: string, most: number): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM endpoints WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL LIMIT 1 OFFSET ${most - 1})`;
}

/**
 * Stores the row of a new endpoint if a condition holds in the transaction that inserts, and the workspace's logs keep its order;
 * null otherwise.
 */
export async function insertEndpointIf(
  db: D1Database,
  row: EndpointRow,
  isWanted: SQL,
  recordOf: (row: EndpointRow) => Promise<ChangeRecord>,
): Promise<EndpointRow | null> {
  const condition = sql`${isWanted} AND ${isKeptInOrder(row)}`;
  const insert = (d1: DrizzleD1Database) => [d1.insert(endpoints).select(rowIf(endpoints, row, condition))];
  return (await commitChange(db, insert, await recordOf(row), condition)) === 1 ? row : null;
}

/** The row of a new endpoint: its first version, which no object has taken yet. */
export function newRow(id: string, workspaceId: string, change: EndpointChange, nowMs: number): EndpointRow {
  return {
    ...change,
    id,
    workspaceId,
    version: FIRST_VERSION,
    synced: false,
    statusVersion: null,
    createdAt: nowMs,
    updatedAt: nowMs,
    deletedAt: null,
    health: null,
    counts: null,
    nextDueAt: null,
    subscriptionKey: null,
  };
}

/**
 * Writes a change made from `row`, if that is still the stored version: the version rises by one and is not yet
 * synced. Null if another write came between, the endpoint was deleted, or the workspace's logs do not keep its order; then nothing
 * is recorded either.
 */
export async function updateEndpoint(
  db: D1Database,
  row: EndpointRow,
  change: EndpointChange,
  nowMs: number,
  recordOf: (changed: EndpointRow) => Promise<ChangeRecord>,
): Promise<EndpointRow | null> {
  const raised = {
    ...change,
    version: row.version + 1,
    synced: false,
    statusVersion: row.status === change.status ? row.statusVersion : row.version + 1,
    updatedAt: nowMs,
    subscriptionKey: isAsSubscribed(row, change) ? row.subscriptionKey : null,
  };
  const changed = { ...row, ...raised };
  return (await write(db, row, raised, await recordOf(changed), [], isKeptInOrder(changed))) ? changed : null;
}

/** Whether it is still what its subscribe API was asked for. */
function isAsSubscribed(row: EndpointRow, change: EndpointChange): boolean {
  const asked = ({ url, dialect, subscription }: EndpointChange) => {
    const { types, context } = readSubscription(subscription);
    return JSON.stringify([url, dialect, types, context]);
  };
  return asked(row) === asked(change);
}

/** Makes a row a tombstone, with a version of its own; null if another write came between. */
export async function entombEndpoint(
  db: D1Database,
  row: EndpointRow,
  nowMs: number,
  record: ChangeRecord,
): Promise<EndpointRow | null> {
  const raised = entombed(row, nowMs);
  return (await write(db, row, raised, record)) ? { ...row, ...raised } : null;
}

/** Takes back an endpoint that no object took: its tombstone, without the answer that was kept (`answerId`) for it. */
export async function takeBackEndpoint(
  db: D1Database,
  row: EndpointRow,
  nowMs: number,
  record: ChangeRecord,
  answerId: string | null,
): Promise<EndpointRow> {
  const raised = entombed(row, nowMs);
  await write(db, row, raised, record, answerId === null ? [] : [answerDelete(drizzle(db), answerId)]);
  return { ...row, ...raised };
}

function entombed(row: EndpointRow, nowMs: number) {
  const version = { version: row.version + 1, synced: false };
  return { ...version, updatedAt: nowMs, deletedAt: nowMs, nextDueAt: null };
}

async function write(
  db: D1Database,
  row: EndpointRow,
  raised: Partial<EndpointRow>,
  record: ChangeRecord,
  more: Statement[] = [],
  condition: SQL = sql`1`,
): Promise<boolean> {
  const unchanged = and(sameVersion(row), isNull(endpoints.deletedAt), condition);
  const guard = sql`EXISTS (SELECT 1 FROM endpoints WHERE ${unchanged})`;
  const update = (d1: DrizzleD1Database) => [d1.update(endpoints).set(raised).where(unchanged), ...more];
  return (await commitChange(db, update, record, guard)) === 1;
}

/** Notes that both objects have taken this version, unless a newer one was written meanwhile. */
export async function markSynced(db: D1Database, row: EndpointRow): Promise<void> {
  await drizzle(db).update(endpoints).set({ synced: true }).where(sameVersion(row));
}

/** Notes of many endpoints, as pairs of id and version, that their objects have them. */
export async function markAllSynced(db: D1Database, versions: readonly [string, number][]): Promise<void> {
  const names = JSON.stringify(versions.map(([id, version]) => `${id} ${version}`));
  await drizzle(db)
    .update(endpoints)
    .set({ synced: true })
    .where(
      and(
        isAmong(
          endpoints.id,
          versions.map(([id]) => id),
        ),
        sql`${endpoints.id} || ' ' || ${endpoints.version} IN (SELECT value FROM json_each(${names}))`,
      ),
    );
}

/**
 * Takes out of a tombstone what must not outlive the endpoint, and notes it as synced. What it counted becomes its
 * workspace's, in the same transaction and once: no counter of the workspace goes back.
 */
export async function purgeEndpoint(db: D1Database, row: EndpointRow): Promise<void> {
  const d1 = drizzle(db);
  const isThere = sql`EXISTS (SELECT 1 FROM endpoints WHERE ${sameVersion(row)} AND counts IS NOT NULL)`;
  const counted = sql`SELECT of_one.key, of_one.value FROM endpoints, json_each(endpoints.counts) AS of_one WHERE ${sameVersion(row)}`;
  await d1.batch([
    deletedCountsUpdate(d1, row.workspaceId, counted, isThere),
    d1
      .update(endpoints)
      .set({
        ...{ synced: true, sealed: "", url: "", description: "", metadata: {}, subscriptionKey: null },
        ...{ health: null, counts: null },
      })
      .where(sameVersion(row)),
  ]);
}

function isKeptInOrder({ workspaceId, policy, dialect }: EndpointRow): SQL {
  const { defaults } = dialectNamed(dialect) ?? dialects[DEFAULT_DIALECT];
  return keepsOrder(workspaceId, readPolicy(policy, defaults).order);
}

function sameVersion(row: EndpointRow): SQL | undefined {
  return and(eq(endpoints.id, row.id), eq(endpoints.version, row.version));
}
