import { and, desc, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import {
  type Actor,
  AUDIT_KEPT_MS,
  type AuditAction,
  type AuditedChange,
  actorShape,
  auditedFieldsShape,
  DISABLED_BY_ITSELF,
  type DisabledBecause,
} from "../domain/audit.ts";
import { firstIdAt, newId } from "../domain/ids.ts";
import type { Chance } from "../domain/surroundings.ts";
import type { Statement } from "./answers.ts";
import { rowIf } from "./queries.ts";
import { type AuditRow, auditEntries } from "./tables.ts";

/** Rows that one page looks at: with rare matches it comes back short, with a cursor. */
const EXAMINED_PER_PAGE = 10_000;

/** Rows that one run of cron removes. */
const PRUNED_PER_RUN = 1000;

export interface AuditQuery {
  action?: AuditAction;
  target?: string;
  /** Unix milliseconds: from ≤ at < to. */
  from?: number;
  to?: number;
  /** Entries older than this one: where the page before ended. */
  before?: string;
  limit: number;
}

/** The row of an entry, to be stored with its change. */
export function auditRow(
  workspaceId: string,
  actor: Actor,
  change: AuditedChange,
  nowMs: number,
  chance: Chance,
): AuditRow {
  return { id: newId("aud", nowMs, chance), workspaceId, at: nowMs, actor, version: null, ...change };
}

/** A workspace's entries, newest first; `next` is the id where the next page starts, null = there is none. */
export async function listAudit(
  db: D1Database,
  workspaceId: string,
  query: AuditQuery,
): Promise<{ rows: AuditRow[]; next: string | null }> {
  const d1 = drizzle(db);
  const examinable = and(
    eq(auditEntries.workspaceId, workspaceId),
    query.target === undefined ? undefined : eq(auditEntries.target, query.target),
    query.before === undefined ? undefined : lt(auditEntries.id, query.before),
    // Ids sort by time, so these bound what is looked at.
    query.to === undefined ? undefined : lt(auditEntries.id, firstIdAt("aud", query.to)),
    query.from === undefined ? undefined : gte(auditEntries.id, firstIdAt("aud", query.from)),
  );
  const examined = d1
    .select({ id: auditEntries.id, action: auditEntries.action })
    .from(auditEntries)
    .where(examinable)
    .orderBy(desc(auditEntries.id))
    .limit(EXAMINED_PER_PAGE)
    .as("examined");
  const found = d1
    .select({ id: examined.id })
    .from(examined)
    .where(query.action === undefined ? undefined : eq(examined.action, query.action))
    .orderBy(desc(examined.id))
    .limit(query.limit + 1);
  const [rows, last] = await d1.batch([
    d1.select().from(auditEntries).where(inArray(auditEntries.id, found)).orderBy(desc(auditEntries.id)),
    d1
      .select({ id: auditEntries.id })
      .from(auditEntries)
      .where(examinable)
      .orderBy(desc(auditEntries.id))
      .limit(1)
      .offset(EXAMINED_PER_PAGE - 1),
  ]);
  const page = rows.slice(0, query.limit);
  return { rows: page, next: (rows.length > query.limit ? page.at(-1) : last[0])?.id ?? null };
}

/**
 * Why some endpoints were disabled at a time, by their newest change of status before it; those of which none is on
 * record, or that were not, are left out.
 */
export async function disabledBecause(
  db: D1Database,
  workspaceId: string,
  endpointIds: readonly string[],
  atMs: number,
): Promise<Map<string, DisabledBecause>> {
  const d1 = drizzle(db);
  const [first, ...rest] = endpointIds.map((id) =>
    d1
      .select({ target: auditEntries.target, after: auditEntries.after })
      .from(auditEntries)
      .where(
        and(
          eq(auditEntries.workspaceId, workspaceId),
          eq(auditEntries.target, id),
          lt(auditEntries.id, firstIdAt("aud", atMs + 1)),
          sql`json_extract(${auditEntries.after}, '$.status') IS NOT NULL`,
        ),
      )
      .orderBy(desc(auditEntries.id))
      .limit(1),
  );
  if (first === undefined) return new Map();
  const found = (await d1.batch([first, ...rest])).flat();
  return new Map(
    found.flatMap(({ target, after }) => {
      if (after?.status !== "disabled") return [];
      const reason = after.status_reason;
      return [[target, DISABLED_BY_ITSELF.find((known) => known === reason) ?? "by_hand"]];
    }),
  );
}

/** Removes what is older than a year, a bounded part per run. */
export async function pruneAudit(db: D1Database, nowMs: number): Promise<void> {
  const d1 = drizzle(db);
  const old = d1
    .select({ id: auditEntries.id })
    .from(auditEntries)
    .where(lt(auditEntries.id, firstIdAt("aud", nowMs - AUDIT_KEPT_MS)))
    .limit(PRUNED_PER_RUN);
  await d1.delete(auditEntries).where(inArray(auditEntries.id, old));
}

/** Removes a bounded part of a workspace's entries; true if none is left. */
export async function eraseAudit(db: D1Database, workspaceId: string): Promise<boolean> {
  const some = sql`SELECT id FROM audit_entries WHERE workspace_id = ${workspaceId} LIMIT ${PRUNED_PER_RUN}`;
  const { meta } = await drizzle(db).delete(auditEntries).where(sql`id IN (${some})`);
  return meta.changes < PRUNED_PER_RUN;
}

/** Stores an entry where `guard` holds. */
export function auditInsert(d1: DrizzleD1Database, row: AuditRow, guard: SQL): Statement {
  return d1.insert(auditEntries).select(rowIf(auditEntries, row, guard));
}

/**
 * Stores the entry of a status that an endpoint's object gave itself. `id`: the entry's.
 * @param before selects `id`, `workspace_id`, `status` and `status_reason` of the row that is about to change, if it is there
 */
export function statusChangeInsert(
  d1: DrizzleD1Database,
  change: { id: string; status: string; reason: string | null; version: number; nowMs: number },
  before: SQL,
): Statement {
  const { id, status, reason, version, nowMs } = change;
  const actor = actorShape.write({ kind: "system" });
  const action: AuditAction = "endpoint.status_changed";
  const after = auditedFieldsShape.write({ status, status_reason: reason });
  return d1
    .insert(auditEntries)
    .select(
      sql`SELECT ${id}, workspace_id, ${nowMs}, ${actor}, ${action}, id, json_object('status', status, 'status_reason', status_reason), ${after}, ${version} FROM ${before}`,
    );
}
