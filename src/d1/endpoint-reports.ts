import { and, eq, isNotNull, isNull, not, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Counts } from "../domain/counts.ts";
import { MINUTE_MS } from "../domain/durations.ts";
import type { EndpointHealth, EndpointStatus } from "../domain/endpoint.ts";
import { newId } from "../domain/ids.ts";
import { stored } from "../domain/stored.ts";
import type { Chance, Clock } from "../domain/surroundings.ts";
import { statusChangeInsert } from "./audit.ts";
import { hasMoved } from "./due.ts";
import { endpoints } from "./tables.ts";

/* What endpoints' objects write into D1: changes of status that they made themselves, how they do, and when they have work to do. */

/**
 * Sets the status that an endpoint object gave itself (410, `disable_after`, a pause), if D1 still holds the version
 * the object had: the version rises by one and waits for cron to push it. False if a write came between: that wins.
 */
export async function changeStatusFromObject(
  db: D1Database,
  endpointId: string,
  version: number,
  status: EndpointStatus,
  reason: string | null,
  surroundings: Clock & Chance,
): Promise<boolean> {
  const nowMs = surroundings.nowMs();
  const d1 = drizzle(db);
  const unchanged = and(
    eq(endpoints.id, endpointId),
    eq(endpoints.version, version),
    isNull(endpoints.deletedAt),
  );
  const [, update] = await d1.batch([
    statusChangeInsert(
      d1,
      { id: newId("aud", nowMs, surroundings), status, reason, version: version + 1, nowMs },
      sql`(SELECT id, workspace_id, status, status_reason FROM endpoints WHERE ${unchanged})`,
    ),
    d1
      .update(endpoints)
      .set({
        ...{ version: version + 1, synced: false, updatedAt: nowMs },
        ...{ status, statusReason: reason, statusVersion: version + 1 },
      })
      .where(unchanged),
  ]);
  return update.meta.changes === 1;
}

/** What an endpoint object tells of itself. */
export interface EndpointReport {
  health: EndpointHealth;
  /** Since it was made. */
  counts: Counts;
}

/** A report that a former life of the object sent arrives within this; what is told earlier is told by a clock that was set back. */
const LATE_REPORT_MS = MINUTE_MS;

/**
 * Keeps how an endpoint does, for lists and metrics, unless D1 knows what it told since: returns false then, and where the
 * endpoint was deleted.
 */
export async function noteEndpointReport(
  db: D1Database,
  endpointId: string,
  { health, counts }: EndpointReport,
): Promise<boolean> {
  const knownAt = sql`coalesce(json_extract(${endpoints.health}, '$.at'), 0)`;
  const isLate = sql`(${knownAt} > ${health.at} AND ${knownAt} <= ${health.at + LATE_REPORT_MS})`;
  const update = await drizzle(db)
    .update(endpoints)
    .set({ health: stored(health), counts: stored(counts) })
    .where(and(eq(endpoints.id, endpointId), isNull(endpoints.deletedAt), not(isLate)));
  return update.meta.changes === 1;
}

/** Keeps what a deleted endpoint counted in the end, until `purgeEndpoint` adds it to its workspace's; once. */
export async function noteFinalCounts(db: D1Database, endpointId: string, counts: Counts): Promise<void> {
  await drizzle(db)
    .update(endpoints)
    .set({ counts: stored(counts) })
    .where(and(eq(endpoints.id, endpointId), isNotNull(endpoints.deletedAt), eq(endpoints.synced, false)));
}

/**
 * When cron must wake this endpoint's object if its alarm was lost; Unix milliseconds, null = not at all.
 * @param ifMoved null = in any case; otherwise only if what D1 has noted is wrong by then, by the rule of `mustNoteDueAt`
 */
export async function noteEndpointDueAt(
  db: D1Database,
  endpointId: string,
  dueAtMs: number | null,
  ifMoved: { nowMs: number } | null = null,
): Promise<void> {
  const isMoved = ifMoved ? hasMoved(endpoints, dueAtMs, ifMoved.nowMs) : undefined;
  await drizzle(db)
    .update(endpoints)
    .set({ nextDueAt: dueAtMs })
    .where(and(eq(endpoints.id, endpointId), isNull(endpoints.deletedAt), isMoved));
}
