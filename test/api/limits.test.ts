import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { platform } from "../../src/platform.ts";
import { runCron } from "../../src/reconcile/cron.ts";
import { type Answer, call, newEndpoint, newWorkspace, OPERATOR, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeEach(async () => {
  workspace = await newWorkspace();
});

/** How requests ended that were sent at the same moment: how often each status or code. */
async function ends(requests: Promise<Answer>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, body } of await Promise.all(requests)) {
    const end = status < 300 ? String(status) : `${status} ${body.code}`;
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

const atOnce = (count: number, send: () => Promise<Answer>) => ends(Array.from({ length: count }, send));

/** Stores keys of the workspace without the API, to come near its limit. */
async function storeKeys(count: number, role: string, expiresAt: number | null): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO api_keys (id, workspace_id, name, role, hash, created_at, expires_at)
     SELECT 'key_' || ?2 || ?3 || coalesce(?4, '') || ' ' || i, ?2, 'stored', ?3, 'hash ' || ?2 || ?3 || coalesce(?4, '') || ' ' || i, 0, ?4 FROM n`,
  )
    .bind(count, workspace.id, role, expiresAt)
    .run();
}

const planOf = async (query: string) => {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`).all<{ detail: string }>();
  return results.map((row) => row.detail).join("; ");
};

describe("a workspace may have", () => {
  it("200 keys, also for requests at the same moment, portal sessions not among them", async () => {
    await storeKeys(196, "reader", null);
    await storeKeys(300, "portal", Date.now() + 3_600_000);
    const create = () =>
      call("POST", "/v1/keys", { key: workspace.key, body: { name: "reader", role: "reader" } });
    expect(await atOnce(8, create)).toEqual({ "201": 3, "409 limit_reached": 5 });
    const { body } = await create();
    expect(body.detail).toBe("A workspace may have 200 keys; revoke one first.");
    const { data } = (await call("GET", "/v1/keys", { key: workspace.key })).body;
    const one = data.find(({ role }: { role: string }) => role === "reader");
    await call("DELETE", `/v1/keys/${one.id}`, { key: workspace.key });
    expect((await create()).status).toBe(201);
    // The operator helps a workspace that cannot help itself.
    const lost = { key: OPERATOR, body: { name: "lost", role: "admin" } };
    expect((await call("POST", `/v1/workspaces/${workspace.id}/keys`, lost)).status).toBe(201);
  });

  it("1,000 portal sessions that have not expired", async () => {
    await storeKeys(998, "portal", Date.now() + 3_600_000);
    await storeKeys(2000, "portal", Date.now() - 1);
    const open = () => call("POST", "/v1/portal-sessions", { key: workspace.key });
    expect(await atOnce(5, open)).toEqual({ "201": 2, "409 limit_reached": 3 });
    expect((await open()).body.detail).toContain("1000 portal sessions that have not expired");
    await env.DB.prepare(
      "UPDATE api_keys SET expires_at = 1 WHERE workspace_id = ? AND name = 'portal session'",
    )
      .bind(workspace.id)
      .run();
    expect((await open()).status).toBe(201);
  });

  it("as many endpoints as the setting says, those that are deleted not among them", async () => {
    const settings = { ENDPOINTS_PER_WORKSPACE: "3" };
    const create = () =>
      call("POST", "/v1/endpoints", {
        key: workspace.key,
        body: { url: "https://receiver.example/hook", status: "disabled" },
        env: settings,
      });
    expect(await atOnce(6, create)).toEqual({ "201": 3, "409 limit_reached": 3 });
    expect((await create()).body.detail).toBe("A workspace may have 3 endpoints; delete one first.");
    const { data } = (await call("GET", "/v1/endpoints", { key: workspace.key })).body;
    await call("DELETE", `/v1/endpoints/${data[0].id}`, { key: workspace.key });
    expect([(await create()).status, (await create()).status]).toEqual([201, 409]);
    // The subscribe APIs make endpoints, too.
    const subscribe = await call("POST", "/compat/voice/events-gateway/trigger/subscribe", {
      key: workspace.key,
      body: { hookUrl: "https://receiver.example/v", campaignId: "*", triggerName: "call_started" },
      env: settings,
    });
    expect([subscribe.status, subscribe.body.code]).toEqual([409, "limit_reached"]);
  });

  it("1,000 event types of its own, also for requests at the same moment", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 997)
       INSERT INTO event_types (workspace_id, type, category, description, sample, deprecated, deleted, updated_at)
       SELECT ?1, 'stored.' || i, '', '', '{}', 0, 0, 0 FROM n`,
    )
      .bind(workspace.id)
      .run();
    let made = 0;
    const create = () =>
      call("POST", "/v1/event-types", { key: workspace.key, body: { type: `made.${++made}` } });
    expect(await atOnce(8, create)).toEqual({ "201": 3, "409 limit_reached": 5 });
    expect((await create()).body.detail).toContain("1000 event types");
  });

  it("50 replay jobs that run or wait, those that ended not among them", async () => {
    const { id } = await newEndpoint(workspace, { status: "paused" });
    const path = `/v1/endpoints/${id}/replays`;
    const start = () =>
      call("POST", path, {
        key: workspace.key,
        // None of these is there: a job ends after its first steps.
        body: { event_ids: [`evt_${"0".repeat(26)}`], rate_per_second: 0.01 },
      });
    for (let n = 0; n < 4; n++) expect(await atOnce(12, start)).toEqual({ "202": 12 });
    expect(await atOnce(12, start)).toEqual({ "202": 2, "409 limit_reached": 10 });
    await expect.poll(async () => (await start()).status).toBe(202);
  });
});

it("limits are looked up by indexes of what counts, whatever was deleted or has expired", async () => {
  const living = "SELECT 1 FROM endpoints WHERE workspace_id = 'ws' AND deleted_at IS NULL LIMIT 1 OFFSET 9";
  expect(await planOf(living)).toContain("COVERING INDEX endpoints_living (workspace_id=?)");
  const ofDialect =
    "SELECT 1 FROM endpoints WHERE workspace_id = 'ws' AND dialect = 'atomic' AND deleted_at IS NULL LIMIT 1 OFFSET 9";
  expect(await planOf(ofDialect)).toContain(
    "COVERING INDEX endpoints_living (workspace_id=? AND dialect=? AND deleted_at=?)",
  );
  const sessions =
    "SELECT 1 FROM api_keys WHERE workspace_id = 'ws' AND role = 'portal' AND expires_at > 1 LIMIT 1 OFFSET 9";
  expect(await planOf(sessions)).toContain("INDEX api_keys_sessions (workspace_id=? AND expires_at>?)");
  const own = "SELECT 1 FROM api_keys WHERE workspace_id = 'ws' AND role <> 'portal' LIMIT 1 OFFSET 9";
  expect(await planOf(own)).toContain("INDEX api_keys_own (workspace_id=?)");
});

it("cron removes as many old portal sessions as can be opened meanwhile", async () => {
  await storeKeys(1500, "portal", 1);
  await runCron(env, Date.now(), platform);
  const left = await env.DB.prepare(
    "SELECT count(*) AS n FROM api_keys WHERE workspace_id = ? AND role = 'portal'",
  )
    .bind(workspace.id)
    .first<number>("n");
  expect(left).toBe(0);
});
