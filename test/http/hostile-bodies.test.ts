import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, badFields, call, newEndpoint, newKey, newWorkspace, OPERATOR } from "../api/client.ts";

/* Bodies that are wrong on purpose, to every route that takes one: answered soon, shortly, and never with 500. */

interface Route {
  method: string;
  path: string;
}

let routes: Route[];
let key: string;
let workbench: string;
let endpointId: string;
let inboxId: string;
let workspaceId: string;

beforeAll(async () => {
  const workspace = await newWorkspace();
  workspaceId = workspace.id;
  key = workspace.key;
  workbench = await newKey(workspace, "workbench");
  endpointId = (await newEndpoint(workspace)).id;
  inboxId = (await call("POST", "/v1/inboxes", { key, body: {} })).body.id;
  const { body } = await call("GET", "/openapi.json");
  routes = Object.entries(body.paths as Record<string, Record<string, { requestBody?: object }>>).flatMap(
    ([path, operations]) =>
      Object.entries(operations)
        .filter(([method, { requestBody }]) => requestBody !== undefined && method !== "get")
        .map(([method]) => ({ method: method.toUpperCase(), path })),
  );
});

/** Sends a body to a route with a key that may use it, and with ids of what there is. */
function send({ method, path }: Route, body: string): Promise<Answer> {
  const isOperators = path.startsWith("/v1/workspaces");
  const isAtomics = path.includes("/compat/atomic/");
  const parts: Record<string, string> = {
    ...{ type: "own.type", environment_id: workspaceId },
    id: isOperators ? workspaceId : path.startsWith("/v1/inboxes") ? inboxId : endpointId,
  };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? "none");
  return call(method, filled, { key: isOperators ? OPERATOR : isAtomics ? workbench : key, body });
}

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const WRONG = [400, 422];

describe("every route that takes a body", () => {
  it("is among those that are tried", () => {
    const named = routes.map(({ method, path }) => `${method} ${path}`);
    expect(named).toEqual(
      expect.arrayContaining([
        ...["POST /v1/endpoints", "PATCH /v1/endpoints/{id}", "POST /v1/events", "POST /v1/events/batch"],
        ...["POST /v1/event-types", "PUT /v1/event-types/{type}", "POST /v1/endpoints/preview"],
        ...["POST /compat/voice/events-gateway/trigger/subscribe", "POST /v1/workspaces"],
        "POST /compat/atomic/v1/{environment_id}/webhook",
      ]),
    );
  });

  it.each(["unknown_field", "url", "types", "sample", "schema", "data", "hookUrl", "headers"])(
    "refuses a %s of 5,000 nested arrays, and names it",
    async (field) => {
      for (const route of routes) {
        const answer = await send(route, `{"${field}":${nested(5000)}}`);
        const told = { ...route, status: answer.status, fields: badFields(answer) };
        // A batch names what it does not know before it looks into it.
        expect(told).toEqual({
          ...route,
          status: expect.toBeOneOf(WRONG),
          fields: expect.arrayContaining([field]),
        });
        expect(answer.text.length).toBeLessThan(2000);
      }
    },
  );

  it("answers hundreds of thousands of unknown fields, and one with a name of 200 KB, with a short list", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `"f${index}":1`).join(",");
    for (const body of [`{${many}}`, `{"${"x".repeat(200_000)}":1}`]) {
      for (const route of routes) {
        const answer = await send(route, body);
        expect([route.path, answer.status]).toEqual([route.path, expect.toBeOneOf(WRONG)]);
        expect(answer.text.length).toBeLessThan(110_000);
      }
    }
  });

  it("names the field, not its items, where a list has far too many of them", async () => {
    const list = JSON.stringify(Array(100_000).fill(0));
    const wrong = async (method: string, path: string, body: string) => send({ method, path }, body);
    const url = '"url":"https://receiver.example/hook"';
    for (const field of ["types", "stages", "tags"]) {
      expect(badFields(await wrong("POST", "/v1/endpoints", `{${url},"${field}":${list}}`))).toEqual([field]);
      expect(badFields(await wrong("PATCH", "/v1/endpoints/{id}", `{"${field}":${list}}`))).toEqual([field]);
    }
    const retry = await wrong("PATCH", "/v1/endpoints/{id}", `{"retry":{"delays":${list}}}`);
    expect(badFields(retry)).toEqual(["retry.delays"]);
    const replay = await wrong("POST", "/v1/endpoints/{id}/replays", `{"event_ids":${list}}`);
    expect(badFields(replay)).toEqual(["event_ids"]);
    const tagged = `{"type":"a.b","data":{},"tags":${list}}`;
    expect(badFields(await wrong("POST", "/v1/events", tagged))).toEqual(["tags"]);
    expect(badFields(await wrong("POST", "/v1/events/batch", `{"events":${list}}`))).toEqual(["events"]);
    const card = await wrong(
      "POST",
      "/compat/atomic/v1/{environment_id}/webhook",
      `{${url},"types":${list}}`,
    );
    expect([card.status, badFields(card)]).toEqual([400, ["types"]]);
  });

  it("names `headers` once where there are 10,000 of them", async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`bad name ${index}`, ""]),
    );
    const answer = await send({ method: "PATCH", path: "/v1/endpoints/{id}" }, JSON.stringify({ headers }));
    expect(badFields(answer)).toEqual(["headers"]);
  });
});

describe("nesting", () => {
  it("of 128 levels is taken in a sample, and no more", async () => {
    const withSample = (levels: number) =>
      `{"type":"deep.type","category":"Own","sample":{"a":${nested(levels - 1)}}}`;
    const refused = await send({ method: "POST", path: "/v1/event-types" }, withSample(129));
    expect([refused.status, badFields(refused)]).toEqual([422, ["sample"]]);
    const taken = await send({ method: "POST", path: "/v1/event-types" }, withSample(128));
    expect(taken.status).toBe(201);
  });

  it("counts brackets within texts as text, and JSON that breaks off is not readable", async () => {
    const texts = JSON.stringify({ description: '[{"'.repeat(300) });
    expect((await send({ method: "PATCH", path: "/v1/endpoints/{id}" }, texts)).status).toBe(200);
    const broken = await send({ method: "PATCH", path: "/v1/endpoints/{id}" }, '{"description":"[[[');
    expect([broken.status, broken.body.code]).toEqual([400, "invalid_json"]);
  });
});

describe("a batch", () => {
  const batch = (body: string) => call("POST", "/v1/events/batch", { key, body });
  const event = '{"type":"a.b","data":{}}';

  it("of 8 MiB of wrong items is refused by their number alone", async () => {
    const items = `{},`.repeat(2_700_000);
    const answer = await batch(`{"events":[${items}{}]}`);
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ path: "events", message: "must hold 1 to 1000 events" }],
    ]);
  });

  it("with a million unknown members tells the first of them", async () => {
    const answer = await batch(`{${'"a":0,'.repeat(1_000_000)}"events":[${event}]}`);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]).toEqual({ path: "a", message: "is not known here" });
  });

  it.each([
    ["no list", '{"events":{}}', 422],
    ["an array itself", `[${event}]`, 422],
    ["empty", '{"events":[]}', 422],
    ["without events", "{}", 422],
    ["two lists", `{"events":[${event}],"events":[${event}]}`, 422],
    ["an event that is none", `{"events":[${event},7]}`, 422],
    ["cut off", `{"events":[${event}`, 400],
    ["a comma too many", `{"events":[${event},]}`, 400],
    ["no comma", `{"events":[${event} ${event}]}`, 400],
    ["something behind it", `{"events":[${event}]} x`, 400],
    ["a bracket too many", `{"events":[${event}]]}`, 400],
    ["an event that is no JSON", `{"events":[${event},{"type":a}]}`, 400],
    ["mixed brackets", `{"events":[${event},{"type":[}]}]}`, 400],
    ["text", "events", 400],
  ])("that is %s is refused", async (_what, body, status) => {
    expect((await batch(body)).status).toBe(status);
  });

  it("names the event that is no JSON, and the one that is no object", async () => {
    expect((await batch(`{"events":[${event},{"type":a}]}`)).body.detail).toMatch(/^events\[1\]: /);
    expect(badFields(await batch(`{"events":[${event},7,[]]}`))).toEqual(["events[1]", "events[2]"]);
  });
});

it("tells each repeated name once, in no more than a moment, where an event has 90,000 members", async () => {
  const members = Array.from({ length: 90_000 }, (_, index) => `"a${index}":0`).join(",");
  const answer = await call("POST", "/v1/events", {
    key,
    body: `{"type":"a.b","data":{},${members},"data":{}}`,
  });
  expect(answer.status).toBe(422);
  expect(answer.text.length).toBeLessThan(110_000);
});
