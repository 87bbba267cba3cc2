import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { noteEndpointDueAt, noteEndpointReport } from "../../src/d1/endpoint-reports.ts";
import { deleteKey } from "../../src/d1/keys.ts";
import { forgetKeys } from "../../src/http/auth.ts";
import {
  badFields,
  call,
  newEndpoint,
  newKey,
  newWorkspace,
  OPERATOR,
  type Workspace,
} from "../api/client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("keys", () => {
  it("are taken as a bearer token or as api-key", async () => {
    const bare = { headers: { authorization: `bearer ${workspace.key}` } };
    expect((await call("GET", "/v1/endpoints", bare)).status).toBe(200);
    const apiKey = { headers: { "api-key": workspace.key } };
    expect((await call("GET", "/v1/endpoints", apiKey)).status).toBe(200);
  });

  it.each([
    ["none", {}],
    ["an unknown one", { authorization: `Bearer ak_${"x".repeat(32)}` }],
    ["another form", { authorization: "Bearer x" }],
    ["another scheme", { authorization: "Basic YTpi" }],
    ["the operator's token", { authorization: `Bearer ${OPERATOR}` }],
  ])("are refused: %s", async (_what, headers) => {
    const answer = await call("GET", "/v1/endpoints", { headers });
    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe("unauthorized");
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it("are shown once and stored hashed", async () => {
    const answer = await call("POST", "/v1/keys", {
      key: workspace.key,
      body: { name: "ci", role: "publisher" },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      name: "ci",
      role: "publisher",
      expires_at: null,
      last_used_at: null,
    });
    expect(answer.body.key).toMatch(/^ak_/);
    const listed = await call("GET", "/v1/keys", { key: workspace.key });
    expect(listed.text).not.toContain(answer.body.key);
    const { results } = await env.DB.prepare("SELECT * FROM api_keys").all();
    expect(JSON.stringify(results)).not.toContain(answer.body.key.slice(3));
  });

  it("stop at once when this isolate revokes them", async () => {
    const own = await newWorkspace();
    const made = await call("POST", "/v1/keys", { key: own.key, body: { name: "b", role: "admin" } });
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(200);
    expect((await call("DELETE", `/v1/keys/${made.body.id}`, { key: own.key })).status).toBe(204);
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(401);
  });

  it("stop within 10 s when another isolate revokes them", async () => {
    const own = await newWorkspace();
    const made = await call("POST", "/v1/keys", { key: own.key, body: { name: "b", role: "admin" } });
    vi.useFakeTimers({ toFake: ["Date"] });
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(200);
    await deleteKey(env.DB, own.id, made.body.id, UNRECORDED, Date.now());
    vi.setSystemTime(Date.now() + 10_000);
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(401);
  });

  it("keep a workspace open: its last admin key that works is not revoked", async () => {
    const own = await newWorkspace();
    const idOf = async (key: string) => {
      const { data } = (await call("GET", "/v1/keys", { key })).body;
      return data.find((row: { name: string }) => row.name !== "short")?.id;
    };
    const revoke = (id: string, key: string) => call("DELETE", `/v1/keys/${id}`, { key });
    const first = await idOf(own.key);
    const expires_at = new Date(Date.now() + 5000).toISOString();
    const body = { name: "short", role: "admin", expires_at };
    const short = (await call("POST", "/v1/keys", { key: own.key, body })).body;
    await call("POST", "/v1/keys", { key: own.key, body: { name: "short", role: "publisher" } });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 5001);
    const refused = await revoke(first, own.key);
    expect([refused.status, refused.body.code]).toEqual([409, "last_admin_key"]);
    expect((await call("GET", "/v1/audit?action=key.revoked", { key: own.key })).body.data).toEqual([]);
    // One that has expired opens nothing, and may go.
    expect((await revoke(short.id, own.key)).status).toBe(204);
    const second = (await call("POST", "/v1/keys", { key: own.key, body: { name: "b", role: "admin" } }))
      .body;
    const both = await Promise.all([revoke(first, second.key), revoke(second.id, own.key)]);
    expect(both.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it("stop when they expire, known or not", async () => {
    const own = await newWorkspace();
    const expires_at = new Date(Date.now() + 5000).toISOString();
    const made = await call("POST", "/v1/keys", {
      key: own.key,
      body: { name: "b", role: "admin", expires_at },
    });
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 5001);
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(401);
    forgetKeys();
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(401);
  });

  it("are refused when they could not be used", async () => {
    const past = { name: "b", role: "admin", expires_at: "2020-01-01T00:00:00Z" };
    expect(badFields(await call("POST", "/v1/keys", { key: workspace.key, body: past }))).toEqual([
      "expires_at",
    ]);
    const portal = { name: "b", role: "portal" };
    expect(badFields(await call("POST", "/v1/keys", { key: workspace.key, body: portal }))).toEqual([
      "expires_at",
    ]);
    const unknown = { name: "b", role: "king" };
    expect(badFields(await call("POST", "/v1/keys", { key: workspace.key, body: unknown }))).toEqual([
      "role",
    ]);
  });

  it("belong to their workspace alone", async () => {
    const other = await newWorkspace();
    const listed = await call("GET", "/v1/keys", { key: workspace.key });
    const path = `/v1/keys/${listed.body.data[0].id}`;
    expect((await call("DELETE", path, { key: other.key })).status).toBe(404);
  });
});

describe("roles", () => {
  const requests: [permission: string, method: string, path: string, body?: unknown][] = [
    ["publish", "POST", "/v1/events", { type: "a", data: {} }],
    ["events:read", "GET", "/v1/events"],
    ["endpoints:read", "GET", "/v1/endpoints"],
    ["endpoints:write", "POST", "/v1/endpoints", {}],
    ["settings", "GET", "/v1/keys"],
    ["settings", "PATCH", "/v1/workspace", {}],
  ];

  it.each([
    ["admin", ["publish", "events:read", "endpoints:read", "endpoints:write", "settings"]],
    ["publisher", ["publish", "events:read"]],
    ["reader", ["events:read", "endpoints:read"]],
    ["workbench", []],
    ["portal", ["endpoints:read", "endpoints:write"]],
  ])("%s may do %j and nothing else", async (role, allowed) => {
    const key = await newKey(workspace, role);
    for (const [permission, method, path, body] of requests) {
      const answer = await call(method, path, { key, body });
      expect([permission, answer.body.code === "forbidden"]).toEqual([
        permission,
        !allowed.includes(permission),
      ]);
    }
  });

  it("keep a reader from secrets", async () => {
    const made = await newEndpoint(workspace);
    const key = await newKey(workspace, "reader");
    expect((await call("GET", `/v1/endpoints/${made.id}/secret`, { key })).status).toBe(403);
  });
});

describe("the operator", () => {
  it("is the only one to reach workspaces and metrics", async () => {
    for (const path of ["/v1/workspaces", "/metrics"]) {
      expect((await call("GET", path, { key: OPERATOR })).status).toBe(200);
      expect((await call("GET", path, { key: workspace.key })).status).toBe(403);
      expect((await call("GET", path, { key: `${OPERATOR}x` })).status).toBe(401);
      expect((await call("GET", path)).status).toBe(401);
      // A service without a token is not set up: an empty one opens nothing.
      const without = await call("GET", path, { key: "", env: { ADMIN_TOKEN: "" } });
      expect([without.status, without.body.code]).toEqual([503, "not_set_up"]);
    }
  });

  it("creates, lists, changes and deletes workspaces", async () => {
    const made = await call("POST", "/v1/workspaces", { key: OPERATOR, body: { name: "Acme" } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      id: expect.stringMatching(/^ws_/),
      name: "Acme",
      key: expect.stringMatching(/^ak_/),
    });
    const path = `/v1/workspaces/${made.body.id}`;
    const listed = await call("GET", "/v1/workspaces?limit=1", { key: OPERATOR });
    expect(listed.body.data).toEqual([expect.objectContaining({ id: made.body.id })]);
    expect(listed.body.next_cursor).not.toBeNull();
    const changed = await call("PATCH", path, { key: OPERATOR, body: { name: "Acme Ltd" } });
    expect(changed.body.name).toBe("Acme Ltd");
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).body.name).toBe("Acme Ltd");
    expect((await call("DELETE", path, { key: OPERATOR })).status).toBe(204);
    expect((await call("GET", path, { key: OPERATOR })).status).toBe(404);
    expect((await call("GET", "/v1/workspace", { key: made.body.key })).status).toBe(401);
  });

  it("sees in the metrics how a workspace's endpoints do together", async () => {
    const { id, key } = await newWorkspace();
    for (const pending of [3, 4]) {
      const { body } = await call("POST", "/v1/endpoints", {
        key,
        body: { url: "https://example.com/hooks" },
      });
      const day = { delivered: 10, dead: 1, retried: 2, attempts: 14, avgLatencyMs: 5 };
      await noteEndpointReport(env.DB, body.id, { health: { at: Date.now(), ...day, pending }, counts: {} });
      await noteEndpointDueAt(env.DB, body.id, Date.now() + (pending === 3 ? -1 : 600_000));
    }
    const { text } = await call("GET", "/metrics", { key: OPERATOR });
    expect(text).toContain(`atlas_pending_deliveries{workspace="${id}"} 7\n`);
    expect(text).toContain(`atlas_delivered_24h{workspace="${id}"} 20\n`);
    expect(text).toContain(`atlas_attempts_24h{workspace="${id}"} 28\n`);
    expect(text).toContain(`atlas_failed_attempts_24h{workspace="${id}"} 8\n`);
    expect(text).toContain(`atlas_due_endpoints{workspace="${id}"} 1\n`);
  });

  it("sees each log's figures in the metrics", async () => {
    const own = await newWorkspace();
    await call("POST", "/v1/events", { key: own.key, body: { type: "a", data: {} } });
    const { text, headers } = await call("GET", "/metrics", { key: OPERATOR });
    expect(headers.get("content-type")).toContain("text/plain");
    expect(text).toContain(`atlas_events_accepted_total{workspace="${own.id}"} 1\n`);
    expect(text).toMatch(/# TYPE atlas_handover_lag_seconds gauge\n/);
  });
});
