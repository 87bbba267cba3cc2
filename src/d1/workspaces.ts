import { and, desc, eq, isNull, lt, lte, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type Counts, readCounts } from "../domain/counts.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { isAmong } from "./queries.ts";
import { type WorkspaceRow, workspaces } from "./tables.ts";

/** Null when it is unknown or deleted. */
export async function findWorkspace(db: D1Database, id: string): Promise<WorkspaceRow | null> {
  const row = await drizzle(db).select().from(workspaces).where(living(id)).get();
  return row ?? null;
}

/** Whether there is a workspace, not deleted. */
export async function hasWorkspace(db: D1Database, id: string): Promise<boolean> {
  const found = await drizzle(db).get<{ found: number }>(sql`SELECT ${isLivingWorkspace(id)} AS found`);
  return found?.found === 1;
}

/** Newest first, without the deleted; `before` is the id where the page before ended. */
export async function listWorkspaces(
  db: D1Database,
  limit: number,
  before?: string,
): Promise<WorkspaceRow[]> {
  const older = before === undefined ? undefined : lt(workspaces.id, before);
  return drizzle(db)
    .select()
    .from(workspaces)
    .where(and(isNull(workspaces.deletedAt), older))
    .orderBy(desc(workspaces.id))
    .limit(limit);
}

/** Changes a workspace; false when it is unknown or deleted. */
export async function updateWorkspace(
  db: D1Database,
  id: string,
  change: Partial<Pick<WorkspaceRow, "name" | "apiVersion" | "validateEvents" | "portal">>,
  record: ChangeRecord,
): Promise<boolean> {
  const update = (d1: DrizzleD1Database) => [d1.update(workspaces).set(change).where(living(id))];
  return (await commitChange(db, update, record, isLivingWorkspace(id))) === 1;
}

/** Stores a workspace. */
export function workspaceInsert(d1: DrizzleD1Database, row: WorkspaceRow) {
  return d1.insert(workspaces).values(row);
}

/** Marks a workspace deleted, if it is not. */
export function workspaceEntombment(d1: DrizzleD1Database, id: string, nowMs: number) {
  return d1.update(workspaces).set({ deletedAt: nowMs, nextDueAt: null }).where(living(id));
}

/** Removes the row of a workspace. */
export function workspaceDelete(d1: DrizzleD1Database, id: string) {
  return d1.delete(workspaces).where(eq(workspaces.id, id));
}

/** Ids of workspaces that were deleted by then (Unix milliseconds) and are not erased yet. Drawn by lot. */
export async function deletedWorkspaceIds(db: D1Database, byMs: number, most: number): Promise<string[]> {
  const rows = await drizzle(db)
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(lte(workspaces.deletedAt, byMs))
    .orderBy(sql`random()`)
    .limit(most);
  return rows.map(({ id }) => id);
}

/** What the deleted endpoints of some workspaces counted, together, by workspace. */
export async function deletedCounts(db: D1Database, ids: readonly string[]): Promise<Map<string, Counts>> {
  const rows = await drizzle(db)
    .select({ id: workspaces.id, counts: workspaces.deletedCounts })
    .from(workspaces)
    .where(isAmong(workspaces.id, ids));
  return new Map(rows.map(({ id, counts }) => [id, readCounts(counts)]));
}

/**
 * Adds what a deleted endpoint counted to its workspace's, where `guard` holds.
 * @param counted selects the names and values of those counts, as `key` and `value`
 */
export function deletedCountsUpdate(d1: DrizzleD1Database, id: string, counted: SQL, guard: SQL) {
  const both = sql`SELECT key, value FROM json_each(${workspaces.deletedCounts}) UNION ALL ${counted}`;
  return d1
    .update(workspaces)
    .set({
      deletedCounts: sql`(SELECT json_group_object(key, total) FROM
        (SELECT key, sum(value) AS total FROM (${both}) GROUP BY key))`,
    })
    .where(and(eq(workspaces.id, id), guard));
}

/**
 * The condition that there is a workspace of an id, not deleted.
 * @param id itself, or the column that holds it
 */
export function isLivingWorkspace(id: string | SQLWrapper): SQL {
  return sql`EXISTS (SELECT 1 FROM workspaces WHERE workspaces.id = ${id} AND workspaces.deleted_at IS NULL)`;
}

export function living(id: string) {
  return and(eq(workspaces.id, id), isNull(workspaces.deletedAt));
}
