import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import { platform } from "../../src/platform.ts";
import { CronBudget } from "../../src/reconcile/cron-budget.ts";
import { eraseDeletedWorkspaces } from "../../src/reconcile/erasure.ts";
import { call, newWorkspace, OPERATOR } from "../api/client.ts";
import { countedDatabase } from "../d1/counted-database.ts";

afterEach(() => vi.restoreAllMocks());

/** What a workspace without endpoints costs beside its inboxes, and the search for those that are deleted. */
const QUERIES_BESIDE = 1 + 6;

async function deletedWorkspaceWithInboxes(inboxes: number): Promise<string> {
  const { id, key } = await newWorkspace();
  for (let n = 0; n < inboxes; n++) {
    expect((await call("POST", "/v1/inboxes", { key, body: { name: `${n}` } })).status).toBe(201);
  }
  await call("DELETE", `/v1/workspaces/${id}`, { key: OPERATOR });
  return id;
}

const erase = (budget: CronBudget, by: Env = env) =>
  eraseDeletedWorkspaces(by, Date.now() + 60_000, platform, budget);

const left = async (workspaceId: string) => {
  const rows = (table: string, column: string) =>
    env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`).bind(workspaceId).first("n");
  return { inboxes: await rows("inboxes", "workspace_id"), workspaces: await rows("workspaces", "id") };
};

it("erases as many inboxes as a run of cron has queries for, and the workspace after the last of them", async () => {
  const id = await deletedWorkspaceWithInboxes(5);
  const budget = new CronBudget(Date.now());
  const all = budget.spendUpTo(Number.POSITIVE_INFINITY);
  budget.giveBack(QUERIES_BESIDE + 3);
  const { database, queries } = countedDatabase(env.DB);
  await erase(budget, { ...env, DB: database });
  expect(await left(id)).toEqual({ inboxes: 2, workspaces: 1 });
  expect(queries()).toBeLessThanOrEqual(QUERIES_BESIDE + 3);

  const next = countedDatabase(env.DB);
  await erase(new CronBudget(Date.now()), { ...env, DB: next.database });
  expect(await left(id)).toEqual({ inboxes: 0, workspaces: 0 });
  expect(next.queries()).toBeLessThanOrEqual(QUERIES_BESIDE + 2);
  expect(all, "a whole run's queries were there at first").toBeGreaterThan(QUERIES_BESIDE + 5);
});

it("calls no inbox that could not answer within the run, and goes on with it in the next", async () => {
  const id = await deletedWorkspaceWithInboxes(10);
  const startedAt = Date.now();
  let passedMs = 0;
  let called = 0;
  vi.spyOn(Date, "now").mockImplementation(() => startedAt + passedMs);
  // Each takes 6 s of the run's 50: the eighth would begin with 8 s left.
  const slow = () => {
    called++;
    passedMs += 6000;
    return Promise.resolve();
  };
  const slowEnv = { ...env, INBOX: { getByName: () => ({ erase: slow }) } } as unknown as Env;
  await eraseDeletedWorkspaces(slowEnv, startedAt + 60_000, platform, new CronBudget(startedAt));
  expect(called).toBe(7);
  vi.restoreAllMocks();
  expect(await left(id)).toEqual({ inboxes: 3, workspaces: 1 });
  await erase(new CronBudget(Date.now()));
  expect(await left(id)).toEqual({ inboxes: 0, workspaces: 0 });
});
