import { eraseAudit } from "../d1/audit.ts";
import { UNRECORDED } from "../d1/change.ts";
import { endpointsToErase } from "../d1/endpoint-work.ts";
import { entombEndpoint } from "../d1/endpoint-writes.ts";
import { listInboxes } from "../d1/inboxes.ts";
import { INBOXES_PER_WORKSPACE } from "../d1/limits.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { removeWorkspace } from "../d1/workspace-life.ts";
import { deletedWorkspaceIds } from "../d1/workspaces.ts";
import { Deadlines } from "../deadlines.ts";
import { settleInGroups } from "../domain/groups.ts";
import { wholeWorkspace } from "../domain/scope.ts";
import type { Clock, Surroundings } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { countLogs } from "../logs/ask-logs.ts";
import { hubOf, logOf } from "../objects/objects.ts";
import { logRetried } from "../service-log.ts";
import type { CronBudget } from "./cron-budget.ts";
import { eraseInbox } from "./erase-inbox.ts";
import { pushEndpoint } from "./sync.ts";

const WORKSPACES_PER_RUN = 20;
const ENDPOINTS_PER_STEP = 200;

/** How long a log may take for its archive, and each other object; the next run goes on. */
const ERASE_LOG_MS = 20_000;
const ERASE_MS = 10_000;

/** Queries to D1: an endpoint's tombstone and the two of its purge; an inbox's row; what a step makes besides these. */
const QUERIES_PER_ENDPOINT = 3;
const QUERIES_PER_INBOX = 1;
const QUERIES_PER_STEP = 6;

/** An isolate knows a revoked key for up to 10 s: erasing before that could erase a log that is then published to. */
const KEYS_FORGOTTEN_AFTER_MS = 30_000;

/**
 * Goes on with erasing deleted workspaces; each run does what its budget has room for, the next one goes on. Drawn by
 * lot, so that one that cannot be erased does not keep the others from their turn.
 */
export async function eraseDeletedWorkspaces(
  env: Env,
  nowMs: number,
  surroundings: Surroundings,
  budget: CronBudget,
): Promise<void> {
  if (!budget.spend(1)) return;
  const ids = await deletedWorkspaceIds(env.DB, nowMs - KEYS_FORGOTTEN_AFTER_MS, WORKSPACES_PER_RUN);
  for (const id of ids) {
    if (!hasTime(surroundings, budget) || !budget.spend(QUERIES_PER_STEP)) return;
    try {
      await eraseWorkspace(env, id, nowMs, surroundings, budget);
    } catch (error) {
      logRetried("error", "erasing a workspace failed", { workspace: id, error });
    }
  }
}

/** One step of erasing a workspace: its endpoints, its audit log, its inboxes and hub, its event log with its archive, its rows. */
async function eraseWorkspace(
  env: Env,
  workspaceId: string,
  nowMs: number,
  surroundings: Surroundings,
  budget: CronBudget,
): Promise<void> {
  const left = await endpointsToErase(env.DB, workspaceId, ENDPOINTS_PER_STEP);
  const areErased = await eraseEach(left, QUERIES_PER_ENDPOINT, surroundings, budget, (row) =>
    eraseEndpoint(env, row, nowMs).then((calls) => budget.noteCalls(calls)),
  );
  // Not all of them, or a full step: the next run looks for more.
  if (!areErased || left.length === ENDPOINTS_PER_STEP) return;
  if (!(await eraseAudit(env.DB, workspaceId))) return;
  const inboxes = await listInboxes(env.DB, wholeWorkspace(workspaceId), INBOXES_PER_WORKSPACE);
  if (!(await eraseEach(inboxes, QUERIES_PER_INBOX, surroundings, budget, (row) => eraseInbox(env, row))))
    return;
  if (!hasTime(surroundings, budget)) return;
  const deadlines = new Deadlines(surroundings);
  await deadlines.within(ERASE_MS, hubOf(env, workspaceId).erase());
  // Log 0 comes last: it knows how many there are.
  const logs = await deadlines.within(ERASE_MS, countLogs(env, workspaceId));
  for (let log = logs - 1; log >= 0; log--) {
    const msLeft = budget.msLeft(surroundings.nowMs());
    if (msLeft <= 0) return;
    await eraseLog(env, workspaceId, log, surroundings, Math.min(ERASE_LOG_MS, msLeft));
  }
  await removeWorkspace(env.DB, workspaceId);
}

/** Whether an object that is called now could still answer within this run. */
function hasTime(clock: Clock, budget: CronBudget): boolean {
  return budget.msLeft(clock.nowMs()) >= ERASE_MS;
}

/**
 * Erases those that the budget has room for, at so many queries each. Returns whether these were all; throws the first
 * failure once each had its turn.
 */
async function eraseEach<Row>(
  rows: readonly Row[],
  queries: number,
  surroundings: Surroundings,
  budget: CronBudget,
  erase: (row: Row) => Promise<void>,
): Promise<boolean> {
  const deadlines = new Deadlines(surroundings);
  const outcomes = await settleInGroups(rows, surroundings, async (row) => {
    const mayStart = hasTime(surroundings, budget) && budget.mayPush && budget.spend(queries);
    if (mayStart) await deadlines.within(ERASE_MS, erase(row));
    return mayStart;
  });
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return outcomes.every((outcome) => outcome.status === "fulfilled" && outcome.value);
}

/** Erasing ends with the log's object stopping itself, and its caller hears of that as an error. */
async function eraseLog(
  env: Env,
  workspaceId: string,
  log: number,
  surroundings: Surroundings,
  limitMs: number,
): Promise<void> {
  try {
    await new Deadlines(surroundings).within(limitMs, logOf(env, workspaceId, log).erase());
  } catch (error) {
    if (!String(error).includes("the workspace was deleted")) throw error;
  }
}

/** Returns the calls of objects that it made. */
async function eraseEndpoint(env: Env, row: EndpointRow, nowMs: number): Promise<number> {
  const tombstone = row.deletedAt === null ? await entombEndpoint(env.DB, row, nowMs, UNRECORDED) : row;
  if (tombstone === null) throw new Error("an endpoint was written while it was being erased");
  return pushEndpoint(env, tombstone);
}
