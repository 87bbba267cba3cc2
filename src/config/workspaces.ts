import { and, desc, eq, isNull, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type ApiKeyRow, apiKeys, type WorkspaceRow, workspaces } from "./tables.ts";

/** Stores a workspace together with its first key. */
export async function insertWorkspace(db: D1Database, row: WorkspaceRow, key: ApiKeyRow): Promise<void> {
  const d1 = drizzle(db);
  await d1.batch([d1.insert(workspaces).values(row), d1.insert(apiKeys).values(key)]);
}

/** Null when it is unknown or deleted. */
export async function findWorkspace(db: D1Database, id: string): Promise<WorkspaceRow | null> {
  const row = await drizzle(db).select().from(workspaces).where(living(id)).get();
  return row ?? null;
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

/** The changed workspace; null when it is unknown or deleted. */
export async function updateWorkspace(
  db: D1Database,
  id: string,
  change: Partial<Pick<WorkspaceRow, "name" | "apiVersion" | "validateEvents">>,
): Promise<WorkspaceRow | null> {
  if (Object.keys(change).length === 0) return findWorkspace(db, id);
  const row = await drizzle(db).update(workspaces).set(change).where(living(id)).returning().get();
  return row ?? null;
}

/** Marks a workspace deleted and revokes its keys, at once; false when it is unknown or deleted already. */
export async function entombWorkspace(db: D1Database, id: string, nowMs: number): Promise<boolean> {
  const d1 = drizzle(db);
  const [marked] = await d1.batch([
    d1.update(workspaces).set({ deletedAt: nowMs, nextDueAt: null }).where(living(id)),
    d1.delete(apiKeys).where(eq(apiKeys.workspaceId, id)),
  ]);
  return marked.meta.changes === 1;
}

function living(id: string) {
  return and(eq(workspaces.id, id), isNull(workspaces.deletedAt));
}
