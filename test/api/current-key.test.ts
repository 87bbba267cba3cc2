import { expect, it } from "vitest";
import { ROLE_NAMES } from "../../src/domain/roles.ts";
import { call, newEndpoint, newKey, newWorkspace } from "./client.ts";

const PLAIN = {
  ...{ name: null, logo_url: null, accent: null, theme: "system", refresh_url: null },
  ...{ frame_ancestors: [], locale_strings: {} },
};

it.each(ROLE_NAMES)("tells a key of the role %s its name, role, end and workspace", async (role) => {
  const workspace = await newWorkspace();
  const key = await newKey(workspace, role);
  const { status, body } = await call("GET", "/v1/keys/current", { key });
  expect(status).toBe(200);
  const listed = await call("GET", "/v1/keys", { key: workspace.key });
  const { id, expires_at } = listed.body.data.find((one: { name: string }) => one.name === role);
  expect(body).toEqual({
    ...{ id, name: role, role, expires_at },
    workspace: { id: workspace.id, name: "test" },
    ...{ scope: null, portal: PLAIN },
  });
});

it("tells a portal session what it is for, and how the portal looks", async () => {
  const workspace = await newWorkspace();
  const { id } = await newEndpoint(workspace);
  const portal = { name: "Acme", accent: "#1d4ed8" };
  await call("PATCH", "/v1/workspace", { key: workspace.key, body: { portal } });
  const asked = { endpoint_ids: [id], metadata: { customer: "acme" }, read_only: true };
  const session = await call("POST", "/v1/portal-sessions", { key: workspace.key, body: asked });
  expect(session.body.scope).toEqual(asked);
  const { body } = await call("GET", "/v1/keys/current", { key: session.body.token });
  expect(body).toMatchObject({
    role: "portal",
    scope: asked,
    expires_at: session.body.expires_at,
    portal: { ...PLAIN, ...portal },
  });
});
