import { expect, it } from "vitest";
import { ROLE_NAMES } from "../../src/domain/roles.ts";
import { call, newKey, newWorkspace } from "./client.ts";

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
  });
});
