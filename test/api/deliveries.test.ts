import { beforeAll, describe, expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { call, newEndpoint, newKey, newWorkspace, type Workspace } from "./client.ts";

/* Endpoints here are paused: they take what is handed over and attempt nothing. */

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const get = (path: string, key = workspace.key) => call("GET", `/v1${path}`, { key });
const post = (path: string, body?: unknown, key = workspace.key) => call("POST", `/v1${path}`, { key, body });

async function publish(type: string): Promise<string> {
  return (await post("/events", { type, data: { n: 1 } })).body.id;
}

/** The endpoint's deliveries, once there are as many: handing over follows the 202. */
async function deliveries(endpointId: string, count: number) {
  return expect
    .poll(async () => (await get(`/endpoints/${endpointId}/deliveries`)).body.data)
    .toHaveLength(count)
    .then(async () => (await get(`/endpoints/${endpointId}/deliveries`)).body.data);
}

describe("deliveries", () => {
  it("are listed newest first, paged and selected", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["list.*"] });
    for (const type of ["list.a", "list.b", "list.a"]) await publish(type);
    const rows = await deliveries(endpoint.id, 3);
    expect(rows.map((row: { sequence: number }) => row.sequence)).toEqual([3, 2, 1]);
    const path = `/endpoints/${endpoint.id}/deliveries`;
    const first = await get(`${path}?limit=2`);
    const second = await get(`${path}?limit=2&cursor=${first.body.next_cursor}`);
    expect([...first.body.data, ...second.body.data]).toEqual(rows);
    expect((await get(`${path}?type=list.b`)).body.data).toEqual([rows[1]]);
    expect((await get(`${path}?type=list.*`)).body.data).toEqual(rows);
    expect((await get(`${path}?type=lis*`)).status).toBe(422);
    expect((await get("/events?type=list.*&limit=3")).body.data).toHaveLength(3);
    expect((await get("/events?type=*&limit=2")).body.data).toHaveLength(2);
    expect((await get("/events?type=deal*")).status).toBe(422);
    expect((await get(`${path}?error=lost`)).status).toBe(422);
    expect((await get(`${path}?response_status=6xx`)).status).toBe(422);
    expect((await get(`${path}?response_status=503`)).body.data).toEqual([]);
    expect((await get(`${path}?status=delivered`)).body.data).toEqual([]);
    expect((await get(`${path}?event_id=${rows[0].event_id}`)).body.data).toEqual([rows[0]]);
    expect((await get(`${path}?to=2020-01-01T00:00:00Z`)).body.data).toEqual([]);
    expect((await get(`${path}?from=2021-01-01T00:00:00Z&to=2020-01-01T00:00:00Z`)).status).toBe(422);
    expect((await get(`${path}?status=lost`)).status).toBe(422);
  });

  it("of one endpoint begin at a place in its order, and go on from there", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["place.a"] });
    for (let count = 0; count < 4; count++) await publish("place.a");
    const rows = await deliveries(endpoint.id, 4);
    const path = `/endpoints/${endpoint.id}/deliveries?before_sequence=4&limit=2`;
    const first = await get(path);
    expect(first.body.data).toEqual(rows.slice(1, 3));
    expect((await get(`${path}&cursor=${first.body.next_cursor}`)).body.data).toEqual(rows.slice(3));
    expect((await get(`/endpoints/${endpoint.id}/deliveries?before_sequence=0`)).status).toBe(422);
    expect((await get("/deliveries?before_sequence=4")).status).toBe(422);
  });

  it("are shown with every field, and the single one with its attempts", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["single.a"] });
    const eventId = await publish("single.a");
    const [row] = await deliveries(endpoint.id, 1);
    const single = await get(`/endpoints/${endpoint.id}/deliveries/${row.id}`);
    expect(single.status).toBe(200);
    expect(single.body).toEqual({ ...row, attempts: [] });
    expect(row).toMatchObject({
      endpoint_id: endpoint.id,
      event_id: eventId,
      event_type: "single.a",
      sequence: 1,
      status: "pending",
      attempt_count: 0,
      replay_of: null,
      replayed_by: null,
      created_at: expect.stringMatching(/Z$/),
      completed_at: null,
      last_attempt: null,
    });
    expect((await get(`/endpoints/${endpoint.id}/deliveries/${row.id.slice(0, -1)}7`)).status).toBe(404);
  });

  it("show their request to portals and readers, and 410 once the event is past its 30 days", async () => {
    const endpoint = await newEndpoint(workspace, {
      status: "paused",
      types: ["request.a"],
      dialect: "atlas",
    });
    await publish("request.a");
    const [row] = await deliveries(endpoint.id, 1);
    const path = `/endpoints/${endpoint.id}/deliveries/${row.id}/request`;
    for (const role of ["portal", "reader"]) {
      const { status, body } = await get(path, await newKey(workspace, role));
      expect([status, body.on_record, body.url]).toEqual([200, false, endpoint.url]);
      expect(JSON.parse(body.body)).toMatchObject({ type: "request.a", sequence: 1, data: { n: 1 } });
    }
    await post(`/endpoints/${endpoint.id}/deliveries/${row.id}/cancel`);
    expect((await get(`${path}?attempt=1`)).status).toBe(404);
    const anew = await get(`${path}?signed=now`);
    expect([anew.status, anew.body.on_record, anew.body.attempt]).toEqual([200, false, 1]);
    expect(anew.body.headers["Atlas-Signature"]).toMatch(/^t=\d+,v1=/);
    expect((await get(`${path}?signed=later`)).status).toBe(422);
    // Once it has ended, the event is the log's.
    await post(`/endpoints/${endpoint.id}/deliveries/${row.id}/cancel`);
    expect((await get(path)).body.body).toContain('"data":{"n":1}');
    const log = { findEvent: async () => ({ outcome: "expired" }) };
    const expired = { getByName: () => log };
    const env = { EVENT_LOG: expired as unknown as Env["EVENT_LOG"] };
    const gone = await call("GET", `/v1${path}`, { key: workspace.key, env });
    expect([gone.status, gone.body.code]).toEqual([410, "event_expired"]);
    expect((await get(`${path}?attempt=1`)).status).toBe(404);
    expect((await get(`${path}?attempt=0`)).status).toBe(422);
  });

  it("keep their dialect", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["dialect.a"] });
    await publish("dialect.a");
    await deliveries(endpoint.id, 1);
    const answer = await call("PATCH", `/v1/endpoints/${endpoint.id}`, {
      key: workspace.key,
      body: { dialect: "atlas" },
    });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("dialect_in_use");
  });
});

describe("an event's deliveries", () => {
  it("name who got it, who missed it, and who was deleted since", async () => {
    const types = ["fate.a"];
    const taking = await newEndpoint(workspace, { status: "paused", types });
    const missing = await newEndpoint(workspace, { status: "disabled", types });
    const going = await newEndpoint(workspace, { status: "paused", types });
    const id = await publish("fate.a");
    await deliveries(taking.id, 1);
    await deliveries(going.id, 1);
    await call("DELETE", `/v1/endpoints/${going.id}`, { key: workspace.key });
    const { body } = await get(`/events/${id}/deliveries`);
    expect(body.data.map((row: { endpoint_id: string }) => row.endpoint_id)).toEqual([taking.id]);
    expect(body.missed).toEqual([missing.id]);
    expect(body.deleted).toEqual([going.id]);
    expect((await get(`/events/${id}`)).body.endpoints).toBe(2);
  });

  it("are paged by endpoint", async () => {
    const own = await newWorkspace();
    const made = [];
    for (let index = 0; index < 3; index++) made.push((await newEndpoint(own, { types: ["page.a"] })).id);
    const { id } = (await post("/events", { type: "page.a", data: {} }, own.key)).body;
    const first = await get(`/events/${id}/deliveries?limit=2`, own.key);
    const second = await get(`/events/${id}/deliveries?limit=2&cursor=${first.body.next_cursor}`, own.key);
    expect([...first.body.missed, ...second.body.missed].toSorted()).toEqual(made.toSorted());
    expect(second.body.next_cursor).toBeNull();
  });
});

describe("POST /v1/events/{id}/replay", () => {
  it("makes a delivery for each enabled endpoint that matches now", async () => {
    const id = await publish("replay.a");
    const paused = await newEndpoint(workspace, { status: "paused", types: ["replay.a"] });
    await newEndpoint(workspace, { status: "disabled", types: ["replay.a"] });
    const answer = await post(`/events/${id}/replay`);
    expect(answer.status).toBe(202);
    expect(answer.body.deliveries).toEqual([
      { id: expect.stringMatching(/^dlv_/), endpoint_id: paused.id, sequence: 1 },
    ]);
    const found = await get(`/events/${id}/deliveries`);
    expect(found.body.data.map((row: { id: string }) => row.id)).toEqual([answer.body.deliveries[0].id]);
  });

  it("reaches a named endpoint that the event does not match", async () => {
    const id = await publish("replay.b");
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["other"] });
    const answer = await post(`/events/${id}/replay`, { endpoint_ids: [endpoint.id] });
    expect(answer.body.deliveries).toHaveLength(1);
  });

  it("makes nothing if one of the named is disabled or unknown", async () => {
    const id = await publish("replay.c");
    const paused = await newEndpoint(workspace, { status: "paused", types: ["other"] });
    const disabled = await newEndpoint(workspace, { status: "disabled", types: ["other"] });
    const foreign = await newEndpoint(await newWorkspace(), { status: "paused" });
    const answer = await post(`/events/${id}/replay`, { endpoint_ids: [paused.id, disabled.id] });
    expect([answer.status, answer.body.code]).toEqual([409, "endpoint_disabled"]);
    for (const unknown of ["ep_unknown", foreign.id]) {
      expect((await post(`/events/${id}/replay`, { endpoint_ids: [paused.id, unknown] })).status).toBe(404);
    }
    expect((await get(`/endpoints/${paused.id}/deliveries`)).body.data).toEqual([]);
  });

  it("knows no event of another workspace", async () => {
    const id = await publish("replay.d");
    const other = await newWorkspace();
    expect((await post(`/events/${id}/replay`, {}, other.key)).status).toBe(404);
    expect((await get(`/events/${id}`, other.key)).status).toBe(404);
    expect((await get(`/events/${id}/deliveries`, other.key)).status).toBe(404);
    expect((await get("/events/evt_nonsense")).status).toBe(404);
  });
});

describe("POST /v1/endpoints/{id}/deliveries/{id}/replay", () => {
  it("makes a new delivery that names the old one", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["again.a"] });
    await publish("again.a");
    const [original] = await deliveries(endpoint.id, 1);
    const answer = await post(`/endpoints/${endpoint.id}/deliveries/${original.id}/replay`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ sequence: 2, replay_of: original.id, event_id: original.event_id });
    const shown = await get(`/endpoints/${endpoint.id}/deliveries/${original.id}`);
    expect(shown.body.replayed_by).toBe(answer.body.id);
  });

  it("answers 409 for a disabled endpoint", async () => {
    const endpoint = await newEndpoint(workspace, { status: "paused", types: ["again.b"] });
    await publish("again.b");
    const [original] = await deliveries(endpoint.id, 1);
    await call("PATCH", `/v1/endpoints/${endpoint.id}`, { key: workspace.key, body: { status: "disabled" } });
    const answer = await post(`/endpoints/${endpoint.id}/deliveries/${original.id}/replay`);
    expect([answer.status, answer.body.code]).toEqual([409, "endpoint_disabled"]);
  });
});

describe("GET /v1/events", () => {
  it("lists newest first, without data, selected by type and tag", async () => {
    const own = await newWorkspace();
    const events = [
      { type: "x.1", tags: ["a"], data: {} },
      { type: "x.2", data: {} },
    ];
    const made = (await post("/events/batch", { events }, own.key)).body.events;
    const list = await get("/events", own.key);
    expect(list.body.data.map((row: { id: string }) => row.id)).toEqual([made[1].id, made[0].id]);
    expect(list.body.data[0]).not.toHaveProperty("data");
    expect((await get("/events?type=x.2", own.key)).body.data).toHaveLength(1);
    expect((await get("/events?tag=a", own.key)).body.data[0].id).toBe(made[0].id);
    const first = await get("/events?limit=1", own.key);
    const second = await get(`/events?limit=1&cursor=${first.body.next_cursor}`, own.key);
    expect(second.body.data[0].id).toBe(made[0].id);
  });
});
