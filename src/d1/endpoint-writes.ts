import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { readSubscription } from "../contract/endpoint-fields.ts";
import { answerDelete, type Statement } from "./answers.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { type EndpointChange, isKeptInOrder } from "./endpoint-inserts.ts";
import { isAmong } from "./queries.ts";
import { type EndpointRow, endpoints } from "./tables.ts";
import { deletedCountsUpdate } from "./workspaces.ts";

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

function sameVersion(row: EndpointRow): SQL | undefined {
  return and(eq(endpoints.id, row.id), eq(endpoints.version, row.version));
}
