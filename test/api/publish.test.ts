import { beforeAll, describe, expect, it } from "vitest";
import { ulid } from "../../src/domain/ids.ts";
import { BodyParts } from "../../src/http/body-parts.ts";
import { platform } from "../../src/platform.ts";
import {
  answerTo,
  badFields,
  call,
  newEndpoint,
  newWorkspace,
  unreachable,
  type Workspace,
} from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const publish = (body: unknown, headers?: Record<string, string>) =>
  call("POST", "/v1/events", { key: workspace.key, body, headers });
const event = (id: string) => call("GET", `/v1/events/${id}`, { key: workspace.key });

describe("POST /v1/events", () => {
  it("answers 202 with the event's id and how many endpoints it goes to", async () => {
    await newEndpoint(workspace, { status: "paused", types: ["counted.*"] });
    const { status, body, headers } = await publish({ type: "counted.one", data: {} });
    expect(status).toBe(202);
    expect(body).toEqual({
      id: body.event_id,
      event_id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
      type: "counted.one",
      created: expect.any(Number),
      endpoints: 1,
    });
    expect(headers.get("x-request-id")).toMatch(/^req_/);
    expect((await publish({ type: "counted", data: {} })).body.endpoints).toBe(0);
  });

  it.each([
    '{"n":12345678901234567890,"f":1.0,"e":1e2}',
    '{ "b" : 1 ,\n\t"a" : [ 1 , 2 ] }',
    '{"text":"\\u00e9\\/\\ud83d\\ude00 é 😀","nested":{"data":{"data":"}"}}}',
    '{"data":{"type":"x"},"stage":"won"}',
    `{"long":"${"x".repeat(65_536)}"}`,
    "{}",
  ])("keeps data byte for byte: %.40s", async (data) => {
    const { body } = await publish(`{"tags":["a"],"data" : ${data} ,"type":"exact.bytes"}`);
    const { text } = await event(body.id);
    expect(text.endsWith(`,"data":${data}}`)).toBe(true);
  });

  it("keeps every other field, and fills in what is absent", async () => {
    const given = {
      type: "deal.created",
      data: {},
      created: 1_700_000_000,
      api_version: "2025-12-31",
      tags: ["a", "b"],
      context: { region: "eu" },
    };
    const { id } = (await publish(given)).body;
    expect((await event(id)).body).toMatchObject({ ...given, id, endpoints: 0 });
    const bare = (await event((await publish({ type: "deal.created", data: {} })).body.id)).body;
    expect(bare).toMatchObject({ api_version: "2026-01-15", tags: [], context: {} });
    expect(bare.accepted_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("takes the workspace's api_version where the event names none", async () => {
    const own = await newWorkspace();
    await call("PATCH", "/v1/workspace", { key: own.key, body: { api_version: "2026-11-20" } });
    const { body } = await call("POST", "/v1/events", { key: own.key, body: { type: "a", data: {} } });
    const shown = await call("GET", `/v1/events/${body.id}`, { key: own.key });
    expect(shown.body.api_version).toBe("2026-11-20");
  });

  it("gives the first answer again for the same id and content, and 409 for other content", async () => {
    const id = `evt_${ulid(Date.now(), platform)}`;
    const first = await publish({ id, type: "a.b", data: { n: 1 } });
    expect(first.status).toBe(202);
    expect(first.body.id).toBe(id);
    expect((await publish({ id, type: "a.b", data: { n: 1 } })).body).toEqual(first.body);
    const other = await publish({ id, type: "a.b", data: { n: 2 } });
    expect(other.status).toBe(409);
    expect(other.body.code).toBe("event_conflict");
  });

  it("refuses an id whose time is too far from now", async () => {
    const id = `evt_${ulid(Date.now() - 25 * 3_600_000, platform)}`;
    const answer = await publish({ id, type: "a.b", data: {} });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(["id"]);
  });

  it.each<[string, unknown, string]>([
    ["an array", [], "the body must be a JSON object"],
    [
      "a time in milliseconds",
      { created: 1_763_631_000_000 },
      "created: must be Unix seconds, not milliseconds",
    ],
    ["data that is there", { data: [] }, "data: must be a JSON object"],
    ["data that is not", { data: undefined }, "data: is required, and must be a JSON object"],
  ])("says what is wrong with %s", async (_what, given, detail) => {
    const answer = await publish(
      Array.isArray(given) ? given : { type: "a.b", data: {}, ...(given as object) },
    );
    expect([answer.status, answer.body.detail]).toEqual([422, detail]);
  });

  it("names every bad field at once", async () => {
    const answer = await publish({
      type: "no spaces",
      data: [],
      id: "",
      created: 1.5,
      api_version: "2026-02-30",
      tags: ["x".repeat(129), 3],
      context: { a: 1 },
      colour: "red",
    });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(
      ["api_version", "colour", "context.a", "created", "data", "id", "tags[0]", "tags[1]", "type"].sort(),
    );
  });

  it.each([
    ["no data", { type: "a" }, "data"],
    ["null as data", { type: "a", data: null }, "data"],
    ["no type", { data: {} }, "type"],
    ["a type of the service's own", { type: "webhooks.endpoint.disabled", data: {} }, "type"],
    ["65 tags", { type: "a", data: {}, tags: Array(65).fill("t") }, "tags"],
    ["half of a surrogate pair", '{"type":"a","data":{},"tags":["\\ud800"]}', "tags[0]"],
    ["a key that occurs twice", '{"type":"a","data":{},"data":{}}', "data"],
    ["a key that occurs twice in another spelling", '{"type":"a","data":{},"d\\u0061ta":{}}', "data"],
    ["a key that context has twice", '{"type":"a","data":{},"context":{"k":"1","k":"2"}}', "context.k"],
    ["__proto__ in context", '{"type":"a","data":{},"context":{"__proto__":1}}', "context.__proto__"],
    ["__proto__ as a field", '{"type":"a","data":{},"__proto__":{}}', "__proto__"],
  ])("refuses %s", async (_what, body, path) => {
    const answer = await publish(body);
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toContain(path);
  });

  it.each([
    ["no body", ""],
    ["half of a body", '{"type":'],
    ["two values", "{}{}"],
    ["a comment", "{} // x"],
  ])("answers 400 to %s", async (_what, body) => {
    const answer = await publish(body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("invalid_json");
  });

  it("answers 400 to what is not UTF-8", async () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode('{"type":"a","data":{"x":"'),
      0xff,
      0x22,
      0x7d,
      0x7d,
    ]);
    const answer = await answerTo(request("/v1/events", bytes));
    expect(answer.status).toBe(400);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"])(
    "answers 415 to %s",
    async (type) => {
      expect((await publish({ type: "a", data: {} }, { "content-type": type })).status).toBe(415);
    },
  );

  it("takes an event of 1 MiB and refuses a larger one", async () => {
    const sized = (bytes: number) => {
      const frame = '{"type":"a","data":{"x":""}}';
      return frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`);
    };
    expect((await publish(sized(1024 * 1024))).status).toBe(202);
    expect((await publish(sized(1024 * 1024 + 1))).status).toBe(413);
  });

  it("reads a large body in parts of 64 KiB: each takes the thread as long as one of 4 KiB", async () => {
    const { body } = request("/v1/events", "x".repeat(1024 * 1024));
    const parts = new BodyParts(body as ReadableStream<Uint8Array>);
    const lengths: number[] = [];
    for (let part = await parts.next(); part !== null; part = await parts.next()) lengths.push(part.length);
    expect(lengths.reduce((total, length) => total + length)).toBe(1024 * 1024);
    expect(lengths.length).toBeLessThan(20);
  });

  it("reads an endless body for its answer to arrive, but not for ever", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const answer = await answerTo(request("/v1/events", endless));
    expect(answer.status).toBe(413);
    // 32 MiB are read to be dropped; a client that sends on sees the connection end.
    expect(pulled * 64 * 1024).toBeLessThan(36 * 1024 * 1024);
  });

  it("answers 500 without internals when the log fails", async () => {
    const answer = await call("POST", "/v1/events", {
      key: workspace.key,
      body: { type: "a", data: {} },
      env: { EVENT_LOG: unreachable() },
    });
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe("internal");
    expect(answer.text).not.toContain("not there");
    expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
  });
});

function request(path: string, body: BodyInit): Request {
  const headers = { authorization: `Bearer ${workspace.key}`, "content-type": "application/json" };
  return new Request(`https://atlas.test${path}`, { method: "POST", headers, body });
}
