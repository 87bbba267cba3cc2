import { and, eq, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { putOffDue, someInTurn } from "./due.ts";
import { type EndpointRow, endpoints } from "./tables.ts";

/* What is left to do with endpoints, as cron finds it. */

/**
 * Rows that an object has not taken yet. Drawn by lot: those that are never taken, however many, must not keep the
 * others from their turn.
 */
export async function unsyncedEndpoints(db: D1Database, most: number): Promise<EndpointRow[]> {
  return (
    drizzle(db)
      .select()
      .from(endpoints)
      // A literal: with a bound parameter SQLite would not use the partial index.
      .where(sql`synced = 0`)
      .orderBy(sql`random()`)
      .limit(most)
  );
}

/** Ids of endpoints whose time has passed, put off until they are looked at again; see `putOffDue`. */
export function putOffDueEndpoints(
  db: D1Database,
  bounds: { nowMs: number; againAtMs: number; most: number },
): Promise<string[]> {
  return putOffDue(db, endpoints, bounds);
}

/** Ids of some endpoints whose objects have told something once: others have none to lose, and a call would make it. See `someInTurn`. */
export function someEndpointsInTurn(
  db: D1Database,
  bounds: { turn: number; most: number },
): Promise<string[]> {
  const are = and(isNull(endpoints.deletedAt), isNotNull(endpoints.health));
  return someInTurn(db, endpoints, { ...bounds, are });
}

/** A workspace's endpoints that live, or whose deletion the objects have not taken yet. */
export async function endpointsToErase(
  db: D1Database,
  workspaceId: string,
  most: number,
): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(
      and(
        eq(endpoints.workspaceId, workspaceId),
        or(isNull(endpoints.deletedAt), ne(endpoints.synced, true)),
      ),
    )
    .limit(most);
}

/** Removes the rows of a workspace's endpoints, tombstones too. */
export function endpointsDelete(d1: DrizzleD1Database, workspaceId: string) {
  return d1.delete(endpoints).where(eq(endpoints.workspaceId, workspaceId));
}
