import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { catalogType, catalogue } from "../../src/catalog/index.ts";
import { SubscriptionIndex } from "../../src/filter/subscription-index.ts";
import { badFields, call, newKey, newWorkspace, unreachable, type Workspace } from "../api/client.ts";
import { matched } from "../filter/matched.ts";

let workspace: Workspace;

// These tests have no receiver: what is sent, also after a test's end, goes nowhere.
globalThis.fetch = async () => new Response();

beforeEach(async () => {
  workspace = await newWorkspace();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const path = "/compat/voice/events-gateway/trigger";
const asked = {
  hookUrl: "https://receiver.example/abcdefgh/ijkl?token=mnop",
  campaignId: "cmp/1 é",
  triggerName: "call_completed",
  provider: "custom",
};

const ask = (method: string, route: string, body?: unknown, key = workspace.key) =>
  call(method, path + route, { headers: { "api-key": key }, body });
const subscribe = (given: object = {}) => ask("POST", "/subscribe", { ...asked, ...given });
const list = (campaignId = asked.campaignId) =>
  ask("GET", `/list?campaignId=${encodeURIComponent(campaignId)}`);
const publish = (type: string, data: unknown, context = {}) =>
  call("POST", "/v1/events", { key: workspace.key, body: { type, data, context } });

describe("subscribing", () => {
  it("makes an endpoint of one trigger, one campaign, one URL", async () => {
    const answer = await subscribe();
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    expect(answer.body).toEqual({ id, campaignId: asked.campaignId, triggerName: "call_completed" });
    const endpoint = await call("GET", `/v1/endpoints/${id}`, { key: workspace.key });
    expect(endpoint.body).toMatchObject({
      url: asked.hookUrl,
      dialect: "voice",
      types: ["call_completed"],
      context: { campaignId: asked.campaignId },
      retry: { delays: [10, 60], jitter: 0 },
    });
  });

  it("with the same four values gives the same one, and one delivery, also at the same moment", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => subscribe()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await subscribe()).body).toEqual(answers[0]?.body);
    const event = await publish("call_completed", { callId: "1" }, { campaignId: asked.campaignId });
    expect(event.body.endpoints).toBe(1);
  });

  it("with another spelling of the URL gives the same one, and unsubscribes from it", async () => {
    const { body } = await subscribe();
    const hookUrl = "HTTPS://receiver.example:443/x/..\\abcdefgh/ijkl?token=mnop";
    expect((await subscribe({ hookUrl })).body.id).toBe(body.id);
    expect((await ask("DELETE", "/unsubscribe", { ...asked, hookUrl })).status).toBe(200);
    expect((await list()).body).toEqual([]);
  });

  it("finds a subscription that an older version keeps under the URL as it was given", async () => {
    const hookUrl = "https://receiver.example/a/../older";
    const { body } = await subscribe({ hookUrl });
    const given = createHash("sha256").update(`custom\n${hookUrl}`).digest("base64url");
    const key = `voice/${encodeURIComponent(asked.campaignId)}/${asked.triggerName}/${given}`;
    await env.DB.prepare("UPDATE endpoints SET subscription_key = ? WHERE id = ?").bind(key, body.id).run();
    expect((await subscribe({ hookUrl })).body.id).toBe(body.id);
    expect((await ask("DELETE", "/unsubscribe", { ...asked, hookUrl })).status).toBe(200);
  });

  it("with any other value gives another one", async () => {
    const others = [
      {},
      { hookUrl: "https://receiver.example/abcdefgh/ijkl?token=other" },
      { campaignId: "cmp" },
      { triggerName: "call_started" },
      { campaignId: "*" },
    ];
    const answers = await Promise.all(others.map(subscribe));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(others.length);
  });

  it("to a campaign finds it in an event's data too, where the context has none", async () => {
    await subscribe({ campaignId: "one" });
    const endpoints = async (data: object, context = {}) =>
      (await publish("call_completed", { callId: "1", ...data }, context)).body.endpoints;
    expect(await endpoints({ campaignId: "one" })).toBe(1);
    expect(await endpoints({ campaignId: "two" })).toBe(0);
    expect(await endpoints({ campaignId: "one" }, { campaignId: "two" })).toBe(0);
    expect(await endpoints({ campaignId: 1 })).toBe(0);
  });

  it("to * is for every campaign, and to one for that alone", async () => {
    await subscribe({ campaignId: "*" });
    await subscribe({ campaignId: "one" });
    const endpoints = async (context: object) =>
      (await publish("call_completed", { callId: "1" }, context)).body.endpoints;
    expect(await endpoints({ campaignId: "one" })).toBe(2);
    expect(await endpoints({ campaignId: "other" })).toBe(1);
    expect(await endpoints({})).toBe(1);
    expect((await publish("call_started", { callId: "1" })).body.endpoints).toBe(0);
  });

  it("again after unsubscribing makes a new one; after it was disabled enables it", async () => {
    const first = (await subscribe()).body.id;
    await ask("DELETE", "/unsubscribe", asked);
    const second = (await subscribe()).body.id;
    expect(second).not.toBe(first);
    const change = { key: workspace.key, body: { status: "disabled" } };
    await call("PATCH", `/v1/endpoints/${second}`, change);
    expect((await subscribe()).body.id).toBe(second);
    const endpoint = await call("GET", `/v1/endpoints/${second}`, { key: workspace.key });
    expect(endpoint.body.status).toBe("enabled");
  });

  it("answers 503 while an object cannot be reached, and the repetition finds the same subscription", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const options = { headers: { "api-key": workspace.key }, body: asked };
    const failed = await call("POST", `${path}/subscribe`, { ...options, env: { EVENT_LOG: unreachable() } });
    expect([failed.status, failed.headers.has("retry-after")]).toEqual([503, true]);
    const { id } = (await subscribe()).body;
    const stored = () =>
      env.DB.prepare("SELECT id, synced FROM endpoints WHERE workspace_id = ?").bind(workspace.id).all();
    // That the objects have taken it is noted after the answer.
    await vi.waitFor(async () => expect((await stored()).results).toEqual([{ id, synced: 1 }]));
  });

  it.each<[string, object, string]>([
    ["no URL", { hookUrl: undefined }, "hookUrl"],
    ["plain http", { hookUrl: "http://receiver.example/" }, "hookUrl"],
    ["a private address", { hookUrl: "https://10.0.0.1/hook" }, "hookUrl"],
    ["no campaign", { campaignId: "" }, "campaignId"],
    ["an unknown trigger", { triggerName: "call_ended" }, "triggerName"],
    ["another provider", { provider: "zapier" }, "provider"],
  ])("answers 400 to %s", async (_what, given, field) => {
    const answer = await subscribe(given);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toContain("json");
    expect(badFields(answer)).toEqual([field]);
    expect(answer.text).not.toContain("ijkl");
  });

  it("names every bad field at once, the URL too", async () => {
    const answer = await subscribe({
      hookUrl: "https://10.0.0.1/x",
      campaignId: 7,
      triggerName: "call_ended",
    });
    expect([answer.status, answer.body.code]).toEqual([400, "bad_request"]);
    expect(badFields(answer)).toEqual(["campaignId", "hookUrl", "triggerName"]);
    expect(badFields(await subscribe({ hookUrl: undefined, campaignId: "" }))).toEqual([
      "campaignId",
      "hookUrl",
    ]);
    expect((await ask("POST", "/subscribe", [])).status).toBe(400);
  });

  it("ignores fields that it does not know, as its unchanged clients send them", async () => {
    expect((await subscribe({ team: "sales" })).status).toBe(201);
  });

  it("answers 400 to what is no JSON, 401 without a good key, 403 to other roles", async () => {
    expect((await ask("POST", "/subscribe", "{")).status).toBe(400);
    expect((await ask("POST", "/subscribe", asked, "ak_wrong")).status).toBe(401);
    expect((await call("POST", `${path}/subscribe`, { body: asked })).status).toBe(401);
    expect((await ask("POST", "/subscribe", asked, await newKey(workspace, "workbench"))).status).toBe(403);
  });

  it("answers 500 as JSON, without internals", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const prepare = () => {
      throw new Error("D1 broke");
    };
    const broken = { prepare } as unknown as D1Database;
    await subscribe();
    const answer = await call("GET", `${path}/list?campaignId=a`, {
      headers: { "api-key": workspace.key },
      env: { DB: broken },
    });
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toContain("json");
    expect(answer.text).not.toContain("broke");
  });
});

describe("unsubscribing", () => {
  it("stops delivery and answers {}; what is unknown is 404", async () => {
    await subscribe();
    const answer = await ask("DELETE", "/unsubscribe", asked);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    const event = await publish("call_completed", { callId: "1" }, { campaignId: asked.campaignId });
    expect(event.body.endpoints).toBe(0);
    expect((await ask("DELETE", "/unsubscribe", asked)).status).toBe(404);
    expect((await ask("DELETE", "/unsubscribe", { ...asked, campaignId: "x" })).status).toBe(404);
  });

  it("does not reach into another workspace", async () => {
    await subscribe();
    const other = await newWorkspace();
    expect((await ask("DELETE", "/unsubscribe", asked, other.key)).status).toBe(404);
    expect((await list()).body).toHaveLength(1);
  });

  it("can be repeated while it is pending", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await subscribe();
    const options = { headers: { "api-key": workspace.key }, body: asked };
    const failed = await call("DELETE", `${path}/unsubscribe`, {
      ...options,
      env: { ENDPOINT: unreachable() },
    });
    expect(failed.status).toBe(503);
    expect((await ask("DELETE", "/unsubscribe", asked)).status).toBe(200);
  });
});

describe("the list of a campaign", () => {
  it("shows its webhooks, their URLs masked", async () => {
    const { id } = (await subscribe()).body;
    await subscribe({ campaignId: "cmp" });
    await subscribe({ campaignId: "*" });
    expect((await list()).body).toEqual([
      {
        id,
        hookUrl: "https://receiver.example/abcd***",
        campaignId: asked.campaignId,
        triggerName: "call_completed",
        provider: "custom",
      },
    ]);
    expect((await list("*")).body.map((row: { campaignId: string }) => row.campaignId)).toEqual(["*"]);
    expect((await list("nobody")).body).toEqual([]);
    expect(badFields(await ask("GET", "/list"))).toEqual(["campaignId"]);
  });
});

describe("the sample of a campaign", () => {
  const sample = (campaignId: string, triggerName: string) =>
    ask("GET", `/sample?campaignId=${campaignId}&triggerName=${triggerName}`);

  it("is the catalog's while there is no event, and needs no subscription", async () => {
    const { body } = await sample("c1", "call_started");
    expect(body).toEqual([{ ...catalogType("call_started")?.sample, campaignId: "c1" }]);
    expect((await sample("*", "call_started")).body).toEqual([catalogType("call_started")?.sample]);
  });

  it("is then the campaign's newest event of that trigger, byte for byte", async () => {
    await publish("call_started", { callId: "old" }, { campaignId: "c1" });
    const body =
      '{"type":"call_started","data":{ "callId" : 12345678901234567890 },"context":{"campaignId":"c1"}}';
    await call("POST", "/v1/events", { key: workspace.key, body });
    await publish("call_completed", { callId: "other trigger" }, { campaignId: "c1" });
    await publish("call_started", { callId: "other campaign" }, { campaignId: "c2" });
    expect((await sample("c1", "call_started")).text).toBe('[{ "callId" : 12345678901234567890 }]');
    expect((await sample("*", "call_started")).body).toEqual([{ callId: "other campaign" }]);
  });

  it("is found by the campaign that lies in its data, unless its context says another", async () => {
    await publish("call_started", { callId: "1", campaignId: "c1" });
    expect((await sample("c1", "call_started")).body).toEqual([{ callId: "1", campaignId: "c1" }]);
    await publish("call_started", { callId: "2", campaignId: "c1" }, { campaignId: "c2" });
    expect((await sample("c1", "call_started")).body).toEqual([{ callId: "1", campaignId: "c1" }]);
    expect((await sample("c2", "call_started")).body).toEqual([{ callId: "2", campaignId: "c1" }]);
  });

  it("answers 400 to an unknown trigger", async () => {
    expect((await sample("c1", "call_ended")).status).toBe(400);
  });
});

it("takes the triggers that the catalog has of this contract", async () => {
  const triggers = catalogue.filter(({ contracts }) => contracts.includes("voice")).map(({ type }) => type);
  for (const triggerName of triggers) expect((await subscribe({ triggerName })).status).toBe(201);
});

it("costs an event of one campaign nothing for the subscriptions of 5,000 others", () => {
  const index = new SubscriptionIndex();
  for (let n = 0; n < 5000; n++) {
    const subscription = {
      ...{ types: ["call_started"], stages: [], tags: [], filter: null },
      context: { campaignId: `c${n}` },
    };
    index.set(n, { endpointId: `ep_${n}`, version: 1, disabled: false, subscription });
  }
  const event = { type: "call_started", tags: [], context: { campaignId: "c4711" }, data: "{}", created: 0 };
  const startedAt = performance.now();
  for (let n = 0; n < 1000; n++) expect(matched(index, event).endpoints).toEqual([4711]);
  // A look at each of the 5,000 would be 5,000,000 looks.
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
