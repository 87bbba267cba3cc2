import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { noteEndpointDueAt } from "../../src/d1/endpoint-reports.ts";
import { entombEndpoint, updateEndpoint } from "../../src/d1/endpoint-writes.ts";
import type { EndpointRow } from "../../src/d1/tables.ts";
import { MINUTE_MS } from "../../src/domain/durations.ts";
import type { Env } from "../../src/env.ts";
import { platform } from "../../src/platform.ts";
import { lookInOnSome, pushUnsynced, runCron, wakeDue } from "../../src/reconcile/cron.ts";
import { CronBudget } from "../../src/reconcile/cron-budget.ts";
import { call, newEndpoint, newWorkspace, OPERATOR } from "../api/client.ts";
import { countedDatabase } from "../d1/counted-database.ts";
import { storedEndpoint } from "../d1/rows.ts";
import { silentDatabase } from "../d1/silent-database.ts";
import { HandClock } from "../hand-clock.ts";

/** Objects that note what they are called with. */
function recording(calls: string[], fails: (id: string) => boolean = () => false): Partial<Env> {
  const namespace = (kind: string) => ({
    getByName: (id: string) =>
      new Proxy(
        {},
        {
          get: (_target, method) => async () => {
            if (fails(id)) throw new Error("not there");
            calls.push(`${kind}.${String(method)}`);
          },
        },
      ),
  });
  return { ENDPOINT: namespace("endpoint") as never, EVENT_LOG: namespace("log") as never };
}

/** An endpoint that was changed, in D1, which no object has heard of. */
async function changedEndpoint(workspaceId: string): Promise<EndpointRow> {
  const row = await storedEndpoint(env.DB, workspaceId);
  const changed = await updateEndpoint(env.DB, row, row, 1, async () => UNRECORDED);
  if (changed === null) throw new Error("another write came between");
  return changed;
}

const planOf = async (query: string) => {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`).all<{ detail: string }>();
  return results.map((row) => row.detail).join("; ");
};

describe("cron", () => {
  it("pushes what no object has taken, a tombstone to the log before its object", async () => {
    const living = await changedEndpoint("ws_cron");
    const calls: string[] = [];
    expect(await pushUnsynced({ ...env, ...recording(calls) }, platform)).toBe(1);
    expect(calls.toSorted()).toEqual(["endpoint.configure", "log.subscribe"]);
    expect((await loadEndpointRow(env.DB, living.id))?.synced).toBe(true);
    await entombEndpoint(env.DB, living, 1, UNRECORDED);
    calls.length = 0;
    expect(await pushUnsynced({ ...env, ...recording(calls) }, platform)).toBe(1);
    expect(calls).toEqual(["log.unsubscribe", "endpoint.erase"]);
    expect(await pushUnsynced({ ...env, ...recording(calls) }, platform)).toBe(0);
  });

  it("goes on with the others where one object does not answer, and tries that one again", async () => {
    const stuck = await changedEndpoint("ws_stuck");
    const other = await changedEndpoint("ws_stuck");
    const calls: string[] = [];
    expect(await pushUnsynced({ ...env, ...recording(calls, (id) => id === stuck.id) }, platform)).toBe(1);
    expect((await loadEndpointRow(env.DB, other.id))?.synced).toBe(true);
    expect(await pushUnsynced({ ...env, ...recording(calls) }, platform)).toBe(1);
  });

  it("makes no more calls than one run may, however many logs each endpoint has, and goes on in the next run", async () => {
    for (let n = 0; n < 10; n++) await changedEndpoint("ws_wide");
    const budget = new CronBudget(Date.now());
    budget.noteCalls(6990);
    // Eight at once took sixteen.
    expect(await pushUnsynced({ ...env, ...recording([]) }, platform, budget)).toBe(8);
    expect(await pushUnsynced({ ...env, ...recording([]) }, platform)).toBe(2);
  });

  it("reaches the others where all objects of a workspace never answer, however many they are", async () => {
    for (let n = 0; n < 24; n++) await storedEndpoint(env.DB, "ws_silent");
    const other = await storedEndpoint(env.DB, "ws_other");
    let called = 0;
    const answering = recording([]);
    const silent = (kind: "ENDPOINT" | "EVENT_LOG") => ({
      getByName: (id: string) => {
        const stub = answering[kind]?.getByName(id);
        if (id !== "ws_silent") return stub;
        called++;
        return new Proxy({}, { get: () => () => new Promise(() => {}) });
      },
    });
    const silentEnv = {
      ...env,
      ENDPOINT: silent("ENDPOINT"),
      EVENT_LOG: silent("EVENT_LOG"),
    } as unknown as Env;
    expect(await pushUnsynced(silentEnv, platform, undefined, 20)).toBe(1);
    expect((await loadEndpointRow(env.DB, other.id))?.synced).toBe(true);
    expect(called).toBeLessThan(24);
    await pushUnsynced({ ...env, ...answering }, platform);
  });

  it("chooses by lot what it pushes, so that what is never taken starves nothing", async () => {
    const rows = [];
    for (let n = 0; n < 12; n++) rows.push(await changedEndpoint(`ws_lot_${n}`));
    const order = async () => {
      const ids: string[] = [];
      const objects = recording([], (id) => {
        if (id.startsWith("ep_")) ids.push(id);
        return true;
      });
      await pushUnsynced({ ...env, ...objects }, platform);
      return ids.join();
    };
    expect(new Set([await order(), await order(), await order()]).size).toBeGreaterThan(1);
    expect(await pushUnsynced({ ...env, ...recording([]) }, platform)).toBe(rows.length);
  });

  it("wakes what is due and puts it off, so that it never keeps the others from their turn", async () => {
    const row = await storedEndpoint(env.DB, "ws_wake");
    await noteEndpointDueAt(env.DB, row.id, 1000);
    const calls: string[] = [];
    expect(await wakeDue({ ...env, ...recording(calls) }, 999, platform)).toBe(0);
    expect(await wakeDue({ ...env, ...recording(calls) }, 1000, platform)).toBe(1);
    expect(calls).toEqual(["endpoint.wake"]);
    expect(await wakeDue({ ...env, ...recording(calls) }, 1001, platform)).toBe(0);
    expect((await loadEndpointRow(env.DB, row.id))?.nextDueAt).toBeGreaterThan(1001);
  });

  it("looks in on each log, and on each endpoint whose object has told something, in turn", async () => {
    const rows = [];
    for (let n = 0; n < 7; n++) rows.push(await storedEndpoint(env.DB, `ws_turn_${n}`));
    const [untold, ...told] = rows.map(({ id }) => id);
    for (const id of told)
      await env.DB.prepare("UPDATE endpoints SET health = '{}' WHERE id = ?").bind(id).run();
    const ids: string[] = [];
    const objects = recording([], (id) => {
      ids.push(id);
      return false;
    });
    for (let minute = 0; minute < 20; minute++)
      await lookInOnSome({ ...env, ...objects }, minute * 60_000, platform);
    expect(ids).toEqual(expect.arrayContaining(told));
    expect(ids).not.toContain(untold);
  });

  it("ends, with each step, though D1 never answers: one machine begins no other run before", async () => {
    const clock = new HandClock();
    const hand = { ...platform, nowMs: () => clock.nowMs(), after: clock.after.bind(clock) };
    const failed = vi.spyOn(console, "error").mockImplementation(() => {});
    const startedAt = clock.nowMs();
    let isOver = false;
    const running = runCron({ ...env, DB: silentDatabase }, 0, hand).finally(() => {
      isOver = true;
    });
    for (let seconds = 0; !isOver && seconds < 200; seconds++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      clock.pass(1000);
    }
    await running;
    expect(clock.nowMs() - startedAt).toBeLessThan(2 * MINUTE_MS);
    expect(failed).toHaveBeenCalled();
    failed.mockRestore();
  });

  it("finds its rows by index", async () => {
    const unsynced = "SELECT * FROM endpoints WHERE synced = 0 ORDER BY random() LIMIT 500";
    expect(await planOf(unsynced)).toContain("endpoints_unsynced");
    const due = "SELECT id FROM endpoints WHERE next_due_at <= 5 ORDER BY next_due_at LIMIT 500";
    expect(await planOf(due)).toContain("endpoints_due");
    expect(await planOf(due.replaceAll("endpoints", "workspaces"))).toContain("workspaces_due");
  });

  it("erases a deleted workspace: its endpoints, its log, its rows", async () => {
    const workspace = await newWorkspace();
    const endpoint = await newEndpoint(workspace, { status: "paused" });
    const published = await call("POST", "/v1/events", { key: workspace.key, body: { type: "a", data: {} } });
    await call("DELETE", `/v1/workspaces/${workspace.id}`, { key: OPERATOR });
    await runCron(env, Date.now() + 60_000, platform);
    const rows = (table: string, column: string) =>
      env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`)
        .bind(workspace.id)
        .first<number>("n");
    expect(await rows("endpoints", "workspace_id")).toBe(0);
    expect(await rows("api_keys", "workspace_id")).toBe(0);
    expect(await rows("workspaces", "id")).toBe(0);
    const log = env.EVENT_LOG.getByName(workspace.id);
    expect((await log.findEvent(published.body.id)).outcome).toBe("unknown");
    expect(await env.ENDPOINT.getByName(endpoint.id).listDeliveries({ limit: 1 })).toMatchObject({
      rows: [],
    });
  });

  it("erases every log of a workspace that has several, with its rows", async () => {
    const workspace = await newWorkspace();
    const { id, key } = workspace;
    await newEndpoint(workspace, { status: "paused" });
    const raise = { log_shards: 3, shard_by: "data.n" };
    expect((await call("PATCH", "/v1/workspace", { key, body: raise })).status).toBe(200);
    const logs = [id, `${id}/1`, `${id}/2`];
    // Erasing ends the objects: each look asks anew.
    const accepted = () =>
      Promise.all(logs.map(async (name) => (await env.EVENT_LOG.getByName(name).metrics()).acceptedEvents));
    for (let n = 0; n < 12; n++)
      expect((await call("POST", "/v1/events", { key, body: { type: "a", data: { n } } })).status).toBe(202);
    expect(Math.min(...(await accepted()))).toBeGreaterThan(0);
    await call("DELETE", `/v1/workspaces/${id}`, { key: OPERATOR });
    await runCron(env, Date.now() + 60_000, platform);
    const left = (table: string, column: string) =>
      env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`).bind(id).first<number>("n");
    expect([await left("workspaces", "id"), await left("logs", "workspace_id")]).toEqual([0, 0]);
    expect(await accepted()).toEqual([0, 0, 0]);
  });

  it("leaves a workspace alone as long as some isolate may still know its keys", async () => {
    const workspace = await newWorkspace();
    await call("DELETE", `/v1/workspaces/${workspace.id}`, { key: OPERATOR });
    await runCron(env, Date.now() + 10_000, platform);
    const left = await env.DB.prepare("SELECT count(*) AS n FROM workspaces WHERE id = ?")
      .bind(workspace.id)
      .first<number>("n");
    expect(left).toBe(1);
  });

  it("makes at most 600 queries of D1 in a run, whatever waits for its steps, and ends all of it in later runs", async () => {
    const { id } = await newWorkspace();
    const many = 700;
    const copies = (workspaceId: string, synced: number) =>
      env.DB.prepare(
        `INSERT INTO endpoints SELECT id || value, '${workspaceId}', version, ${synced}, url, description, metadata, dialect, dialect_options, subscription, policy, status, status_reason, sealed, created_at, updated_at, deleted_at, next_due_at, NULL, NULL, NULL, NULL FROM endpoints, generate WHERE id = ?`.replace(
          "FROM endpoints, generate",
          `FROM endpoints, (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${many}) SELECT value FROM n)`,
        ),
      );
    const row = await storedEndpoint(env.DB, "ws_budget");
    await copies(id, 1).bind(row.id).run();
    await env.DB.prepare("UPDATE endpoints SET id = id || 'e' WHERE workspace_id = ?").bind(id).run();
    await copies("ws_budget", 0).bind(row.id).run();
    await call("DELETE", `/v1/workspaces/${id}`, { key: OPERATOR });
    const objects = recording([]);
    const left = () =>
      env.DB.prepare("SELECT count(*) FROM endpoints WHERE synced = 0 OR workspace_id = ?")
        .bind(id)
        .first<number>("count(*)");
    const queries: number[] = [];
    for (let minute = 1; (await left()) && minute < 20; minute++) {
      const counted = countedDatabase(env.DB);
      await runCron({ ...env, ...objects, DB: counted.database }, Date.now() + minute * 60_000, platform);
      queries.push(counted.queries());
    }
    expect(await left()).toBe(0);
    expect(Math.max(...queries)).toBeLessThanOrEqual(600);
    expect(queries.length).toBeLessThan(10);
  });

  it("calls nobody who could not answer within the 50 s of a run, and leaves them due for the next", async () => {
    const row = await storedEndpoint(env.DB, "ws_late");
    await noteEndpointDueAt(env.DB, row.id, 1000);
    const calls: string[] = [];
    const objects = { ...env, ...recording(calls) };
    const spent = () => new CronBudget(Date.now() - 41_000);
    expect([
      await pushUnsynced(objects, platform, spent()),
      await wakeDue(objects, 1000, platform, spent()),
      calls,
    ]).toEqual([0, 0, []]);
    expect(await loadEndpointRow(env.DB, row.id)).toMatchObject({ synced: false, nextDueAt: 1000 });
    expect([await pushUnsynced(objects, platform), await wakeDue(objects, 1000, platform)]).toEqual([1, 1]);
  });
});
