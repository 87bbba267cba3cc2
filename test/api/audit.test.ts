import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { pruneAudit } from "../../src/d1/audit.ts";
import { changeStatusFromObject } from "../../src/d1/endpoint-reports.ts";
import { platform } from "../../src/platform.ts";
import {
  badFields,
  call,
  newEndpoint,
  newWorkspace,
  OPERATOR,
  unreachable,
  type Workspace,
} from "./client.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const audit = async (query = "", key = workspace.key) =>
  (await call("GET", `/v1/audit?limit=200${query}`, { key })).body.data;
const newest = async (query = "") => (await audit(query))[0];
const send = (method: string, path: string, body?: object, more: object = {}) =>
  call(method, path, { key: workspace.key, body, ...more });

describe("the audit log", () => {
  it("begins with the workspace, made by the operator", async () => {
    const entries = await audit();
    expect(entries.at(-1)).toMatchObject({
      id: expect.stringMatching(/^aud_/),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      actor: { kind: "operator", id: null, name: null },
      action: "workspace.created",
      target: workspace.id,
      before: null,
      after: { name: "test" },
    });
  });

  it("tells who changed a setting, with what it was and became", async () => {
    const key = (await call("GET", "/v1/keys", { key: workspace.key })).body.data.at(-1);
    await send("PATCH", "/v1/workspace", { name: "renamed" });
    expect(await newest()).toMatchObject({
      actor: { kind: "key", id: key.id, name: key.name },
      action: "workspace.updated",
      before: { name: "test" },
      after: { name: "renamed" },
    });
    await call("PATCH", `/v1/workspaces/${workspace.id}`, { key: OPERATOR, body: { name: "again" } });
    expect(await newest()).toMatchObject({ actor: { kind: "operator" }, after: { name: "again" } });
  });

  it("has an entry for each key and portal session, without the key", async () => {
    const made = (await send("POST", "/v1/keys", { name: "ci", role: "publisher" })).body;
    expect(await newest()).toMatchObject({
      action: "key.created",
      target: made.id,
      before: null,
      after: { name: "ci", role: "publisher", key: "***" },
    });
    await send("DELETE", `/v1/keys/${made.id}`);
    expect(await newest()).toMatchObject({ action: "key.revoked", target: made.id, after: null });
    const { token } = (await send("POST", "/v1/portal-sessions", {})).body;
    expect(await newest()).toMatchObject({ action: "portal_session.created" });
    const { results } = await env.DB.prepare("SELECT * FROM audit_entries").all();
    expect(JSON.stringify(results)).not.toContain(made.key.slice(3));
    expect(JSON.stringify(results)).not.toContain(token.slice(3));
  });

  it("has an entry for each change of an endpoint, secrets masked", async () => {
    const secrets = { secret: `whsec_${btoa("s".repeat(32))}`, headers: { "X-Token": "header-secret" } };
    const made = await newEndpoint(workspace, secrets);
    expect(await newest()).toMatchObject({
      action: "endpoint.created",
      target: made.id,
      after: { url: made.url, status: "disabled", secret: "***", headers: { "X-Token": "***" } },
    });
    const path = `/v1/endpoints/${made.id}`;
    await send("PATCH", path, { description: "new", headers: { "X-Token": "other-secret" } });
    expect(await newest()).toMatchObject({
      action: "endpoint.updated",
      before: { description: "", headers: { "X-Token": "***" } },
      after: { description: "new", headers: { "X-Token": "***" } },
    });
    expect(Object.keys((await newest()).after)).toEqual(["description", "headers"]);
    await send("POST", `${path}/secret/rotate`, {});
    expect(await newest()).toMatchObject({
      action: "endpoint.secret_rotated",
      before: { secret: "***" },
      after: { secret: "***" },
    });
    await send("DELETE", path);
    expect(await newest()).toMatchObject({ action: "endpoint.deleted", target: made.id, after: null });
    const { results } = await env.DB.prepare("SELECT * FROM audit_entries").all();
    expect(JSON.stringify(results)).not.toMatch(/header-secret|other-secret|ssss|c3Nzc3Nz/);
  });

  it("has no entry for what changed nothing, or failed", async () => {
    const { id } = await newEndpoint(workspace);
    const before = (await audit()).length;
    await send("PATCH", `/v1/endpoints/${id}`, { description: "" });
    await send("PATCH", `/v1/endpoints/${id}`, { description: 1 });
    await send("PATCH", "/v1/endpoints/ep_none", { description: "x" });
    await send("DELETE", "/v1/keys/key_none");
    await send("POST", "/v1/keys", { name: "x" });
    expect(await audit()).toHaveLength(before);
  });

  it("has one entry per change where two write at once", async () => {
    const { id } = await newEndpoint(workspace);
    const changes = ["a", "b", "c"].map((description) =>
      send("PATCH", `/v1/endpoints/${id}`, { description }),
    );
    const statuses = (await Promise.all(changes)).map((answer) => answer.status);
    const entries = await audit(`&target=${id}&action=endpoint.updated`);
    expect(entries).toHaveLength(statuses.filter((status) => status === 200).length);
    // Each begins where the one before it ended.
    const chain = entries.toReversed();
    expect(chain.map((entry: { before: { description: string } }) => entry.before.description)).toEqual([
      "",
      ...chain.slice(0, -1).map((entry: { after: { description: string } }) => entry.after.description),
    ]);
  });

  it("says that an endpoint which could not be made was taken back", async () => {
    const options = { env: { EVENT_LOG: unreachable() } };
    const answer = await send("POST", "/v1/endpoints", { url: "https://gone.example/" }, options);
    expect(answer.status).toBe(503);
    const [deleted, created] = await audit();
    expect([deleted.action, created.action]).toEqual(["endpoint.deleted", "endpoint.created"]);
    expect(deleted.target).toBe(created.target);
  });

  it("tells what an endpoint did to itself, if that took effect", async () => {
    const { id } = await newEndpoint(workspace, { status: "paused" });
    expect(await changeStatusFromObject(env.DB, id, 7, "disabled", "gone", platform)).toBe(false);
    expect(await audit(`&target=${id}`)).toHaveLength(1);
    expect(await changeStatusFromObject(env.DB, id, 1, "disabled", "gone", platform)).toBe(true);
    expect(await newest(`&target=${id}`)).toMatchObject({
      actor: { kind: "system", id: null, name: null },
      action: "endpoint.status_changed",
      before: { status: "paused", status_reason: null },
      after: { status: "disabled", status_reason: "gone" },
    });
  });
});

describe("GET /v1/audit", () => {
  it("filters by action, target and time", async () => {
    const { id } = await newEndpoint(workspace);
    expect((await audit(`&target=${id}`)).map((entry: { action: string }) => entry.action)).toEqual([
      "endpoint.created",
    ]);
    const created = await audit("&action=key.created");
    expect(new Set(created.map((entry: { action: string }) => entry.action))).toEqual(
      new Set(["key.created"]),
    );
    expect(await audit("&from=2100-01-01T00:00:00Z")).toEqual([]);
    expect(await audit("&to=2020-01-01T00:00:00Z")).toEqual([]);
    expect((await audit("&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z")).length).toBeGreaterThan(5);
    const bad = await call("GET", "/v1/audit?action=no.such&from=yesterday", { key: workspace.key });
    expect(badFields(bad)).toEqual(["action", "from"]);
  });

  it("pages through all of them, while more are added", async () => {
    const own = await newWorkspace();
    const add = () => call("POST", "/v1/portal-sessions", { key: own.key, body: {} });
    for (let i = 0; i < 5; i++) await add();
    const all = (await audit("", own.key)).map((entry: { id: string }) => entry.id);
    const paged: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await call("GET", `/v1/audit?limit=2${cursor}`, { key: own.key });
      paged.push(...body.data.map((entry: { id: string }) => entry.id));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
      await add();
    }
    expect(paged).toEqual(all);
  });

  it("looks only at the workspace's own", async () => {
    const other = await newWorkspace();
    const entries = await audit("", other.key);
    expect(entries.map((entry: { target: string }) => entry.target)).toEqual([other.id]);
  });

  it("finds its rows by index", async () => {
    const plan = async (query: string) => {
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`).all<{ detail: string }>();
      return results.map((row) => row.detail).join("; ");
    };
    const list = "SELECT id FROM audit_entries WHERE workspace_id = 'w'";
    expect(await plan(`${list} AND id < 'x' ORDER BY id DESC LIMIT 5`)).toMatch(/audit_entries_workspace/);
    expect(await plan(`${list} AND target = 't' ORDER BY id DESC LIMIT 5`)).toMatch(/audit_entries_target/);
  });

  it("keeps entries for a year", async () => {
    const own = await newWorkspace();
    await pruneAudit(env.DB, Date.now() + YEAR_MS - 3_600_000);
    expect(await audit("", own.key)).toHaveLength(1);
    await pruneAudit(env.DB, Date.now() + YEAR_MS + 60_000);
    expect(await audit("", own.key)).toEqual([]);
  });
});
