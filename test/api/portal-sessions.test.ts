import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { prunePortalKeys } from "../../src/d1/keys.ts";
import { answerTo, badFields, call, newWorkspace, type Workspace } from "./client.ts";

const HOUR_MS = 3_600_000;

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const open = (body?: object) => call("POST", "/v1/portal-sessions", { key: workspace.key, body });

it("opens the dashboard for an hour, the token in the fragment alone", async () => {
  const before = Date.now();
  const { status, body } = await open();
  const after = Date.now();
  expect(status).toBe(201);
  const url = new URL(body.url);
  // The workspace, which says who may show it in a frame, is no secret.
  const place = [url.origin, url.pathname, url.search];
  expect(place).toEqual(["https://atlas.test", "/dashboard", `?portal=${workspace.id}`]);
  expect(url.hash).toBe(`#token=${body.token}`);
  const openedAt = Date.parse(body.expires_at) - HOUR_MS;
  expect(openedAt).toBeGreaterThanOrEqual(before);
  expect(openedAt).toBeLessThanOrEqual(after);
});

it.each([
  ["http://atlas.test", {}, "http://atlas.test"],
  ["http://atlas.test", { "x-forwarded-proto": "https" }, "https://atlas.test"],
  ["http://127.0.0.1:8787", {}, "http://127.0.0.1:8787"],
  ["https://atlas.test", { "x-forwarded-proto": "http" }, "https://atlas.test"],
])("leads to where the caller reached the service: %s %j", async (origin, headers, expected) => {
  const authorization = `Bearer ${workspace.key}`;
  const request = new Request(`${origin}/v1/portal-sessions`, {
    method: "POST",
    headers: { authorization, ...headers },
  });
  expect(new URL((await answerTo(request)).body.url).origin).toBe(expected);
});

it("gives a key of the role portal", async () => {
  const { token } = (await open({ expires_in: 600 })).body;
  expect((await call("GET", "/v1/endpoints", { key: token })).status).toBe(200);
  expect((await call("GET", "/v1/events", { key: token })).status).toBe(403);
  expect((await call("POST", "/v1/portal-sessions", { key: token, body: {} })).status).toBe(403);
  const { data } = (await call("GET", "/v1/keys", { key: workspace.key })).body;
  expect(data[0]).toMatchObject({ name: "portal session", role: "portal" });
  expect((await call("DELETE", `/v1/keys/${data[0].id}`, { key: workspace.key })).status).toBe(204);
  expect((await call("GET", "/v1/endpoints", { key: token })).status).toBe(401);
});

it("lasts a day at the most", async () => {
  expect((await open({ expires_in: 86_400 })).status).toBe(201);
  for (const expires_in of [86_401, 0, 1.5, "1h", null])
    expect(badFields(await open({ expires_in }))).toEqual(["expires_in"]);
});

it("leaves no keys behind: they go a day after they expired, found by index", async () => {
  const own = await newWorkspace();
  const body = { name: "kept", role: "reader", expires_at: new Date(Date.now() + 60_000).toISOString() };
  await call("POST", "/v1/keys", { key: own.key, body });
  await call("POST", "/v1/portal-sessions", { key: own.key, body: {} });
  const names = async () =>
    (await call("GET", "/v1/keys", { key: own.key })).body.data.map((key: { name: string }) => key.name);
  await prunePortalKeys(env.DB, Date.now() + 24 * HOUR_MS);
  expect(await names()).toContain("portal session");
  await prunePortalKeys(env.DB, Date.now() + 26 * HOUR_MS);
  expect(await names()).toEqual(["kept", "first key"]);
  const { results } = await env.DB.prepare(
    "EXPLAIN QUERY PLAN SELECT id FROM api_keys WHERE role = 'portal' AND expires_at < 5 ORDER BY expires_at LIMIT 5",
  ).all<{ detail: string }>();
  expect(results.map((row) => row.detail).join()).toContain("api_keys_portal");
});
