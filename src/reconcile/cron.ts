import { pruneAnswers } from "../d1/answers.ts";
import { pruneAudit } from "../d1/audit.ts";
import { putOffDueEndpoints, someEndpointsInTurn, unsyncedEndpoints } from "../d1/endpoint-work.ts";
import { prunePortalKeys } from "../d1/keys.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { putOffDueLogs, someLogsInTurn } from "../d1/workspace-logs.ts";
import { Deadlines } from "../deadlines.ts";
import { MINUTE_MS } from "../domain/durations.ts";
import { settleInGroups } from "../domain/groups.ts";
import { isOverloaded } from "../domain/overload.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { endpointOf, logNamed } from "../objects/objects.ts";
import { logLine } from "../service-log.ts";
import { CronBudget } from "./cron-budget.ts";
import { eraseDeletedWorkspaces } from "./erasure.ts";
import { pushEndpoint } from "./sync.ts";

/** How many objects of a kind one run wakes: each costs a subrequest or two, and a run may make 10,000. */
const ROWS_PER_RUN = 500;

/** How many rows one run pushes: each costs a query, and what is left of the budget is for the steps that follow. */
const PUSHED_PER_RUN = 400;

/**
 * When an object that was woken is looked at again, unless it notes another time itself. It moves what was woken to
 * the end of the index, so that objects that do not answer never keep the others from their turn.
 */
const LOOK_AT_OBJECT_AGAIN_MS = 5 * MINUTE_MS;

/** How many objects of a kind one run looks in on, though nothing is noted of them. */
const LOOKED_AT_PER_RUN = 5;

/** How long an object has to answer. */
const ANSWER_MS = 10_000;

/** How long objects of one kind are called in one run; the rest has its turn in another one. */
const CALLS_MS = 15_000;

/** A workspace of which so many did not answer is left alone until the next run: its log may be what is broken. */
const FAILURES_PER_WORKSPACE = 8;

/**
 * One run of cron: pushes what the objects have not taken, wakes what is due, looks in on some, goes on with erasing, prunes. All steps
 * share one budget; each minute another one comes first, so that none uses up what the others never get.
 * @param nowMs the minute that it is for
 */
export async function runCron(env: Env, nowMs: number, surroundings: Surroundings): Promise<void> {
  const budget = new CronBudget(surroundings.nowMs());
  const steps = [
    () => pushUnsynced(env, surroundings, budget),
    () => wakeDue(env, nowMs, surroundings, budget),
    () => lookInOnSome(env, nowMs, surroundings, budget),
    () => prune(env.DB, nowMs, budget),
    () => eraseDeletedWorkspaces(env, nowMs, surroundings, budget),
  ];
  const deadlines = new Deadlines(surroundings);
  const first = Math.floor(nowMs / MINUTE_MS) % steps.length;
  for (const step of [...steps.slice(first), ...steps.slice(0, first)]) {
    try {
      // One machine begins no run before this one has ended.
      await deadlines.within<unknown>(budget.msLeft(surroundings.nowMs()) + ANSWER_MS, step());
    } catch (error) {
      // The next run tries again; one step's failure is no reason to leave out the others.
      logLine("error", "cron step failed", { error });
    }
  }
}

/** Drops what is kept no longer, a bounded part of each kind. */
async function prune(db: D1Database, nowMs: number, budget: CronBudget): Promise<void> {
  const kinds = [pruneAudit, pruneAnswers, prunePortalKeys].filter(() => budget.spend(1));
  const outcomes = await Promise.allSettled(kinds.map((kind) => kind(db, nowMs)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/**
 * Pushes rows that an object has not taken yet. Returns how many were taken.
 */
export async function pushUnsynced(
  env: Env,
  surroundings: Surroundings,
  budget: CronBudget = new CronBudget(surroundings.nowMs()),
  answerMs: number = ANSWER_MS,
): Promise<number> {
  if (!budget.spend(1)) return 0;
  const most = budget.spendUpTo(PUSHED_PER_RUN);
  const rows = await unsyncedEndpoints(env.DB, most);
  budget.giveBack(most - rows.length);
  const failures = new Map<string, number>();
  const deadlines = new Deadlines(surroundings);
  const push = async (row: EndpointRow) => {
    if ((failures.get(row.workspaceId) ?? 0) >= FAILURES_PER_WORKSPACE) return "left";
    if (!budget.mayPush) return "left";
    // A tombstone's purge is two queries.
    if (row.deletedAt !== null && !budget.spend(1)) return "left";
    const pushed = pushEndpoint(env, row).then((calls) => budget.noteCalls(calls));
    return deadlines.within(answerMs, pushed).catch((error) => {
      failures.set(row.workspaceId, (failures.get(row.workspaceId) ?? 0) + 1);
      throw error;
    });
  };
  return callEach(rows, push, surroundings, budget);
}

/** Wakes the endpoints and logs whose time has passed: their alarm was lost. Returns how many answered. */
export async function wakeDue(
  env: Env,
  nowMs: number,
  surroundings: Surroundings,
  budget: CronBudget = new CronBudget(surroundings.nowMs()),
): Promise<number> {
  const deadlines = new Deadlines(surroundings);
  const wake = (object: { wake(): Promise<void> }) => deadlines.within(ANSWER_MS, object.wake());
  const endpointIds = await dueIds(env.DB, putOffDueEndpoints, nowMs, surroundings, budget);
  const endpointsWoken = await callEach(endpointIds, (id) => wake(endpointOf(env, id)), surroundings, budget);
  const logNames = await dueIds(env.DB, putOffDueLogs, nowMs, surroundings, budget);
  const logsWoken = await callEach(logNames, (name) => wake(logNamed(env, name)), surroundings, budget);
  return endpointsWoken + logsWoken;
}

/**
 * Calls some objects, each in its turn: one that was lost between a commit and the note of it, and whose alarm was lost, too, has told
 * nobody that it has something to do.
 */
export async function lookInOnSome(
  env: Env,
  nowMs: number,
  surroundings: Surroundings,
  budget: CronBudget = new CronBudget(surroundings.nowMs()),
): Promise<number> {
  if (budget.msLeft(surroundings.nowMs()) <= ANSWER_MS || !budget.spend(3)) return 0;
  const deadlines = new Deadlines(surroundings);
  const bounds = { turn: Math.floor(nowMs / MINUTE_MS), most: LOOKED_AT_PER_RUN };
  const some: { lookIn(): Promise<void> }[] = [
    ...(await someLogsInTurn(env.DB, bounds)).map((name) => logNamed(env, name)),
    ...(await someEndpointsInTurn(env.DB, bounds)).map((id) => endpointOf(env, id)),
  ];
  return callEach(some, (object) => deadlines.within(ANSWER_MS, object.lookIn()), surroundings, budget);
}

/** The ids whose time has passed; each is put off before its object is woken and notes its own. */
async function dueIds(
  db: D1Database,
  putOff: typeof putOffDueEndpoints,
  nowMs: number,
  surroundings: Surroundings,
  budget: CronBudget,
): Promise<string[]> {
  // Without time to call them they must not be put off.
  if (budget.msLeft(surroundings.nowMs()) <= ANSWER_MS || !budget.spend(4)) return [];
  return putOff(db, { nowMs, againAtMs: nowMs + LOOK_AT_OBJECT_AGAIN_MS, most: ROWS_PER_RUN });
}

/** Calls the objects of these items, for a bounded time. Returns how many answered; "left" = it was not called. */
async function callEach<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
  surroundings: Surroundings,
  budget: CronBudget,
): Promise<number> {
  const nowMs = surroundings.nowMs();
  // Whoever is called last has the time that an answer may take.
  const endsAt = nowMs + Math.min(CALLS_MS, budget.msLeft(nowMs) - ANSWER_MS);
  const outcomes = await settleInGroups(items, surroundings, async (item) =>
    surroundings.nowMs() < endsAt ? act(item) : "left",
  );
  for (const outcome of outcomes) {
    // One that had no place among the open objects is put off like the others; its alarm is the rule anyway.
    if (outcome.status === "rejected" && !isOverloaded(outcome.reason)) {
      logLine("error", "an object did not answer cron", { error: outcome.reason });
    }
  }
  return outcomes.filter((outcome) => outcome.status === "fulfilled" && outcome.value !== "left").length;
}
