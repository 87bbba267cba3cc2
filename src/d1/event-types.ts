import { and, eq, gt, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type ChangeRecord, commitChange } from "./change.ts";
import { isAmong, rowIf } from "./queries.ts";
import { type EventTypeRow, eventTypes } from "./tables.ts";

/*
 * What workspaces changed of the built-in catalog. A new workspace has no row; the catalog itself lies in the code.
 */

/** A workspace's own rows that say which types it has: enough to put together a page of the list. */
export type EventTypeName = Pick<EventTypeRow, "type" | "category" | "description" | "deleted">;

/** The names of all own rows after a type, in order of type. */
export async function listEventTypeNames(
  db: D1Database,
  workspaceId: string,
  after = "",
): Promise<EventTypeName[]> {
  const { type, category, description, deleted } = eventTypes;
  return drizzle(db)
    .select({ type, category, description, deleted })
    .from(eventTypes)
    .where(and(eq(eventTypes.workspaceId, workspaceId), gt(eventTypes.type, after)))
    .orderBy(eventTypes.type);
}

/** What checking events needs of an own row. */
export type TypeSchema = Pick<EventTypeRow, "type" | "schema" | "deleted" | "updatedAt">;

/** The own rows of these types, in no order, deleted ones too; without their samples, which may be many times larger. */
export async function findSchemas(
  db: D1Database,
  workspaceId: string,
  types: readonly string[],
): Promise<TypeSchema[]> {
  const { type, schema, deleted, updatedAt } = eventTypes;
  return drizzle(db)
    .select({ type, schema, deleted, updatedAt })
    .from(eventTypes)
    .where(and(eq(eventTypes.workspaceId, workspaceId), isAmong(eventTypes.type, types)));
}

/** The own rows of these types, in no order; deleted ones too. */
export async function findEventTypes(
  db: D1Database,
  workspaceId: string,
  types: readonly string[],
): Promise<EventTypeRow[]> {
  return drizzle(db)
    .select()
    .from(eventTypes)
    .where(and(eq(eventTypes.workspaceId, workspaceId), isAmong(eventTypes.type, types)));
}

/**
 * Stores an own row, or replaces it. False, and nothing is stored, if the workspace would have more than `most` rows,
 * or, with `onlyNew`, if it has this type already.
 */
export async function putEventType(
  db: D1Database,
  row: EventTypeRow,
  { most, onlyNew }: { most: number; onlyNew: boolean },
  record: ChangeRecord,
): Promise<boolean> {
  const { workspaceId, type, ...rest } = row;
  const hasRoom = sql`(SELECT count(*) FROM event_types WHERE workspace_id = ${workspaceId} AND type <> ${type}) < ${most}`;
  const isNew = sql`NOT EXISTS (SELECT 1 FROM event_types WHERE workspace_id = ${workspaceId} AND type = ${type} AND deleted = 0)`;
  const condition = onlyNew ? sql`${hasRoom} AND ${isNew}` : hasRoom;
  const put = (d1: DrizzleD1Database) => [
    d1
      .insert(eventTypes)
      .select(rowIf(eventTypes, row, condition))
      .onConflictDoUpdate({ target: [eventTypes.workspaceId, eventTypes.type], set: rest }),
  ];
  return (await commitChange(db, put, record, condition)) === 1;
}

/** Removes all own rows of a workspace. */
export function eventTypesDelete(d1: DrizzleD1Database, workspaceId: string) {
  return d1.delete(eventTypes).where(eq(eventTypes.workspaceId, workspaceId));
}

/** Removes an own row. */
export async function deleteEventType(
  db: D1Database,
  workspaceId: string,
  type: string,
  record: ChangeRecord,
): Promise<void> {
  await commitChange(db, (d1) => [d1.delete(eventTypes).where(ofType(workspaceId, type))], record);
}

function ofType(workspaceId: string, type: string) {
  return and(eq(eventTypes.workspaceId, workspaceId), eq(eventTypes.type, type));
}
