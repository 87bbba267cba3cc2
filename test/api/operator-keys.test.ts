import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { badFields, call, newWorkspace, OPERATOR } from "./client.ts";

const body = { name: "new admin", role: "admin" };
const make = (workspaceId: string, given: object = body, key = OPERATOR, headers = {}) =>
  call("POST", `/v1/workspaces/${workspaceId}/keys`, { key, body: given, headers });

it("the operator makes a workspace's lost admin key anew, and the audit log tells", async () => {
  const workspace = await newWorkspace();
  const { status, body: made } = await make(workspace.id);
  expect(status).toBe(201);
  expect(made).toMatchObject({ name: "new admin", role: "admin", key: expect.stringMatching(/^ak_/) });
  const keys = await call("GET", "/v1/keys", { key: made.key });
  expect(keys.body.data.map(({ id }: { id: string }) => id)).toContain(made.id);
  const { body: audit, text } = await call("GET", "/v1/audit?action=key.created", { key: made.key });
  expect(audit.data[0]).toMatchObject({ actor: { kind: "operator" }, target: made.id, before: null });
  expect(text).not.toContain(made.key);
});

it("the operator's key of a workspace is made once for an Idempotency-Key", async () => {
  const workspace = await newWorkspace();
  const headers = { "Idempotency-Key": "lost" };
  const [first, second] = [
    await make(workspace.id, body, OPERATOR, headers),
    await make(workspace.id, body, OPERATOR, headers),
  ];
  expect(second.body).toEqual(first.body);
  expect(second.headers.get("idempotency-replayed")).toBe("true");
});

it("no workspace's own key reaches that route, and bad fields are named", async () => {
  const workspace = await newWorkspace();
  expect((await make(workspace.id, body, workspace.key)).status).toBe(403);
  expect((await make(workspace.id, body, "ak_unknown")).status).toBe(401);
  expect(badFields(await make(workspace.id, { role: "king", colour: "red" }))).toEqual([
    "colour",
    "name",
    "role",
  ]);
  expect(badFields(await make(workspace.id, { name: "a", role: "portal" }))).toEqual(["expires_at"]);
});

it("an unknown or deleted workspace gets no key, neither by the operator nor by a key that is still known", async () => {
  const workspace = await newWorkspace();
  expect((await make("ws_unknown")).status).toBe(404);
  await env.DB.prepare("UPDATE workspaces SET deleted_at = 1 WHERE id = ?").bind(workspace.id).run();
  expect((await make(workspace.id)).status).toBe(404);
  const count = () =>
    env.DB.prepare("SELECT count(*) AS n FROM api_keys WHERE workspace_id = ?")
      .bind(workspace.id)
      .first<number>("n");
  const before = await count();
  const own = await newWorkspace();
  await call("GET", "/v1/keys", { key: own.key });
  await env.DB.prepare("UPDATE workspaces SET deleted_at = 1 WHERE id = ?").bind(own.id).run();
  expect((await call("POST", "/v1/keys", { key: own.key, body })).status).toBe(404);
  expect((await call("POST", "/v1/portal-sessions", { key: own.key })).status).toBe(404);
  expect(await count()).toBe(before);
});
