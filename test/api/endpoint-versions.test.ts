import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { changeStatusFromObject } from "../../src/d1/endpoint-reports.ts";
import { platform } from "../../src/platform.ts";
import { badFields, call, newEndpoint, newKey, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;
let id: string;

const get = (path = "", key = workspace.key) => call("GET", `/v1/endpoints/${id}${path}`, { key });
const patch = async (body: object) => {
  const answer = await call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
  expect(answer.status, answer.text).toBe(200);
};
const restore = (version: number | string, body?: object, key = workspace.key) =>
  call("POST", `/v1/endpoints/${id}/versions/${version}/restore`, { key, body });

describe("an endpoint's versions", () => {
  beforeAll(async () => {
    workspace = await newWorkspace();
    const made = await newEndpoint(workspace, { types: ["deal.*"], headers: { "X-Key": "first-secret" } });
    id = made.id;
    await patch({ filter: "data.n > 1", timeout: 20 });
    await patch({ types: ["lead.*"], headers: { "X-Key": "second-secret" } });
    await call("POST", `/v1/endpoints/${id}/secret/rotate`, { key: workspace.key });
  });

  it("are listed newest first, with who made each and what differs, secrets masked", async () => {
    const { body, text } = await get("/versions");
    expect(body.data.map((one: { version: number; action: string }) => [one.version, one.action])).toEqual([
      [4, "endpoint.secret_rotated"],
      [3, "endpoint.updated"],
      [2, "endpoint.updated"],
      [1, "endpoint.created"],
    ]);
    expect(body.data[1]).toMatchObject({
      before: { types: ["deal.*"], headers: { "X-Key": "***" } },
      after: { types: ["lead.*"], headers: { "X-Key": "***" } },
      actor: { kind: "key", name: "first key" },
    });
    expect(text).not.toMatch(/first-secret|second-secret|whsec_/);
    const page = await get("/versions?limit=2");
    const rest = await get(`/versions?limit=2&cursor=${page.body.next_cursor}`);
    expect(rest.body.data.map((one: { version: number }) => one.version)).toEqual([2, 1]);
  });

  it("tell the whole endpoint as it was, by number and by the id of the change", async () => {
    const first = await get("/versions/1");
    expect(first.body.endpoint).toMatchObject({ types: ["deal.*"], filter: null, timeout: 10 });
    const second = await get("/versions/2");
    expect(second.body.endpoint).toMatchObject({ types: ["deal.*"], filter: "data.n > 1", timeout: 20 });
    expect((await get(`/versions/${second.body.id}`)).body).toEqual(second.body);
    for (const none of ["0", "5", "x", "aud_01KAGW9ZQ8N3V5XTB2C4D6E7F8"])
      expect((await get(`/versions/${none}`)).status, none).toBe(404);
  });

  it("tell a customer nothing of the workspace's keys", async () => {
    const { body } = await get("/versions", await newKey(workspace, "portal"));
    expect(body.data[0].actor).toEqual({ kind: "key", id: null, name: null });
  });

  it("are restored but for status and signing secrets; secrets that are known only as of now are named", async () => {
    const { body: secrets } = await get("/secret");
    await patch({ status: "paused" });
    const answer = await restore(1);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ types: ["deal.*"], filter: null, timeout: 10, status: "paused" });
    expect(answer.body.kept).toEqual(["headers.X-Key"]);
    expect((await get("/secret")).body).toEqual(secrets);
    const { body } = await get("/versions?limit=1");
    expect(body.data[0]).toMatchObject({ version: 6, action: "endpoint.updated" });
    expect((await get("/versions/6")).body.endpoint.types).toEqual(["deal.*"]);
  });

  it("take fields of the body instead of those of then", async () => {
    const answer = await restore(2, { timeout: 5, headers: { "X-Key": "third-secret" } });
    expect(answer.body).toMatchObject({ filter: "data.n > 1", timeout: 5, kept: [] });
    expect(badFields(await restore(2, { timeout: 99 }))).toEqual(["timeout"]);
    expect((await restore(77)).status).toBe(404);
    expect((await restore(1, {}, await newKey(workspace, "reader"))).status).toBe(403);
  });
});

it("sends no kept secret to the origin of another version", async () => {
  workspace = await newWorkspace();
  id = (await newEndpoint(workspace, { url: "https://old.example/hook" })).id;
  await patch({ url: "https://new.example/hook", headers: { "X-Key": "of-the-new" } });
  const taken = await restore(1);
  expect(taken.status).toBe(200);
  expect(taken.body).toMatchObject({ url: "https://old.example/hook", headers: {}, kept: [] });
  const back = await restore(2);
  expect([back.status, badFields(back)]).toEqual([422, ["headers.X-Key"]]);
  await patch({ headers: { "X-Key": "of-the-old" } });
  const misdirected = await restore(2);
  expect([misdirected.status, badFields(misdirected)]).toEqual([422, ["headers.X-Key"]]);
  const given = await restore(2, { headers: { "X-Key": "given-anew" } });
  expect([given.status, given.body.url, given.body.kept]).toEqual([200, "https://new.example/hook", []]);
});

it("restores no URL that is a secret, unless it is given", async () => {
  workspace = await newWorkspace();
  const settings = { url: "https://hooks.example/secret-one", dialect: "voice" };
  id = (await newEndpoint(workspace, settings)).id;
  await patch({ url: "https://other.example/secret-two" });
  await patch({ timeout: 20 });
  expect(badFields(await restore(1))).toEqual(["url"]);
  expect((await restore(1, { url: settings.url })).body).toMatchObject({
    url: settings.url,
    timeout: 10,
    kept: [],
  });
  expect((await restore(3)).status).toBe(422);
  expect((await restore(1)).body.kept).toEqual(["url"]);
  expect((await get("/versions/1")).text).not.toContain("secret-one");
});

it("has the changes of status that the endpoint made itself, with their version", async () => {
  workspace = await newWorkspace();
  id = (await newEndpoint(workspace, { status: "enabled" })).id;
  await changeStatusFromObject(env.DB, id, 1, "disabled", "gone", platform);
  const { body } = await get("/versions");
  expect(body.data[0]).toMatchObject({
    version: 2,
    action: "endpoint.status_changed",
    actor: { kind: "system" },
    after: { status: "disabled", status_reason: "gone" },
  });
});
