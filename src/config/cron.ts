import { and, asc, lte, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { Deadlines } from "../deadlines.ts";
import { settleInGroups } from "../domain/groups.ts";
import type { Env } from "../env.ts";
import { logLine } from "../service-log.ts";
import { pruneAnswers } from "./answers.ts";
import { pruneAudit } from "./audit.ts";
import { eraseDeletedWorkspaces } from "./erasure.ts";
import { prunePortalKeys } from "./keys.ts";
import { isAmong } from "./queries.ts";
import { pushEndpoint } from "./sync.ts";
import { type EndpointRow, endpoints, workspaces } from "./tables.ts";

/** How many rows of a kind one run takes: each costs a few subrequests, and a run may make 10,000. */
const ROWS_PER_RUN = 500;

/**
 * When an object that was woken is looked at again, unless it notes another time itself. It moves what was woken to
 * the end of the index, so that objects that do not answer never keep the others from their turn.
 */
const LOOK_AGAIN_MS = 5 * 60_000;

/** How long an object has to answer. */
const ANSWER_MS = 10_000;

/** How long objects of one kind are called in one run; the rest has its turn in another one. */
const CALLS_MS = 30_000;

/** A workspace of which so many did not answer is left alone until the next run: its log may be what is broken. */
const FAILURES_PER_WORKSPACE = 8;

/** One run of cron: pushes what the objects have not taken, wakes what is due, goes on with erasing, prunes. */
export async function runCron(env: Env, nowMs: number): Promise<void> {
  const steps = [
    () => pushUnsynced(env),
    () => wakeDue(env, nowMs),
    () => pruneAudit(env.DB, nowMs),
    () => pruneAnswers(env.DB, nowMs),
    () => prunePortalKeys(env.DB, nowMs),
    () => eraseDeletedWorkspaces(env, nowMs),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      // The next run tries again; one step's failure is no reason to leave out the others.
      logLine("error", "cron step failed", { error });
    }
  }
}

/**
 * Pushes rows that an object has not taken yet. Returns how many were taken. Drawn by lot: those that are never taken,
 * however many, must not keep the others from their turn.
 */
export async function pushUnsynced(env: Env, answerMs: number = ANSWER_MS): Promise<number> {
  const rows = await drizzle(env.DB)
    .select()
    .from(endpoints)
    // A literal: with a bound parameter SQLite would not use the partial index.
    .where(sql`synced = 0`)
    .orderBy(sql`random()`)
    .limit(ROWS_PER_RUN);
  const failures = new Map<string, number>();
  const deadlines = new Deadlines();
  const push = async (row: EndpointRow) => {
    if ((failures.get(row.workspaceId) ?? 0) >= FAILURES_PER_WORKSPACE) return "left";
    return deadlines.within(answerMs, pushEndpoint(env, row)).catch((error) => {
      failures.set(row.workspaceId, (failures.get(row.workspaceId) ?? 0) + 1);
      throw error;
    });
  };
  return callEach(rows, push);
}

/** Wakes the endpoints and logs whose time has passed: their alarm was lost. Returns how many answered. */
export async function wakeDue(env: Env, nowMs: number): Promise<number> {
  const endpointIds = await takeDue(env.DB, endpoints, nowMs);
  const deadlines = new Deadlines();
  const wake = (object: { wake(): Promise<void> }) => deadlines.within(ANSWER_MS, object.wake());
  const endpointsWoken = await callEach(endpointIds, (id) => wake(env.ENDPOINT.getByName(id)));
  const workspaceIds = await takeDue(env.DB, workspaces, nowMs);
  const logsWoken = await callEach(workspaceIds, (id) => wake(env.EVENT_LOG.getByName(id)));
  return endpointsWoken + logsWoken;
}

/** The ids whose time has passed, the longest due first; each is put off before its object is woken and notes its own. */
async function takeDue(
  db: D1Database,
  table: typeof endpoints | typeof workspaces,
  nowMs: number,
): Promise<string[]> {
  const d1 = drizzle(db);
  const due = await d1
    .select({ id: table.id })
    .from(table)
    .where(lte(table.nextDueAt, nowMs))
    .orderBy(asc(table.nextDueAt))
    .limit(ROWS_PER_RUN);
  const ids = due.map((row) => row.id);
  if (ids.length === 0) return ids;
  await d1
    .update(table)
    .set({ nextDueAt: nowMs + LOOK_AGAIN_MS })
    .where(and(isAmong(table.id, ids), lte(table.nextDueAt, nowMs)));
  return ids;
}

/** Calls the objects of these items, for a bounded time. Returns how many answered; "left" = it was not called. */
async function callEach<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
): Promise<number> {
  const endsAt = Date.now() + CALLS_MS;
  const outcomes = await settleInGroups(items, async (item) => (Date.now() < endsAt ? act(item) : "left"));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") {
      logLine("error", "an object did not answer cron", { error: outcome.reason });
    }
  }
  return outcomes.filter((outcome) => outcome.status === "fulfilled" && outcome.value !== "left").length;
}
