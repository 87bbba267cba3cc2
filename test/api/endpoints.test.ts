import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { pushUnsynced } from "../../src/config/cron.ts";
import { badFields, call, newEndpoint, newWorkspace, unreachable, type Workspace } from "./client.ts";

let workspace: Workspace;
let other: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
  other = await newWorkspace();
});

const create = (body: unknown) => call("POST", "/v1/endpoints", { key: workspace.key, body });
const patch = (id: string, body: unknown) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
const get = (path: string) => call("GET", `/v1/endpoints${path}`, { key: workspace.key });

describe("POST /v1/endpoints", () => {
  it("fills in the defaults of the service and of its dialect, and shows the secret once", async () => {
    const { status, body } = await create({ url: "https://receiver.example/hook" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^ep_[0-9A-Z]{26}$/),
      url: "https://receiver.example/hook",
      description: "",
      metadata: {},
      dialect: "standard",
      dialect_options: {},
      types: ["*"],
      stages: [],
      tags: [],
      context: {},
      filter: null,
      serialize: false,
      method: "POST",
      headers: {},
      auth: null,
      retry: { delays: [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400], jitter: 0.1 },
      timeout: 10,
      max_in_flight: 6,
      rate_limit: null,
      on_dead_letter: "continue",
      disable_after: null,
      status: "enabled",
      status_reason: null,
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const shown = await get(`/${body.id}`);
    expect(shown.body).not.toHaveProperty("secret");
  });

  it("keeps every field it is given", async () => {
    const given = {
      url: "https://receiver.example/all",
      description: "everything",
      metadata: { team: "sales" },
      dialect: "atlas",
      types: ["deal.*", "contact.created"],
      stages: ["won"],
      tags: ["eu"],
      context: { region: "eu" },
      filter: null,
      serialize: true,
      method: "PUT",
      retry: { delays: [0.1, 1, 604800], jitter: 0.5 },
      timeout: 2.5,
      max_in_flight: 100,
      rate_limit: { per_second: 5 },
      on_dead_letter: "pause",
      disable_after: { consecutive_failures: 23 },
      status: "paused",
    };
    const { status, body } = await create(given);
    expect(status).toBe(201);
    expect((await get(`/${body.id}`)).body).toMatchObject(given);
  });

  it("names every bad field at once, unknown ones and broken rules too", async () => {
    const answer = await create({
      url: "https://10.0.0.1/",
      colour: "red",
      types: [],
      timeout: 31,
      max_in_flight: 101,
      headers: { Host: "x", "webhook-id": "x", "bad name": "x", ok: "line\r\nbreak" },
      retry: { delays: [0.01], jitter: 0.6 },
      filter: "deal.value > 10000",
      dialect_options: { mood: "good" },
      secret: "short",
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.code).toBe("invalid_request");
    expect(badFields(answer)).toEqual(
      [
        "colour",
        "dialect_options.mood",
        "filter",
        "headers.Host",
        "headers.bad name",
        "headers.ok",
        "headers.webhook-id",
        "max_in_flight",
        "retry.delays[0]",
        "retry.jitter",
        "secret",
        "timeout",
        "types",
        "url",
      ].sort(),
    );
  });

  it("refuses headers that belong to HTTP, to the dialect, or that are set twice", async () => {
    const headers = { Host: "x", "Content-Length": "3", "Webhook-Id": "x", "X-A": "1", "x-a": "2" };
    const answer = await create({ url: "https://receiver.example/", headers });
    expect(badFields(answer)).toEqual([
      "headers.Content-Length",
      "headers.Host",
      "headers.Webhook-Id",
      "headers.x-a",
    ]);
  });

  it("refuses null as the secret of a signed dialect, and a secret for an unsigned one", async () => {
    expect(badFields(await create({ url: "https://receiver.example/", secret: null }))).toEqual(["secret"]);
    const unsigned = { url: "https://receiver.example/", dialect: "voice", secret: "a-secret-that-is-long" };
    expect(badFields(await create(unsigned))).toEqual(["secret"]);
    expect((await create({ ...unsigned, secret: null })).status).toBe(201);
  });

  it("refuses a dialect that is not in the table", async () => {
    for (const dialect of ["klingon", "constructor", "__proto__"]) {
      expect(badFields(await create({ url: "https://receiver.example/", dialect }))).toEqual(["dialect"]);
    }
  });

  it("stores nothing when it refuses", async () => {
    const before = (await get("?limit=200")).body.data.length;
    await create({ url: "https://receiver.example/", timeout: 0 });
    expect((await get("?limit=200")).body.data).toHaveLength(before);
  });

  it("answers 503 while the objects cannot be reached, and leaves no endpoint behind", async () => {
    const before = (await get("?limit=200")).body.data.length;
    const answer = await call("POST", "/v1/endpoints", {
      key: workspace.key,
      body: { url: "https://receiver.example/" },
      env: { EVENT_LOG: unreachable() },
    });
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe("sync_pending");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await get("?limit=200")).body.data).toHaveLength(before);
  });
});

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

  it("mask the URL of an unsigned endpoint in lists, where it is the secret", async () => {
    const url = "https://receiver.example/abcdefgh/ijkl?token=mnop";
    const made = await newEndpoint(workspace, { url, dialect: "voice" });
    const { body } = await get("?dialect=voice&limit=200");
    const listed = body.data.find((row: { id: string }) => row.id === made.id);
    expect(listed.url).toBe("https://receiver.example/abcd***");
  });
});

describe("PATCH /v1/endpoints/{id}", () => {
  it("replaces the fields that are given and leaves the others", async () => {
    const made = await newEndpoint(workspace, { types: ["deal.*"], retry: { delays: [1], jitter: 0.2 } });
    const { status, body } = await patch(made.id, { retry: { delays: [2, 3] }, description: "changed" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      types: ["deal.*"],
      retry: { delays: [2, 3], jitter: 0 },
      description: "changed",
      url: made.url,
    });
  });

  it("loses none of ten changes that arrive at once", async () => {
    const made = await newEndpoint(workspace);
    const names = Array.from({ length: 10 }, (_, index) => `change ${index}`);
    const answers = await Promise.all(names.map((description) => patch(made.id, { description })));
    const accepted = answers.filter((answer) => answer.status === 200);
    expect(accepted.length + answers.filter((answer) => answer.body.code === "write_conflict").length).toBe(
      10,
    );
    const row = await env.DB.prepare("SELECT version, synced FROM endpoints WHERE id = ?")
      .bind(made.id)
      .first();
    expect(row).toEqual({ version: 1 + accepted.length, synced: 1 });
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
    await pushUnsynced(env);
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

describe("GET /v1/endpoints", () => {
  it("pages through all, newest first, and stays right while endpoints are added", async () => {
    const own = await newWorkspace();
    const made = [];
    for (let index = 0; index < 5; index++) made.push((await newEndpoint(own)).id);
    const list = (query: string) => call("GET", `/v1/endpoints?${query}`, { key: own.key });
    const first = await list("limit=2");
    await newEndpoint(own);
    const second = await list(`limit=2&cursor=${first.body.next_cursor}`);
    const third = await list(`limit=2&cursor=${second.body.next_cursor}`);
    const ids = [first, second, third].flatMap((page) => page.body.data.map((row: { id: string }) => row.id));
    expect(ids).toEqual(made.toSorted().reverse());
    expect(third.body.next_cursor).toBeNull();
  });

  it("selects by status, dialect and text", async () => {
    const own = await newWorkspace();
    const paused = await newEndpoint(own, { status: "paused", url: "https://one.example/Hook" });
    const atlas = await newEndpoint(own, { dialect: "atlas", description: "To the Warehouse" });
    const ids = async (query: string) => {
      const { body } = await call("GET", `/v1/endpoints?${query}`, { key: own.key });
      return body.data.map((row: { id: string }) => row.id);
    };
    expect(await ids("status=paused")).toEqual([paused.id]);
    expect(await ids("dialect=atlas")).toEqual([atlas.id]);
    expect(await ids("q=warehouse")).toEqual([atlas.id]);
    expect(await ids("q=one.example%2Fhook")).toEqual([paused.id]);
    expect(await ids("q=%25")).toEqual([]);
  });

  it("refuses what is no query of its own", async () => {
    expect(badFields(await get("?limit=201"))).toEqual(["limit"]);
    expect(badFields(await get("?limit=0"))).toEqual(["limit"]);
    expect(badFields(await get("?cursor=abc"))).toEqual(["cursor"]);
    expect(badFields(await get("?colour=red"))).toEqual(["colour"]);
  });
});

it("keeps an endpoint from every other workspace", async () => {
  const made = await newEndpoint(workspace);
  const path = `/v1/endpoints/${made.id}`;
  const requests: [string, string, unknown?][] = [
    ["GET", path],
    ["PATCH", path, { description: "mine" }],
    ["DELETE", path],
    ["GET", `${path}/secret`],
    ["POST", `${path}/secret/rotate`, {}],
    ["GET", `${path}/deliveries`],
  ];
  for (const [method, at, body] of requests) {
    const answer = await call(method, at, { key: other.key, body });
    expect([method, at, answer.status]).toEqual([method, at, 404]);
  }
  expect((await get(`/${made.id}`)).body.description).toBe("");
});
