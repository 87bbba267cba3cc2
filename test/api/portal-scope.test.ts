import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { TAGS } from "../../src/api/tags.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

/*
 * Two customers in one workspace, told apart by their endpoints' metadata. What belongs to the other one must not be
 * seen, counted, changed or guessed, by whichever route.
 */

let workspace: Workspace;
/** The endpoint of each customer, and an event that went to it alone. */
let mine: Record<"endpoint" | "event" | "delivery" | "batch", string>;
let theirs: Record<"endpoint" | "event" | "delivery" | "batch" | "job" | "sweep", string>;
/** Sessions: for my metadata, for my endpoint by its id, and one that may only read. */
let byMetadata: string;
let byId: string;
let readOnly: string;

async function session(body: object): Promise<string> {
  const answer = await call("POST", "/v1/portal-sessions", { key: workspace.key, body });
  expect(answer.status).toBe(201);
  return answer.body.token;
}

async function customer(name: string) {
  const { key } = workspace;
  const endpoint = await newEndpoint(workspace, {
    ...{ status: "paused", types: [`${name}.happened`], metadata: { customer: name } },
    description: `of ${name} alone`,
  });
  const event = await call("POST", "/v1/events", { key, body: { type: `${name}.happened`, data: { name } } });
  const body = { endpoint_ids: [endpoint.id] };
  const replayed = await call("POST", `/v1/events/${event.body.id}/replay`, { key, body });
  const batch = await call("POST", "/v1/replays", { key, body: { ...body, status: "dead", dry_run: true } });
  const job = await call("POST", `/v1/endpoints/${endpoint.id}/replays`, { key, body: { status: "dead" } });
  const sweep = await call("POST", `/v1/endpoints/${endpoint.id}/cancel`, { key, body: { types: ["none"] } });
  return {
    endpoint: endpoint.id,
    event: event.body.id,
    delivery: replayed.body.deliveries[0].id,
    batch: batch.body.id,
    job: job.body.id,
    sweep: sweep.body.id,
  };
}

beforeAll(async () => {
  workspace = await newWorkspace();
  theirs = await customer("globex");
  mine = await customer("acme");
  byMetadata = await session({ metadata: { customer: "acme" } });
  byId = await session({ endpoint_ids: [mine.endpoint] });
  readOnly = await session({ metadata: { customer: "acme" }, read_only: true });
  await runDurableObjectAlarm(env.EVENT_LOG.getByName(workspace.id));
});

/** Every operation that a portal key may use and whose path names something. */
const operations = Object.entries<object>(openApiDocument(app, TAGS).paths ?? {}).flatMap(([path, methods]) =>
  Object.entries<{ description?: string }>(methods as never).flatMap(([method, { description = "" }]) =>
    /allows `(endpoints:read|endpoints:write)`/.test(description) &&
    /\{id\}|\{replay_id\}|\{delivery_id\}/.test(path)
      ? [{ method: method.toUpperCase(), path }]
      : [],
  ),
);

function named(path: string, ids: Record<string, string>): string {
  return path
    .replace("/events/{id}", `/events/${ids.event}`)
    .replace("/v1/replays/{replay_id}", `/v1/replays/${ids.batch}`)
    .replace("{replay_id}", ids.job ?? "none")
    .replace("{sweep_id}", ids.sweep ?? "none")
    .replace("{delivery_id}", ids.delivery ?? "none")
    .replace("{version}", "1")
    .replace("{id}", ids.endpoint ?? "none");
}

const BODIES: Record<string, object> = {
  "/v1/endpoints/{id}/secret/rotate": { grace_hours: 0 },
  "/v1/endpoints/{id}/pull/ack": { ack: "ack_0" },
};

describe.each(["metadata", "endpoint ids"])("a session for %s", (kind) => {
  const key = () => (kind === "metadata" ? byMetadata : byId);

  it.each(operations)("finds nothing of another customer's at $method $path", async ({ method, path }) => {
    const hasBody = method === "POST" || method === "PATCH";
    const body = hasBody ? (BODIES[path] ?? {}) : undefined;
    const answer = await call(method, named(path, theirs), { key: key(), body });
    expect([answer.status, answer.body?.code]).toEqual([404, "not_found"]);
  });

  it("sees its own endpoint, events and deliveries", async () => {
    for (const path of [
      `/v1/endpoints/${mine.endpoint}`,
      `/v1/endpoints/${mine.endpoint}/stats`,
      `/v1/endpoints/${mine.endpoint}/deliveries/${mine.delivery}`,
      `/v1/events/${mine.event}/deliveries`,
      `/v1/replays/${mine.batch}`,
    ])
      expect((await call("GET", path, { key: key() })).status, path).toBe(200);
  });

  it("lists and counts its own alone", async () => {
    const get = (path: string) => call("GET", path, { key: key() });
    for (const path of [
      "/v1/endpoints",
      "/v1/endpoints?q=alone",
      "/v1/deliveries",
      "/v1/deliveries?status=pending",
      "/v1/stats",
      "/v1/replays",
    ]) {
      const { status, body, text } = await get(path);
      expect(status, path).toBe(200);
      expect(body.data.length, path).toBeGreaterThan(0);
      for (const id of Object.values(theirs)) expect(text, path).not.toContain(id);
    }
    expect((await get("/v1/stats")).body.data).toHaveLength(1);
    expect((await get(`/v1/deliveries?event_id=${theirs.event}`)).body.data).toEqual([]);
    expect((await get(`/v1/deliveries?endpoint_id=${theirs.endpoint}`)).status).toBe(404);
  });

  it("goes nowhere by a cursor that names another customer's endpoint", async () => {
    const place = `one|first|${theirs.endpoint}||`;
    const cursor = Buffer.from(`deliveries of all:${place}`).toString("base64url");
    const listed = await call("GET", `/v1/deliveries?cursor=${cursor}`, { key: key() });
    expect([listed.status, listed.body.data]).toEqual([200, []]);
    const stats = Buffer.from(`stats:${place}`).toString("base64url");
    expect((await call("GET", `/v1/stats?cursor=${stats}`, { key: key() })).body.data).toEqual([]);
  });

  it("replays to its own endpoints alone, and no event that never went to one of them", async () => {
    const post = (path: string, body: object) => call("POST", path, { key: key(), body });
    const foreign = { endpoint_ids: [theirs.endpoint] };
    expect((await post(`/v1/events/${mine.event}/replay`, foreign)).status).toBe(404);
    expect((await post("/v1/replays", { ...foreign, status: "dead" })).status).toBe(404);
    expect((await post(`/v1/events/${theirs.event}/replay`, { endpoint_ids: [mine.endpoint] })).status).toBe(
      404,
    );
    const unnamed = await post(`/v1/events/${mine.event}/replay`, {});
    expect(unnamed.body.deliveries.map((one: { endpoint_id: string }) => one.endpoint_id)).toEqual([
      mine.endpoint,
    ]);
    const all = await post("/v1/replays", { status: "dead", dry_run: true });
    expect([all.status, all.body.endpoints]).toEqual([202, 1]);
  });
});

it("gives an endpoint that it makes the metadata that it is for, and lets none lose it", async () => {
  const make = (body: object, key = byMetadata) =>
    call("POST", "/v1/endpoints", {
      key,
      body: { url: "https://x.example/", status: "disabled", types: ["none"], ...body },
    });
  const made = await make({ metadata: { team: "ops" } });
  expect([made.status, made.body.metadata]).toEqual([201, { customer: "acme", team: "ops" }]);
  expect(badFields(await make({ metadata: { customer: "globex" } }))).toEqual(["metadata"]);
  const change = (metadata: object | null) =>
    call("PATCH", `/v1/endpoints/${made.body.id}`, { key: byMetadata, body: { metadata } });
  expect(badFields(await change({ customer: "globex" }))).toEqual(["metadata"]);
  expect(badFields(await change(null))).toEqual(["metadata"]);
  expect((await change({ customer: "acme" })).status).toBe(200);
  expect((await make({}, byId)).body.code).toBe("forbidden");
  expect((await call("DELETE", `/v1/endpoints/${made.body.id}`, { key: byMetadata })).status).toBe(204);
});

it("lets a session that may only read change nothing", async () => {
  const writing = Object.entries<object>(openApiDocument(app, TAGS).paths ?? {}).flatMap(([path, methods]) =>
    Object.entries<{ description?: string }>(methods as never).flatMap(([method, { description = "" }]) =>
      description.includes("allows `endpoints:write`") ? [[method.toUpperCase(), path] as const] : [],
    ),
  );
  expect(writing.length).toBeGreaterThan(10);
  for (const [method, path] of writing) {
    const answer = await call(method, named(path, mine), { key: readOnly });
    expect([answer.status, answer.body.code], `${method} ${path}`).toEqual([403, "forbidden"]);
  }
  expect((await call("GET", `/v1/endpoints/${mine.endpoint}`, { key: readOnly })).status).toBe(200);
});

it("gives no answer to one customer that another's Idempotency-Key was given", async () => {
  const other = await session({ metadata: { customer: "initech" } });
  const headers = { "Idempotency-Key": "same" };
  const body = { url: "https://x.example/", status: "disabled", types: ["none"] };
  const first = await call("POST", "/v1/endpoints", { key: byMetadata, headers, body });
  const second = await call("POST", "/v1/endpoints", { key: other, headers, body });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.headers.get("idempotency-replayed")).toBeNull();
  const again = await call("POST", "/v1/endpoints", { key: byMetadata, headers, body });
  expect([again.body.id, again.headers.get("idempotency-replayed")]).toEqual([first.body.id, "true"]);
  for (const [key, { body: made }] of [
    [byMetadata, first],
    [other, second],
  ] as const)
    await call("DELETE", `/v1/endpoints/${made.id}`, { key });
});

it("opens no session for endpoints that the workspace does not have", async () => {
  const elsewhere = await newEndpoint(await newWorkspace());
  const open = (body: object) => call("POST", "/v1/portal-sessions", { key: workspace.key, body });
  expect(badFields(await open({ endpoint_ids: [mine.endpoint, elsewhere.id] }))).toEqual(["endpoint_ids[1]"]);
  expect(badFields(await open({ endpoint_ids: [] }))).toEqual(["endpoint_ids"]);
  expect(badFields(await open({ metadata: { a: 1 }, read_only: "yes" }))).toEqual([
    "metadata.a",
    "read_only",
  ]);
});
