import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { inboxScopeShape } from "../domain/inbox.ts";
import { partOf, type Reach } from "../domain/scope.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { INBOXES_PER_PORTAL, INBOXES_PER_WORKSPACE } from "./limits.ts";
import { rowIf } from "./queries.ts";
import { type InboxRow, inboxes } from "./tables.ts";
import { isLivingWorkspace } from "./workspaces.ts";

/** Stores an inbox; false = the workspace, or this part of it, has as many as it may have. */
export async function insertInbox(db: D1Database, row: InboxRow, record: ChangeRecord): Promise<boolean> {
  const hasRoom = hasRoomForInbox(row);
  const insert = (d1: DrizzleD1Database) => [d1.insert(inboxes).select(rowIf(inboxes, row, hasRoom))];
  return (await commitChange(db, insert, record, hasRoom)) === 1;
}

/** The condition that a workspace, and the part of it that an inbox is for, has room for one more. */
function hasRoomForInbox({ workspaceId, scope }: InboxRow): SQL {
  const inWorkspace = sql`NOT EXISTS (SELECT 1 FROM inboxes WHERE workspace_id = ${workspaceId} LIMIT 1 OFFSET ${INBOXES_PER_WORKSPACE - 1})`;
  if (scope === null) return inWorkspace;
  return sql`${inWorkspace} AND NOT EXISTS (SELECT 1 FROM inboxes WHERE workspace_id = ${workspaceId} AND scope = ${scope} LIMIT 1 OFFSET ${INBOXES_PER_PORTAL - 1})`;
}

/** Changes an inbox; the script of other answers begins anew. */
export async function updateInbox(
  db: D1Database,
  id: string,
  change: Partial<Pick<InboxRow, "name" | "answers" | "dialect" | "sealed">>,
): Promise<void> {
  const script = change.answers === undefined ? inboxes.script : sql`${inboxes.script} + 1`;
  await drizzle(db)
    .update(inboxes)
    .set({ ...change, script })
    .where(eq(inboxes.id, id));
}

/** An inbox that is within reach; null = there is none. */
export async function findInbox(db: D1Database, reach: Reach, id: string): Promise<InboxRow | null> {
  const found = drizzle(db)
    .select()
    .from(inboxes)
    .where(and(eq(inboxes.id, id), reached(reach)));
  return (await found.get()) ?? null;
}

/** The inbox of a token; null = there is none, or its workspace is deleted. */
export async function findInboxByToken(db: D1Database, token: string): Promise<InboxRow | null> {
  const found = await drizzle(db)
    .select()
    .from(inboxes)
    .where(and(eq(inboxes.token, token), isLivingWorkspace(inboxes.workspaceId)))
    .get();
  return found ?? null;
}

/** Newest first; `before` is the id where the page before ended. */
export async function listInboxes(
  db: D1Database,
  reach: Reach,
  limit: number,
  before?: string,
): Promise<InboxRow[]> {
  const older = before === undefined ? undefined : lt(inboxes.id, before);
  return drizzle(db)
    .select()
    .from(inboxes)
    .where(and(reached(reach), older))
    .orderBy(desc(inboxes.id))
    .limit(limit);
}

function reached(reach: Reach): SQL | undefined {
  const scope = inboxScopeOf(reach);
  return and(
    eq(inboxes.workspaceId, reach.workspaceId),
    scope === null ? undefined : eq(inboxes.scope, scope),
  );
}

/**
 * Whose an inbox is that is made within a reach: sessions for the same part of the endpoints share theirs, and whoever
 * reaches all endpoints reaches all inboxes (null).
 */
export function inboxScopeOf(reach: Reach): InboxRow["scope"] {
  const part = partOf(reach);
  return part && inboxScopeShape.write(part);
}

/** The endpoints that whoever made an inbox reaches. */
export function reachOfInbox({ workspaceId, scope: text }: InboxRow): Reach {
  if (text === null) return { workspaceId, scope: null };
  const { endpointIds, metadata } = inboxScopeShape.read(text);
  return { workspaceId, scope: { endpointIds, metadata: Object.fromEntries(metadata), readOnly: true } };
}

/** Removes the row of an inbox. */
export async function deleteInboxRow(db: D1Database, id: string): Promise<void> {
  await drizzle(db).delete(inboxes).where(eq(inboxes.id, id));
}
