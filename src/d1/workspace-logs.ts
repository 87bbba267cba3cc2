import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type LogRouting, logName, logOfName, ONE_LOG } from "../domain/log-shards.ts";
import { type Order, orderBy } from "../domain/order.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { hasMoved, putOffDue, someInTurn } from "./due.ts";
import { unfitting } from "./endpoint-order.ts";
import { logs, type WorkspaceRow, workspaces } from "./tables.ts";
import { living } from "./workspaces.ts";

/* How a workspace's events are spread over its logs, and when these have something to do. */

/** How the events of a workspace are spread; null = it is unknown or deleted. */
export async function findRouting(db: D1Database, id: string): Promise<LogRouting | null> {
  const row = await drizzle(db).select({ logs: workspaces.logs }).from(workspaces).where(living(id)).get();
  return row === undefined ? null : routingOf(row);
}

export function routingOf({ logs }: Pick<WorkspaceRow, "logs">): LogRouting {
  return logs ?? ONE_LOG;
}

/**
 * Changes a workspace and how its events are spread, if that is still `before` and every endpoint's order fits; false otherwise, and
 * nothing is changed.
 */
export async function updateRouting(
  db: D1Database,
  id: string,
  before: LogRouting,
  after: LogRouting,
  change: Partial<WorkspaceRow>,
  record: ChangeRecord,
): Promise<boolean> {
  const isUnchanged = sql`EXISTS (SELECT 1 FROM workspaces WHERE id = ${id} AND deleted_at IS NULL
    AND coalesce(json_extract(logs, '$.epoch'), 0) = ${before.epoch}
    AND coalesce(json_extract(logs, '$.count'), 1) = ${before.count}
    AND json_extract(logs, '$.shardBy') IS ${before.shardBy})`;
  const doFit = after.count === 1 ? sql`1` : sql`NOT EXISTS (${unfitting(id, after.shardBy)})`;
  const guard = sql`${isUnchanged} AND ${doFit}`;
  const names = Array.from({ length: after.count - 1 }, (_, i) => logName(id, i + 1));
  const update = (d1: DrizzleD1Database) => [
    d1
      .update(workspaces)
      .set({ ...change, logs: after })
      .where(and(living(id), guard)),
    d1
      .insert(logs)
      .select(
        sql`SELECT value, ${id}, NULL FROM json_each(${JSON.stringify(names)})
          WHERE EXISTS (SELECT 1 FROM workspaces WHERE id = ${id} AND json_extract(logs, '$.epoch') = ${after.epoch})`,
      )
      .onConflictDoNothing(),
  ];
  return (await commitChange(db, update, record, guard)) === 1;
}

/** The condition that a workspace's logs keep an endpoint's order. */
export function keepsOrder(workspaceId: string, order: Order): SQL {
  if (order === "none") return sql`1`;
  return sql`NOT EXISTS (SELECT 1 FROM workspaces WHERE id = ${workspaceId}
    AND coalesce(json_extract(logs, '$.count'), 1) > 1
    AND (${orderBy(order) === null ? 1 : 0} OR json_extract(logs, '$.shardBy') IS NOT ${orderBy(order)}))`;
}

/**
 * When cron must wake this log if its alarm was lost; Unix milliseconds, null = not at all.
 * @param name that of its object
 * @param ifMoved null = in any case; otherwise only if what D1 has noted is wrong by then, by the rule of `mustNoteDueAt`
 */
export async function noteLogDueAt(
  db: D1Database,
  name: string,
  dueAtMs: number | null,
  ifMoved: { nowMs: number } | null = null,
): Promise<void> {
  const isFirst = logOfName(name).number === 0;
  const table = isFirst ? workspaces : logs;
  const isMoved = ifMoved ? hasMoved(table, dueAtMs, ifMoved.nowMs) : undefined;
  await drizzle(db)
    .update(table)
    .set({ nextDueAt: dueAtMs })
    .where(and(isFirst ? living(name) : eq(logs.id, name), isMoved));
}

/** Names of logs whose time has passed, put off until they are looked at again; see `putOffDue`. */
export async function putOffDueLogs(
  db: D1Database,
  bounds: { nowMs: number; againAtMs: number; most: number },
): Promise<string[]> {
  return [...(await putOffDue(db, workspaces, bounds)), ...(await putOffDue(db, logs, bounds))];
}

/** Names of some logs, the first ones of workspaces and others; see `someInTurn`. */
export async function someLogsInTurn(
  db: D1Database,
  bounds: { turn: number; most: number },
): Promise<string[]> {
  const first = await someInTurn(db, workspaces, { ...bounds, are: isNull(workspaces.deletedAt) });
  const live = sql`EXISTS (SELECT 1 FROM workspaces WHERE id = ${logs.workspaceId} AND deleted_at IS NULL)`;
  return [...first, ...(await someInTurn(db, logs, { ...bounds, are: live }))];
}

/** Removes the rows of a workspace's logs. */
export function logsDelete(d1: DrizzleD1Database, workspaceId: string) {
  return d1.delete(logs).where(eq(logs.workspaceId, workspaceId));
}
