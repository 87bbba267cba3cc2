import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newKey, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const preview = (body: unknown, key = workspace.key) => call("POST", "/v1/endpoints/preview", { key, body });

const event = {
  type: "deal.created",
  tags: ["vip"],
  context: { campaignId: "c1" },
  data: { value: 48000, stage: "won" },
};

describe("POST /v1/endpoints/preview", () => {
  it("tells that an event matches where every condition holds", async () => {
    const all = {
      types: ["deal.*"],
      stages: ["won"],
      tags: ["vip"],
      context: { campaignId: "c1" },
      filter: "deal.value > 10000",
    };
    expect((await preview({ ...all, event })).body).toEqual({ matches: true, reason: null });
    expect((await preview({ event })).body).toEqual({ matches: true, reason: null });
  });

  it.each([
    [{ types: ["lead.*"] }, "types: none of them takes deal.created"],
    [{ stages: ["lost"] }, "stages: none of them is won"],
    [{ tags: ["eu"] }, "tags: the event has none of them"],
    [{ context: { campaignId: "c2" } }, "context: not every pair is the event's"],
    [{ filter: "deal.value > 50000" }, "filter: is false"],
    [{ filter: "deal.price > 1" }, "filter: no such key: deal.price"],
    [{ filter: "lead.value > 1" }, "filter: no such name: lead"],
    [{ tags: ["eu"], filter: "deal.price > 1" }, "tags: the event has none of them"],
  ])("%j: %s", async (conditions, reason) => {
    expect((await preview({ ...conditions, event })).body).toEqual({ matches: false, reason });
  });

  it("takes integers by the digits that were sent", async () => {
    const body = (last: number) =>
      `{"filter":"deal.n == 12345678901234567890","event":{"type":"deal.x","data":{"n":1234567890123456789${last}}}}`;
    expect((await preview(body(0))).body.matches).toBe(true);
    expect((await preview(body(1))).body.matches).toBe(false);
  });

  it("checks conditions as an endpoint's and the event as when it is published", async () => {
    const answer = await preview({
      types: [],
      filter: "deal.name.matches('a+')",
      colour: 1,
      event: { type: "deal created", data: 1 },
    });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(["colour", "event.data", "event.type", "filter", "types"]);
    expect(badFields(await preview({}))).toEqual(["event"]);
    expect(badFields(await preview('{"event":{"type":"a","type":"b","data":{}}}'))).toEqual(["event.type"]);
    expect(badFields(await preview('{"event":{"type":"a","data":{}},"event":{}}'))).toEqual(["event"]);
  });

  it("is for whoever may read endpoints", async () => {
    expect((await preview({ event }, await newKey(workspace, "reader"))).status).toBe(200);
    expect((await preview({ event }, await newKey(workspace, "publisher"))).status).toBe(403);
  });
});

describe("POST /v1/events/preview", () => {
  const tried = (body: unknown, key = workspace.key) => call("POST", "/v1/events/preview", { key, body });

  it("tells of the newest events which an endpoint would get, and why not the others", async () => {
    workspace = await newWorkspace();
    const answer = await tried({});
    expect(answer.body).toEqual({ taken: 0, tried: 0, events: [] });
    for (const [type, data] of [
      ["lead.created", { id: "a" }],
      ["deal.created", { value: 1, stage: "won", campaignId: "c1" }],
      ["deal.created", { value: 2e3, stage: "lost" }],
      ["deal.created", { value: 3 }],
    ] as const)
      await call("POST", "/v1/events", { key: workspace.key, body: { type, data } });
    const reasons = async (conditions: object) => {
      const { body } = await tried(conditions);
      expect(body.taken).toBe(body.events.filter((one: { matches: boolean }) => one.matches).length);
      return body.events.map((one: { reason: string | null }) => one.reason);
    };
    const types = "types: none of them takes lead.created";
    expect(await reasons({ types: ["deal.*"] })).toEqual([null, null, null, types]);
    expect(await reasons({ filter: "data.value > 2" })).toEqual([
      ...[null, null, "filter: is false"],
      "filter: no such key: data.value",
    ]);
    expect(await reasons({ types: ["deal.*"], stages: ["won"] })).toEqual([
      "stages: data.stage is absent, or no text of up to 128 characters",
      "stages: none of them is lost",
      ...[null, types],
    ]);
    // What the data implies counts as the context.
    expect((await tried({ context: { campaignId: "c1" } })).body.taken).toBe(1);
    const newest = await tried({ limit: 1 });
    expect(newest.body).toMatchObject({
      tried: 1,
      events: [{ type: "deal.created", excerpt: '{"value":3}' }],
    });
  });

  it("refuses what is no condition, and who may read no events", async () => {
    expect(badFields(await tried({ filter: "deal.value >", limit: 101 }))).toEqual(["filter", "limit"]);
    expect((await tried({}, await newKey(workspace, "portal"))).status).toBe(403);
  });
});
