import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ChangeRecord } from "./change.ts";
import { type EndpointChange, hasRoomForEndpoint, insertEndpoint, newRow } from "./endpoint-inserts.ts";
import { type EndpointRow, endpoints } from "./tables.ts";

/*
 * Endpoints made by a subscribe API: the same subscription once. The condition holds for requests at the same moment too:
 * D1 runs one batch at a time, and the condition is judged in the batch that inserts.
 */

type RecordOf = (row: EndpointRow) => Promise<ChangeRecord>;

/**
 * Stores a new endpoint under a subscription key; null if a living one of the workspace has it, or the workspace has
 * `mostEndpoints`.
 */
export async function insertSubscription(
  db: D1Database,
  id: string,
  workspaceId: string,
  subscriptionKey: string,
  change: EndpointChange,
  nowMs: number,
  recordOf: RecordOf,
  mostEndpoints: number,
): Promise<EndpointRow | null> {
  const row = { ...newRow(id, workspaceId, change, nowMs), subscriptionKey };
  const isNew = sql`NOT EXISTS (SELECT 1 FROM endpoints WHERE ${ofKey(workspaceId, subscriptionKey)})`;
  const hasRoom = hasRoomForEndpoint(workspaceId, mostEndpoints);
  const insert = { row, isWanted: sql`${isNew} AND ${hasRoom}`, record: await recordOf(row) };
  return (await insertEndpoint(db, insert)) ? row : null;
}

/** The living endpoint under a subscription key; null if there is none. */
export async function findSubscription(
  db: D1Database,
  workspaceId: string,
  subscriptionKey: string,
): Promise<EndpointRow | null> {
  const row = await drizzle(db).select().from(endpoints).where(ofKey(workspaceId, subscriptionKey)).get();
  return row ?? null;
}

/** The tombstone under a subscription key whose deletion the objects have not taken yet; null if there is none. */
export async function findPendingUnsubscription(
  db: D1Database,
  workspaceId: string,
  subscriptionKey: string,
): Promise<EndpointRow | null> {
  const row = await drizzle(db)
    .select()
    .from(endpoints)
    .where(
      and(
        // A literal: with a bound parameter SQLite would not use the partial index.
        sql`synced = 0`,
        eq(endpoints.workspaceId, workspaceId),
        eq(endpoints.subscriptionKey, subscriptionKey),
      ),
    )
    .get();
  return row ?? null;
}

/** Living endpoints whose subscription key begins so, newest first. `prefix` ends with a character of ASCII. */
export async function listSubscriptions(
  db: D1Database,
  workspaceId: string,
  prefix: string,
  limit: number,
): Promise<EndpointRow[]> {
  const last = prefix.charCodeAt(prefix.length - 1);
  const end = prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(
      and(
        eq(endpoints.workspaceId, workspaceId),
        gte(endpoints.subscriptionKey, prefix),
        lt(endpoints.subscriptionKey, end),
        sql`subscription_key IS NOT NULL AND deleted_at IS NULL`,
      ),
    )
    .orderBy(desc(endpoints.id))
    .limit(limit);
}

function ofKey(workspaceId: string, subscriptionKey: string): SQL | undefined {
  return and(
    eq(endpoints.workspaceId, workspaceId),
    eq(endpoints.subscriptionKey, subscriptionKey),
    // As literals, so that SQLite sees that the partial index fits.
    sql`subscription_key IS NOT NULL AND deleted_at IS NULL`,
  );
}
