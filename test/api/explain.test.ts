import { beforeAll, describe, expect, it, vi } from "vitest";
import type { ExplainedMatch } from "../../src/domain/explain-messages.ts";
import { explainedBody, type Facts } from "../../src/rendering/explained.ts";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

interface Row {
  endpoint_id: string;
  verdict: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what the test is about
  [field: string]: any;
}

const DEAL = { type: "deal.created", data: { value: 48000, currency: "USD" }, tags: ["vip"] };

describe("what became of an event", () => {
  let workspace: Workspace;
  let eventId: string;
  const ids: Record<string, string> = {};

  const explain = async (query = "") => {
    const answer = await call("GET", `/v1/events/${eventId}/explain${query}`, { key: workspace.key });
    expect(answer.status, answer.text).toBe(200);
    return answer.body as { data: Row[]; next_cursor: string | null };
  };
  const rowOf = async (name: string) => (await explain(`?endpoint_id=${ids[name]}`)).data[0] as Row;

  beforeAll(async () => {
    workspace = await newWorkspace();
    const { key } = workspace;
    const make = async (name: string, settings: object) => {
      ids[name] = (await newEndpoint(workspace, { description: name, ...settings })).id;
    };
    await make("paused", { status: "paused", types: ["deal.*"] });
    await make("disabled", { status: "paused", types: ["deal.*"] });
    await call("PATCH", `/v1/endpoints/${ids.disabled}`, { key, body: { status: "disabled" } });
    await make("filtered", { status: "paused", filter: 'deal.currency == "USD" && deal.value < 100' });
    await make("typed", { status: "paused", types: ["lead.*"] });
    await make("removed", { status: "paused", types: ["deal.*"] });
    eventId = (await call("POST", "/v1/events", { key, body: DEAL })).body.id;
    await vi.waitFor(async () => {
      const taken = await call("GET", `/v1/events/${eventId}/deliveries`, { key });
      expect(taken.body.data).toHaveLength(2);
    });
    await call("DELETE", `/v1/endpoints/${ids.removed}`, { key });
    await make("later", { status: "paused", types: ["*"] });
    const change = { filter: "true" };
    await call("PATCH", `/v1/endpoints/${ids.filtered}`, { key, body: change });
  });

  it("gives each endpoint of the workspace its verdict, those that it concerned first", async () => {
    const { data, next_cursor } = await explain();
    expect(next_cursor).toBeNull();
    expect(data.map(({ endpoint_id, verdict }) => [endpoint_id, verdict])).toEqual([
      [ids.paused, "pending"],
      [ids.removed, "deleted"],
      [ids.disabled, "missed"],
      [ids.later, "not_matched"],
      [ids.typed, "not_matched"],
      [ids.filtered, "not_matched"],
    ]);
  });

  it("tells what is pending why it waits, and by which version of the subscription it matched", async () => {
    const row = await rowOf("paused");
    expect(row).toMatchObject({
      wait: { why: "paused", until: null },
      delivery: { endpoint_id: ids.paused, event_id: eventId, status: "pending", sequence: 1 },
      ...{ deliveries: 1, missed: null, not_matched: null },
      subscription: { version: 1 },
    });
    const { created_at } = (await call("GET", `/v1/endpoints/${ids.paused}`, { key: workspace.key })).body;
    expect(Date.parse(row.subscription.since)).toBeGreaterThanOrEqual(Date.parse(created_at));
  });

  it("tells since when and why an endpoint that missed it was disabled", async () => {
    const row = await rowOf("disabled");
    expect(row).toMatchObject({
      missed: { reason: "by_hand" },
      delivery: null,
      subscription: { version: 2 },
    });
    expect(row.missed.since).toBe(row.subscription.since);
  });

  it("tells the condition that was false with its values, by the subscription of that time", async () => {
    expect((await rowOf("typed")).not_matched).toMatchObject({
      condition: "types",
      wanted: ["lead.*"],
      actual: ["deal.created"],
    });
    const row = await rowOf("filtered");
    expect(row.subscription.version).toBe(1);
    expect(row.not_matched).toEqual({
      ...{
        condition: "filter",
        key: null,
        wanted: ['deal.currency == "USD" && deal.value < 100'],
        actual: [],
      },
      ...{ part: "deal.value < 100", reason: "is false" },
      values: [{ expression: "deal.value", value: "48000" }],
    });
  });

  it("tells an endpoint that was made later, and one that is gone", async () => {
    expect((await rowOf("later")).not_matched.condition).toBe("created_later");
    expect(await rowOf("removed")).toMatchObject({ verdict: "deleted", delivery: null });
  });

  it("goes through all endpoints in pages, each once", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let pages = 0; cursor !== null && pages < 20; pages++) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await explain(`?limit=2${from}`);
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map((row) => row.endpoint_id));
      cursor = page.next_cursor;
    }
    expect(seen.toSorted()).toEqual(Object.values(ids).toSorted());
  });

  it("calls one replayed that was replayed to by name, with why it had not matched", async () => {
    const { key } = workspace;
    const body = { endpoint_ids: [ids.typed] };
    await call("POST", `/v1/events/${eventId}/replay`, { key, body });
    expect(await rowOf("typed")).toMatchObject({
      verdict: "replayed",
      delivery: { status: "pending" },
      wait: { why: "paused" },
      not_matched: { condition: "types" },
    });
    await call("POST", `/v1/events/${eventId}/replay`, { key, body: { endpoint_ids: [ids.paused] } });
    expect(await rowOf("paused")).toMatchObject({ verdict: "replayed", deliveries: 2, not_matched: null });
  });

  it("answers 404 for an event and an endpoint that there is not, and 422 for a cursor of another list", async () => {
    const get = (path: string) => call("GET", path, { key: workspace.key });
    expect((await get("/v1/events/nothing/explain")).status).toBe(404);
    const other = await newEndpoint(await newWorkspace());
    expect((await get(`/v1/events/${eventId}/explain?endpoint_id=${other.id}`)).status).toBe(404);
    const cursor = Buffer.from("explained:others:x' OR 1").toString("base64url");
    expect(badFields(await get(`/v1/events/${eventId}/explain?cursor=${cursor}`))).toEqual(["cursor"]);
  });

  it("shows a customer's session its own endpoints alone, and no event that concerned none of them", async () => {
    const session = async (endpoint_ids: (string | undefined)[]) =>
      (await call("POST", "/v1/portal-sessions", { key: workspace.key, body: { endpoint_ids } })).body.token;
    const get = (key: string) => call("GET", `/v1/events/${eventId}/explain`, { key });
    const involved = await get(await session([ids.paused, ids.filtered]));
    expect(involved.body.data.map((row: Row) => row.endpoint_id)).toEqual([ids.paused, ids.filtered]);
    expect((await get(await session([ids.filtered]))).status).toBe(404);
  });
});

describe("what would become of an event", () => {
  it("is told by endpoint, and nothing is stored", async () => {
    const workspace = await newWorkspace();
    const { key } = workspace;
    const make = async (settings: object) => (await newEndpoint(workspace, settings)).id;
    const enabled = await make({ status: "enabled", types: ["deal.*"] });
    const paused = await make({ status: "paused", types: ["deal.*"] });
    const disabled = await make({ status: "disabled", types: ["deal.*"] });
    const tagged = await make({ status: "enabled", tags: ["eu"] });
    const forecast = (body: object) => call("POST", "/v1/events/explain", { key, body });
    const { status, body } = await forecast({ event: DEAL });
    expect(status).toBe(200);
    expect(body.data.map((row: Row) => [row.endpoint_id, row.verdict])).toEqual([
      [tagged, "not_matched"],
      [disabled, "would_miss"],
      [paused, "would_wait"],
      [enabled, "would_deliver"],
    ]);
    expect(body.data[0].not_matched).toMatchObject({ condition: "tags", wanted: ["eu"], actual: ["vip"] });
    expect(body.next_cursor).toBeNull();
    const one = await forecast({ event: DEAL, endpoint_ids: [paused] });
    expect(one.body.data.map((row: Row) => row.verdict)).toEqual(["would_wait"]);
    expect((await call("GET", "/v1/events", { key })).body.data).toEqual([]);
    expect(badFields(await forecast({ event: { type: "webhooks.x", data: [] } }))).toEqual([
      "event.data",
      "event.type",
    ]);
    expect(badFields(await forecast({}))).toEqual(["event"]);
    expect((await forecast({ event: DEAL, endpoint_ids: ["ep_1"] })).status).toBe(404);
  });

  it("sees integers with all their digits", async () => {
    const workspace = await newWorkspace();
    await newEndpoint(workspace, { status: "paused", filter: "data.n == 12345678901234567891" });
    const body = '{"event": {"type": "a.b", "data": {"n": 12345678901234567890}}}';
    const answer = await call("POST", "/v1/events/explain", { key: workspace.key, body });
    expect(answer.body.data[0].not_matched.values).toEqual([
      { expression: "data.n", value: "12345678901234567890" },
    ]);
  });
});

describe("a verdict", () => {
  const match: ExplainedMatch = {
    ...{ endpointId: "ep_1", relation: "matched", isHandedOver: true, version: 3, since: 0 },
    ...{ disabledSince: null, isLater: false, nonMatch: null },
  };
  const verdict = (of: Partial<ExplainedMatch>, more: Partial<Facts> = {}) =>
    explainedBody({
      ...{ endpointId: "ep_1", eventType: "deal.created", isDeleted: false, disabledBecause: null },
      records: { deliveries: [], wait: null },
      match: { ...match, ...of },
      ...more,
    });

  it("is pending for what the endpoint has yet to take from the log", () => {
    expect(verdict({ isHandedOver: false })).toMatchObject({
      verdict: "pending",
      wait: { why: "handing_over" },
      delivery: null,
    });
  });

  it("says so where a delivery ended and is kept no longer, or a subscription is not known any more", () => {
    expect(verdict({}).verdict).toBe("not_on_record");
    expect(verdict({ relation: "none", version: null, since: null })).toMatchObject({
      verdict: "not_matched",
      subscription: null,
      not_matched: { condition: "not_on_record" },
    });
  });

  it("tells that an operational event never goes to the endpoint that it is about", () => {
    const told = verdict({ relation: "none" }, { eventType: "webhooks.endpoint.paused" });
    expect(told.not_matched?.condition).toBe("about_itself");
  });
});
