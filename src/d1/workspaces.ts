import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type ChangeRecord, commitChange } from "./change.ts";
import { type ApiKeyRow, apiKeys, type WorkspaceRow, workspaces } from "./tables.ts";

/** Stores a workspace together with its first key. */
export async function insertWorkspace(
  db: D1Database,
  row: WorkspaceRow,
  key: ApiKeyRow,
  record: ChangeRecord,
): Promise<void> {
  await commitChange(db, (d1) => [d1.insert(workspaces).values(row), d1.insert(apiKeys).values(key)], record);
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

/** Changes a workspace; false when it is unknown or deleted. */
export async function updateWorkspace(
  db: D1Database,
  id: string,
  change: Partial<Pick<WorkspaceRow, "name" | "apiVersion" | "validateEvents" | "portal">>,
  record: ChangeRecord,
): Promise<boolean> {
  const update = (d1: DrizzleD1Database) => [d1.update(workspaces).set(change).where(living(id))];
  return (await commitChange(db, update, record, exists(id))) === 1;
}

/** Marks a workspace deleted and revokes its keys, at once; false when it is unknown or deleted already. */
export async function entombWorkspace(
  db: D1Database,
  id: string,
  nowMs: number,
  record: ChangeRecord,
): Promise<boolean> {
  const entomb = (d1: DrizzleD1Database) => [
    d1.update(workspaces).set({ deletedAt: nowMs, nextDueAt: null }).where(living(id)),
    d1.delete(apiKeys).where(eq(apiKeys.workspaceId, id)),
  ];
  return (await commitChange(db, entomb, record, exists(id))) === 1;
}

function living(id: string) {
  return and(eq(workspaces.id, id), isNull(workspaces.deletedAt));
}

function exists(id: string) {
  return sql`EXISTS (SELECT 1 FROM workspaces WHERE ${living(id)})`;
}
