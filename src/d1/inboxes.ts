import { and, desc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { inboxScopeShape } from "../domain/inbox.ts";
import { isPart, type Reach } from "../domain/scope.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { hasRoomForInbox } from "./limits.ts";
import { rowIf } from "./queries.ts";
import {
  type EndpointRow,
  endpoints,
  type InboxRow,
  inboxes,
  MAY_SEND_TO_INBOX,
  workspaces,
} from "./tables.ts";

/** Endpoints whose secrets an inbox's requests are checked by. */
const SENDERS = 10;

/** Stores an inbox; false = the workspace, or this part of it, has as many as it may have. */
export async function insertInbox(db: D1Database, row: InboxRow, record: ChangeRecord): Promise<boolean> {
  const hasRoom = hasRoomForInbox(row);
  const insert = (d1: DrizzleD1Database) => [d1.insert(inboxes).select(rowIf(inboxes, row, hasRoom))];
  return (await commitChange(db, insert, record, hasRoom)) === 1;
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
    .select({ inbox: inboxes })
    .from(inboxes)
    .innerJoin(workspaces, eq(workspaces.id, inboxes.workspaceId))
    .where(and(eq(inboxes.token, token), isNull(workspaces.deletedAt)))
    .get();
  return found?.inbox ?? null;
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
  const { scope } = reach;
  if (scope === null || !isPart(reach)) return null;
  return inboxScopeShape.write({
    endpointIds: scope.endpointIds?.toSorted() ?? null,
    metadata: Object.entries(scope.metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  });
}

/** The endpoints that whoever made an inbox reaches. */
export function reachOfInbox({ workspaceId, scope: text }: InboxRow): Reach {
  if (text === null) return { workspaceId, scope: null };
  const { endpointIds, metadata } = inboxScopeShape.read(text);
  return { workspaceId, scope: { endpointIds, metadata: Object.fromEntries(metadata), readOnly: true } };
}

/** The workspace's endpoints that send to an inbox, newest first, a few at the most. */
export async function sendersTo(db: D1Database, { workspaceId, token }: InboxRow): Promise<EndpointRow[]> {
  return drizzle(db)
    .select()
    .from(endpoints)
    .where(sql`workspace_id = ${workspaceId} AND ${MAY_SEND_TO_INBOX} AND instr(url, ${`/in/${token}`}) > 0`)
    .orderBy(desc(endpoints.id))
    .limit(SENDERS);
}

/** Removes the row of an inbox. */
export async function deleteInboxRow(db: D1Database, id: string): Promise<void> {
  await drizzle(db).delete(inboxes).where(eq(inboxes.id, id));
}
