import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { platform } from "../../src/platform.ts";
import { pushUnsynced } from "../../src/reconcile/cron.ts";
import { call, newEndpoint, newWorkspace, unreachable, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const patch = (id: string, body: unknown) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
const get = (path: string) => call("GET", `/v1/endpoints${path}`, { key: workspace.key });

describe("PATCH /v1/endpoints/{id}", () => {
  it("replaces the fields that are given and leaves the others", async () => {
    const made = await newEndpoint(workspace, { types: ["deal.*"], retry: { delays: [1], jitter: 0.2 } });
    const { status, body } = await patch(made.id, { retry: { delays: [2, 3] }, description: "changed" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      types: ["deal.*"],
      retry: { delays: [2, 3], jitter: 0.1 },
      description: "changed",
      url: made.url,
    });
  });

  it("loses none of ten changes that arrive at once", async () => {
    const made = await newEndpoint(workspace);
    const names = Array.from({ length: 10 }, (_, index) => `change ${index}`);
    const answers = await Promise.all(names.map((description) => patch(made.id, { description })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const stored = () =>
      env.DB.prepare("SELECT version, synced FROM endpoints WHERE id = ?").bind(made.id).first();
    expect(await stored()).toMatchObject({ version: 11 });
    // That the objects have taken it is noted after the answers.
    await vi.waitFor(async () => expect(await stored()).toEqual({ version: 11, synced: 1 }));
  });

  it("is made from the newest settings, whoever changed them since this isolate did", async () => {
    const made = await newEndpoint(workspace, { description: "first" });
    await patch(made.id, { description: "second" });
    // As another isolate does, or the endpoint's own object.
    await env.DB.prepare("UPDATE endpoints SET version = version + 1, status = 'paused' WHERE id = ?")
      .bind(made.id)
      .run();
    expect((await patch(made.id, { metadata: { a: "b" } })).body).toMatchObject({
      description: "second",
      metadata: { a: "b" },
      status: "paused",
    });
    // What equals what this isolate knows is a change of what there is.
    await env.DB.prepare("UPDATE endpoints SET version = version + 1, description = 'third' WHERE id = ?")
      .bind(made.id)
      .run();
    expect((await patch(made.id, { description: "second" })).body.description).toBe("second");
    await env.DB.prepare("UPDATE endpoints SET version = version + 1, deleted_at = 1 WHERE id = ?")
      .bind(made.id)
      .run();
    expect((await patch(made.id, { description: "fourth" })).status).toBe(404);
  });

  it("changes the dialect and its defaults while there are no deliveries", async () => {
    const made = await newEndpoint(workspace);
    const { body } = await patch(made.id, { dialect: "atlas" });
    expect(body.dialect).toBe("atlas");
    expect(body.retry).toEqual({ delays: [10, 30, 60, 300, 1800, 7200, 43200, 86400], jitter: 0 });
  });

  it("keeps a retry policy of its own when the dialect changes", async () => {
    const made = await newEndpoint(workspace, { retry: { delays: [7], jitter: 0 } });
    expect((await patch(made.id, { dialect: "atlas" })).body.retry).toEqual({ delays: [7], jitter: 0 });
  });

  it("stores a change that the objects did not take, answers 503, and cron pushes it", async () => {
    const made = await newEndpoint(workspace);
    const answer = await call("PATCH", `/v1/endpoints/${made.id}`, {
      key: workspace.key,
      body: { description: "late" },
      env: { ENDPOINT: unreachable() },
    });
    expect(answer.body.code).toBe("sync_pending");
    const synced = () =>
      env.DB.prepare("SELECT synced FROM endpoints WHERE id = ?").bind(made.id).first<number>("synced");
    expect(await synced()).toBe(0);
    await pushUnsynced(env, platform);
    expect(await synced()).toBe(1);
  });
});

describe("DELETE /v1/endpoints/{id}", () => {
  it("removes the endpoint and its secrets", async () => {
    const made = await newEndpoint(workspace);
    const answer = await call("DELETE", `/v1/endpoints/${made.id}`, { key: workspace.key });
    expect(answer.status).toBe(204);
    expect((await get(`/${made.id}`)).status).toBe(404);
    const row = await env.DB.prepare("SELECT sealed, synced FROM endpoints WHERE id = ?")
      .bind(made.id)
      .first();
    expect(row).toEqual({ sealed: "", synced: 1 });
    expect((await call("DELETE", `/v1/endpoints/${made.id}`, { key: workspace.key })).status).toBe(404);
  });

  it("may be repeated after a 503", async () => {
    const made = await newEndpoint(workspace);
    const path = `/v1/endpoints/${made.id}`;
    const first = await call("DELETE", path, { key: workspace.key, env: { EVENT_LOG: unreachable() } });
    expect(first.status).toBe(503);
    expect((await get(`/${made.id}`)).status).toBe(404);
    expect((await call("DELETE", path, { key: workspace.key })).status).toBe(204);
  });
});
