import { and, asc, gt, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { NOTE_GRAIN_MS } from "../domain/due.ts";
import { isAmong } from "./queries.ts";
import type { endpoints, logs, workspaces } from "./tables.ts";

/* When objects have something to do, as D1 has it noted: the same of endpoints and of logs, for their owners here. */

type DueTable = typeof endpoints | typeof logs | typeof workspaces;

/** The condition that what is noted of an object is wrong by now (Unix milliseconds), by the rule of `mustNoteDueAt`. */
export function hasMoved(
  { nextDueAt: noted }: DueTable,
  dueAtMs: number | null,
  nowMs: number,
): SQL | undefined {
  if (dueAtMs === null) return sql`${noted} IS NOT NULL`;
  return or(isNull(noted), lte(noted, nowMs), gt(noted, dueAtMs + NOTE_GRAIN_MS));
}

/**
 * Ids of objects whose time has passed, the longest due first. Each is put off until `againAtMs` before it is woken, so
 * that those that do not answer never keep the others from their turn. Two queries.
 */
export async function putOffDue(
  db: D1Database,
  table: DueTable,
  { nowMs, againAtMs, most }: { nowMs: number; againAtMs: number; most: number },
): Promise<string[]> {
  const d1 = drizzle(db);
  const due = await d1
    .select({ id: table.id })
    .from(table)
    .where(lte(table.nextDueAt, nowMs))
    .orderBy(asc(table.nextDueAt))
    .limit(most);
  const ids = due.map((row) => row.id);
  if (ids.length === 0) return ids;
  await d1
    .update(table)
    .set({ nextDueAt: againAtMs })
    .where(and(isAmong(table.id, ids), lte(table.nextDueAt, nowMs)));
  return ids;
}

/**
 * Ids of some objects, whatever is noted of them: the part of the table whose turn it is, so that each has its turn once all have.
 * Reads no more rows than that.
 * @param turn counts up from one call to the next
 * @param are what is to be true of them, beside
 */
export async function someInTurn(
  db: D1Database,
  table: DueTable,
  { turn, most, are }: { turn: number; most: number; are?: SQL | undefined },
): Promise<string[]> {
  const first = sql`(${turn} % (coalesce((SELECT max(rowid) FROM ${table}), 0) / ${most} + 1)) * ${most}`;
  const rows = await drizzle(db)
    .select({ id: table.id })
    .from(table)
    .where(and(sql`rowid >= ${first} AND rowid < ${first} + ${most}`, are));
  return rows.map(({ id }) => id);
}
