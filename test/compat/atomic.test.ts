import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import type { Env } from "../../src/env.ts";
import { badFields, call, newEndpoint, newKey, newWorkspace, type Workspace } from "../api/client.ts";

let workspace: Workspace;
let workbench: string;
/** What is sent, instead of to a receiver. */
let sent: { url: string; method: string; headers: Headers; body: string }[];

beforeEach(async () => {
  workspace = await newWorkspace();
  workbench = await newKey(workspace, "workbench");
  sent = [];
});

// For the whole file: deliveries may go on after the test that caused them.
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const { url, method, headers } = request;
  sent.push({ url, method, headers, body: await request.text() });
  return new Response();
};

const asked = {
  types: ["card-published", "card-completed"],
  url: "https://receiver.example/cards",
  headers: { "My-Custom-Header": "123" },
};

const ask = (method: string, path: string, body?: unknown, key = workbench) =>
  call(method, `/compat/atomic/v1/${workspace.id}${path}`, { key, body });
const subscribe = (given: object = {}, key?: string) => ask("POST", "/webhook", { ...asked, ...given }, key);
const publish = async (type: string, data: unknown, context = {}) => {
  const answer = await call("POST", "/v1/events", { key: workspace.key, body: { type, data, context } });
  return answer.body.endpoints;
};

describe("subscribing", () => {
  it("answers 201 with the details and a UUID as secret", async () => {
    const answer = await subscribe();
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      data: {
        id: expect.stringMatching(/^ep_/),
        ...asked,
        secret: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        updated: answer.body.data.created,
      },
    });
    const endpoint = await call("GET", `/v1/endpoints/${answer.body.data.id}`, { key: workspace.key });
    expect(endpoint.body).toMatchObject({
      dialect: "atomic",
      types: asked.types,
      method: "POST",
      disable_after: { consecutive_failures: 23 },
      retry: { jitter: 0.1 },
      headers: { "My-Custom-Header": "***" },
    });
    const { delays } = endpoint.body.retry;
    expect(delays.reduce((total: number, delay: number) => total + delay)).toBeLessThanOrEqual(4 * 3600);
  });

  it("sends events of its types, with its headers, by its method, signed", async () => {
    const { data } = (await subscribe({ method: "PUT" })).body;
    expect(await publish("card-completed", { properties: { values: { ok: true } } })).toBe(1);
    expect(await publish("card-dismissed", {})).toBe(0);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    const [request] = sent;
    expect(request?.method).toBe("PUT");
    expect(request?.headers.get("my-custom-header")).toBe("123");
    const signature = createHmac("sha256", data.secret)
      .update(request?.body ?? "")
      .digest("hex");
    expect(request?.headers.get("x-atomic-signature")).toBe(signature);
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      environmentId: workspace.id,
      webhookId: data.id,
      isBatched: false,
      data: { analyticsEvent: "card-completed", properties: { values: { ok: true } } },
    });
  });

  it("to a specific card is for that card alone", async () => {
    await subscribe({ cardTemplateId: "t1", actionFlowConfigId: "f1" });
    const card = (cardTemplateId: string, flowConfigId: string) => ({
      cardContext: { cardTemplateId },
      platformContext: { flowConfigId },
    });
    expect(await publish("card-published", card("t1", "f1"))).toBe(1);
    expect(await publish("card-published", card("t1", "f2"))).toBe(0);
    expect(await publish("card-published", card("t2", "f1"))).toBe(0);
    expect(await publish("card-published", {})).toBe(0);
    expect(await publish("card-published", {}, { cardTemplateId: "t1", actionFlowConfigId: "f1" })).toBe(1);
    await subscribe({ cardTemplateId: "t2" });
    expect(await publish("card-published", card("t2", "f9"))).toBe(1);
  });

  it.each<[string, object, string]>([
    ["no types", { types: [] }, "types"],
    ["a wildcard, which is no event's name", { types: ["*"] }, "types[0]"],
    ["no URL", { url: undefined }, "url"],
    ["a private address", { url: "https://192.168.0.1/" }, "url"],
    ["another method", { method: "PATCH" }, "method"],
    ["a header of the signature", { headers: { "X-Atomic-Signature": "x" } }, "headers.X-Atomic-Signature"],
    ["an empty card", { cardTemplateId: "" }, "cardTemplateId"],
  ])("answers 400 to %s", async (_what, given, field) => {
    const answer = await subscribe(given);
    expect(answer.status).toBe(400);
    expect(badFields(answer)).toEqual([field]);
  });

  it("names every bad field at once, the URL and the headers too", async () => {
    const headers = { "X-Atomic-Signature": "x" };
    const answer = await subscribe({ url: "https://192.168.0.1/", types: [], method: "PATCH", headers });
    expect([answer.status, answer.body.code]).toEqual([400, "bad_request"]);
    expect(badFields(answer)).toEqual(["headers.X-Atomic-Signature", "method", "types", "url"]);
  });

  it("is for the workbench: 401 without a good key, 403 for other roles, 404 in another environment", async () => {
    expect((await subscribe({}, "ak_wrong")).status).toBe(401);
    for (const role of ["publisher", "reader", "portal"]) {
      expect((await subscribe({}, await newKey(workspace, role))).status).toBe(403);
    }
    const elsewhere = await call("POST", `/compat/atomic/v1/${(await newWorkspace()).id}/webhook`, {
      key: workbench,
      body: asked,
    });
    expect(elsewhere.status).toBe(404);
  });

  it("ends at 100 per environment, also for requests at the same moment, and goes on once one is deleted", async () => {
    for (let n = 0; n < 98; n += 14) {
      await Promise.all(Array.from({ length: 14 }, () => newEndpoint(workspace, { dialect: "atomic" })));
    }
    const answers = await Promise.all(Array.from({ length: 5 }, () => subscribe()));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe("limit_reached");
    const listed = (await ask("GET", "/webhook")).body.data;
    expect(listed).toHaveLength(100);
    await call("DELETE", `/v1/endpoints/${listed[0].id}`, { key: workspace.key });
    expect((await subscribe()).status).toBe(201);
    expect(
      await call("GET", "/v1/audit?action=endpoint.created&limit=200", { key: workspace.key }),
    ).toMatchObject({
      body: { data: { length: 101 } },
    });
  });
});

describe("the list", () => {
  it("has the details with the secret, for the workbench only", async () => {
    const made = (await subscribe()).body.data;
    await newEndpoint(workspace, { dialect: "atlas" });
    const more = { method: "POST", disabled: false };
    expect((await ask("GET", "/webhook")).body).toEqual({ data: [{ ...made, ...more }] });
    const { secret: _secret, ...open } = made;
    const asAdmin = await ask("GET", "/webhook", undefined, workspace.key);
    expect(asAdmin.body).toEqual({ data: [{ ...open, ...more, headers: { "My-Custom-Header": "***" } }] });
  });

  it("shows the card that a subscription is for, its method, and whether it is disabled", async () => {
    const card = { cardTemplateId: "t1", actionFlowConfigId: "f1", method: "PUT" };
    const { id } = (await subscribe(card)).body.data;
    const shown = async () => (await ask("GET", "/webhook")).body.data[0];
    expect(await shown()).toMatchObject({ ...card, disabled: false });
    await ask("DELETE", `/webhook/${id}`);
    expect(await shown()).toMatchObject({ id, ...card, disabled: true });
    await call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body: { status: "paused" } });
    expect((await shown()).disabled).toBe(false);
  });
});

describe("a subscription", () => {
  it("is tested with an event that no receiver has seen, each time", async () => {
    const { id } = (await subscribe()).body.data;
    const ids: string[] = [];
    const stub = {
      test: async ({ event }: { event: Event }) => {
        ids.push(JSON.parse(event.data).id);
        return { outcome: "success", error: null, durationMs: 1, response: null };
      },
    };
    const ENDPOINT = { getByName: () => stub } as unknown as Env["ENDPOINT"];
    for (let n = 0; n < 3; n++) {
      const path = `/compat/atomic/v1/${workspace.id}/webhook/${id}/test`;
      expect((await call("POST", path, { key: workbench, env: { ENDPOINT } })).status).toBe(200);
    }
    expect([ids.length, new Set(ids).size]).toEqual([3, 3]);
  });

  it("is disabled by DELETE: it stays, and can be enabled again", async () => {
    const { id } = (await subscribe()).body.data;
    const answer = await ask("DELETE", `/webhook/${id}`);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(await publish("card-published", {})).toBe(0);
    const endpoint = await call("GET", `/v1/endpoints/${id}`, { key: workspace.key });
    expect(endpoint.body.status).toBe("disabled");
    const change = { key: workspace.key, body: { status: "enabled" } };
    expect((await call("PATCH", `/v1/endpoints/${id}`, change)).status).toBe(200);
    expect(await publish("card-published", {})).toBe(1);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
  });

  it("that is deleted through /v1 is unknown here", async () => {
    const { id } = (await subscribe()).body.data;
    expect((await call("DELETE", `/v1/endpoints/${id}`, { key: workspace.key })).status).toBe(204);
    expect((await ask("DELETE", `/webhook/${id}`)).status).toBe(404);
    expect((await ask("GET", "/webhook")).body.data).toEqual([]);
  });

  it("of another dialect, or of nobody, is unknown here", async () => {
    const { id } = await newEndpoint(workspace, { dialect: "atlas" });
    for (const unknown of [id, "ep_none"]) {
      expect((await ask("DELETE", `/webhook/${unknown}`)).status).toBe(404);
      expect((await ask("POST", `/webhook/${unknown}/test`)).status).toBe(404);
    }
  });
});
