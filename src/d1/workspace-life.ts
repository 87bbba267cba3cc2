import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type ChangeRecord, commitChange } from "./change.ts";
import { endpointsDelete } from "./endpoint-work.ts";
import { eventTypesDelete } from "./event-types.ts";
import { firstKeyInsert, keysDelete } from "./keys.ts";
import type { ApiKeyRow, WorkspaceRow } from "./tables.ts";
import { logsDelete } from "./workspace-logs.ts";
import { isLivingWorkspace, workspaceDelete, workspaceEntombment, workspaceInsert } from "./workspaces.ts";

/* How a workspace comes and goes, with what belongs to it: each step is one batch, all of it or nothing. */

/** Stores a workspace together with its first key. */
export async function insertWorkspace(
  db: D1Database,
  row: WorkspaceRow,
  key: ApiKeyRow,
  record: ChangeRecord,
): Promise<void> {
  await commitChange(db, (d1) => [workspaceInsert(d1, row), firstKeyInsert(d1, key)], record);
}

/** Marks a workspace deleted and revokes its keys, at once; false when it is unknown or deleted already. */
export async function entombWorkspace(
  db: D1Database,
  id: string,
  nowMs: number,
  record: ChangeRecord,
): Promise<boolean> {
  const entomb = (d1: DrizzleD1Database) => [
    workspaceEntombment(d1, id, nowMs),
    keysDelete(d1, id),
    logsDelete(d1, id),
  ];
  return (await commitChange(db, entomb, record, isLivingWorkspace(id))) === 1;
}

/** Removes the rows of a workspace whose objects are erased: it is as if it had never been. */
export async function removeWorkspace(db: D1Database, id: string): Promise<void> {
  const d1 = drizzle(db);
  await d1.batch([endpointsDelete(d1, id), eventTypesDelete(d1, id), workspaceDelete(d1, id)]);
}
