import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const patch = (id: string, body: unknown) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
const get = (path: string) => call("GET", `/v1/endpoints${path}`, { key: workspace.key });

describe("secrets", () => {
  it("shows neither header values nor credentials, and keeps them when the mask comes back", async () => {
    const made = await newEndpoint(workspace, {
      headers: { "X-Api-Key": "very-secret" },
      auth: { type: "basic", username: "anna", password: "hunter2" },
    });
    const shown = await get(`/${made.id}`);
    expect(shown.text).not.toMatch(/very-secret|hunter2/);
    expect(shown.body.headers).toEqual({ "X-Api-Key": "***" });
    expect(shown.body.auth).toEqual({ type: "basic", username: "anna", password: "***" });
    const sent = { headers: shown.body.headers, auth: { ...shown.body.auth, username: "bert" } };
    expect((await patch(made.id, sent)).body.auth.username).toBe("bert");
    expect(badFields(await patch(made.id, { headers: { "X-New": "***" } }))).toEqual(["headers.X-New"]);
    expect(badFields(await patch(made.id, { auth: { type: "bearer", token: "***" } }))).toEqual([
      "auth.token",
    ]);
  });

  it("are sealed in D1", async () => {
    const made = await newEndpoint(workspace, { headers: { "X-Api-Key": "very-secret" } });
    const row = await env.DB.prepare("SELECT * FROM endpoints WHERE id = ?").bind(made.id).first();
    expect(row?.sealed).toMatch(/^v1\./);
    expect(JSON.stringify(row)).not.toContain("very-secret");
    expect(JSON.stringify(row)).not.toContain(made.secret);
  });

  it("rotate with a time of grace", async () => {
    const made = await newEndpoint(workspace);
    const first = await call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key });
    expect(first.status).toBe(200);
    expect(first.body.secret).not.toBe(made.secret);
    expect(Date.parse(first.body.previous_expires_at) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    const shown = await get(`/${made.id}/secret`);
    expect(shown.body).toEqual({
      secret: first.body.secret,
      previous: [{ secret: made.secret, expires_at: first.body.previous_expires_at }],
    });
    const body = { grace_hours: 0 };
    const second = await call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key, body });
    expect(second.body.previous_expires_at).toBeNull();
    expect((await get(`/${made.id}/secret`)).body.previous).toEqual([]);
  });
});
