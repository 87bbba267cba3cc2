import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { addCounts, type Counts, readCounts } from "../domain/counts.ts";
import { DAY_MS } from "../domain/durations.ts";
import type { EndpointHealth } from "../domain/endpoint.ts";
import { readHealth } from "../domain/endpoint-shapes.ts";
import type { Stored } from "../domain/stored.ts";
import { endpoints, PAGE_KEY } from "./tables.ts";
import { deletedCounts } from "./workspaces.ts";

/** Endpoints that one query reads: each has a kilobyte or two, and everything else on the thread waits. */
const ENDPOINTS_PER_QUERY = 500;

/** Endpoints that one look at several workspaces reads. */
const MAX_ENDPOINTS = 20_000;

/** How a workspace's endpoints do together, by what they last told. */
export interface WorkspaceTotals {
  workspaceId: string;
  /** Since the workspace was made, its deleted endpoints among them. */
  counts: Counts;
  /** The last 24 hours; an endpoint that told nothing since adds nothing. */
  day: Pick<EndpointHealth, "delivered" | "dead" | "retried" | "attempts">;
  pending: number;
  /** Endpoints whose next due time, as they noted it, has passed. */
  due: number;
}

interface Told {
  workspaceId: string;
  id: string;
  health: Stored<EndpointHealth> | null;
  counts: Stored<Counts> | null;
  nextDueAt: number | null;
}

/**
 * The totals of some workspaces, in the order of their ids. It reads 20,000 endpoints or so: the workspaces behind them
 * are left out, and where the first one has more, its newest endpoints.
 * @param nowMs Unix milliseconds
 */
export async function workspaceTotals(
  db: D1Database,
  workspaceIds: readonly string[],
  nowMs: number,
): Promise<WorkspaceTotals[]> {
  const ids = workspaceIds.toSorted();
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return [];
  const totals = new Map(ids.map((id) => [id, newTotals(id)]));
  for (const [id, counts] of await deletedCounts(db, ids)) addCounts(totals.get(id)?.counts ?? {}, counts);
  let after: Pick<Told, "workspaceId" | "id"> = { workspaceId: first, id: "" };
  for (let read = 0; ; ) {
    const page = await pageOf(db, after, last);
    for (const told of page) add(totals.get(told.workspaceId), told, nowMs);
    read += page.length;
    after = page.at(-1) ?? after;
    if (page.length < ENDPOINTS_PER_QUERY) break;
    if (read < MAX_ENDPOINTS) continue;
    // One that was read in part would count less the next time, if another one before it had grown.
    const cut = after.workspaceId;
    return [...totals.values()].filter(({ workspaceId: id }) => id < cut || (id === cut && id === first));
  }
  return [...totals.values()];
}

function newTotals(workspaceId: string): WorkspaceTotals {
  return {
    ...{ workspaceId, counts: {}, pending: 0, due: 0 },
    day: { delivered: 0, dead: 0, retried: 0, attempts: 0 },
  };
}

function add(totals: WorkspaceTotals | undefined, { counts, nextDueAt, ...told }: Told, nowMs: number): void {
  if (totals === undefined) return;
  const health = readHealth(told.health);
  addCounts(totals.counts, readCounts(counts));
  totals.pending += health?.pending ?? 0;
  if (nextDueAt !== null && nextDueAt <= nowMs) totals.due++;
  if (health === null || health.at < nowMs - DAY_MS) return;
  for (const name of ["delivered", "dead", "retried", "attempts"] as const) totals.day[name] += health[name];
}

/** The next endpoints by workspace and id, up to a workspace. */
function pageOf(
  db: D1Database,
  { workspaceId, id }: Pick<Told, "workspaceId" | "id">,
  lastWorkspaceId: string,
): Promise<Told[]> {
  const [after, before] = [`${workspaceId} ${id}`, `${lastWorkspaceId}!`];
  return told(db, sql`${PAGE_KEY} > ${after} AND ${PAGE_KEY} < ${before}`)
    .orderBy(PAGE_KEY)
    .limit(ENDPOINTS_PER_QUERY);
}

/** What a workspace's newest endpoints counted, at most so many; newest first. */
export async function endpointCounts(
  db: D1Database,
  workspaceId: string,
  limit: number,
): Promise<{ id: string; counts: Counts; pending: number }[]> {
  const rows = await told(db, eq(endpoints.workspaceId, workspaceId))
    .orderBy(desc(endpoints.id))
    .limit(limit);
  return rows.map(({ id, counts, health }) => ({
    id,
    counts: readCounts(counts),
    pending: readHealth(health)?.pending ?? 0,
  }));
}

function told(db: D1Database, condition: SQL) {
  const { id, workspaceId, health, counts, nextDueAt } = endpoints;
  return drizzle(db)
    .select({ id, workspaceId, health, counts, nextDueAt })
    .from(endpoints)
    .where(and(condition, isNull(endpoints.deletedAt)))
    .$dynamic();
}
