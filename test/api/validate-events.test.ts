import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LargeWork } from "../../src/http/large-work.ts";
import { badFields, call, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeEach(async () => {
  workspace = await newWorkspace();
  const body = { validate_events: true };
  expect((await call("PATCH", "/v1/workspace", { key: workspace.key, body })).status).toBe(200);
});

afterEach(() => {
  vi.useRealTimers();
});

const publish = (type: string, data: unknown) =>
  call("POST", "/v1/events", { key: workspace.key, body: { type, data } });
const setType = (type: string, schema: object | null) =>
  call("PUT", `/v1/event-types/${type}`, {
    key: workspace.key,
    body: { category: "Own", sample: { n: 1 }, schema },
  });

it("refuses an event of an unknown type, or whose data does not fit, with the paths", async () => {
  expect(badFields(await publish("no.such", {}))).toEqual(["type"]);
  const wrong = await publish("deal.won", { id: 7, title: "T", value: "much", closedAt: "today" });
  expect(wrong.status).toBe(422);
  expect(badFields(wrong)).toEqual(["data", "data.closedAt", "data.id", "data.value"]);
  const right = { id: "d", title: "T", value: 1, currency: "CAD", closedAt: "2026-01-31T00:00:00Z" };
  expect((await publish("deal.won", right)).status).toBe(202);
  expect((await publish("contact.created", { id: "c", anything: [1] })).status).toBe(202);
});

it("names the place in a batch, and stores none of it", async () => {
  const events = [
    { type: "deal.created", data: { id: "d1" } },
    { type: "deal.created", data: { id: "d2", tags: ["a", 2] } },
  ];
  const answer = await call("POST", "/v1/events/batch", { key: workspace.key, body: { events } });
  expect(badFields(answer)).toEqual(["events[1].data.tags[1]"]);
  expect((await call("GET", "/v1/events", { key: workspace.key })).body.data).toEqual([]);
});

it("checks nothing where the workspace did not ask for it", async () => {
  const other = await newWorkspace();
  const body = { type: "no.such", data: {} };
  expect((await call("POST", "/v1/events", { key: other.key, body })).status).toBe(202);
});

it("follows a change of the type at once in the isolate that made it", async () => {
  expect((await publish("own.type", { n: 1 })).status).toBe(422);
  await setType("own.type", null);
  expect((await publish("own.type", { n: "any" })).status).toBe(202);
  await setType("own.type", { properties: { n: { type: "integer" } } });
  expect((await publish("own.type", { n: "any" })).status).toBe(422);
  await call("DELETE", "/v1/event-types/own.type", { key: workspace.key });
  expect((await publish("own.type", { n: 1 })).status).toBe(422);
});

it("follows a change that another isolate made within 10 s, and asks D1 nothing per event", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await setType("own.type", { properties: { n: { type: "integer" } } });
  expect((await publish("own.type", { n: "text" })).status).toBe(422);
  await env.DB.prepare(
    "UPDATE event_types SET schema = NULL, updated_at = updated_at + 1 WHERE workspace_id = ?",
  )
    .bind(workspace.id)
    .run();
  // Within its time what is known is used: D1 was not asked again.
  expect((await publish("own.type", { n: "text" })).status).toBe(422);
  vi.setSystemTime(Date.now() + 10_000);
  expect((await publish("own.type", { n: "text" })).status).toBe(202);
});

it("asks again beside a request's work once what is known is some seconds old", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await setType("own.type", { properties: { n: { type: "integer" } } });
  expect((await publish("own.type", { n: 1 })).status).toBe(202);
  for (let second = 0; second < 20; second += 5) {
    vi.setSystemTime(Date.now() + 5000);
    expect((await publish("own.type", { n: 1 })).status).toBe(202);
    expect((await publish("own.type", { n: "x" })).status).toBe(422);
  }
});

/** As many numbers as an event of nearly 1 MiB has room for. */
const numbers = (count: number) => Array(count).fill(1);

it("answers an event that is wrong in 60,000 places with 20 of them, however long the schema is", async () => {
  const words = Array.from({ length: 3000 }, (_, index) => `v${index}`);
  await setType("own.words", { properties: { l: { items: { enum: words } } } });
  const answer = await publish("own.words", { l: numbers(60_000) });
  expect([answer.status, answer.body.errors.length]).toEqual([422, 20]);
  expect(answer.text.length).toBeLessThan(10_000);
  expect(badFields(await publish("deal.created", { id: "d", tags: numbers(500_000) }))).toHaveLength(20);
});

it("refuses an event that takes too long to check, saying so, and takes it with less data", async () => {
  const anyOf = Array.from({ length: 28 }, (_, index) => ({ const: index + 2 }));
  await setType("own.wide", { properties: { l: { items: { anyOf: [...anyOf, { const: 1 }] } } } });
  const answer = await publish("own.wide", { l: numbers(180_000) });
  expect([answer.status, badFields(answer)]).toEqual([422, ["data"]]);
  expect(answer.body.errors[0].message).toMatch(/^takes too long to check by the schema of its type/);
  expect((await publish("own.wide", { l: numbers(1000) })).status).toBe(202);
});

it("gives the thread back between the events of a batch, and refuses one that takes too long in all", async () => {
  const anyOf = Array.from({ length: 30 }, (_, index) => ({ const: index }));
  await setType("own.wide", { properties: { l: { items: { anyOf } } } });
  const batch = (events: number, count: number) => {
    const event = { type: "own.wide", data: { l: Array(count).fill(29) } };
    const body = { events: Array(events).fill(event) };
    return call("POST", "/v1/events/batch", { key: workspace.key, body });
  };
  const timers = vi.spyOn(globalThis, "setTimeout");
  // 60 events of about 60,000 steps: 3.6 million.
  expect((await batch(60, 1000)).status).toBe(202);
  expect(timers.mock.calls.filter(([, delay]) => delay === 0).length).toBeGreaterThan(6);
  timers.mockRestore();
  const tooMuch = await batch(1000, 1000);
  expect([tooMuch.status, badFields(tooMuch)]).toEqual([422, ["events"]]);
  expect(tooMuch.body.errors[0].message).toBe("take too long to check together: send fewer in one batch");
});

it("has small events that take long to check wait for their turn among large work, and others not", async () => {
  const anyOf = Array.from({ length: 30 }, (_, index) => ({ const: index }));
  await setType("own.wide", { properties: { l: { items: { anyOf } } } });
  const batch = (type: string, events: number, data: unknown) => {
    const body = { events: Array(events).fill({ type, data }) };
    return call("POST", "/v1/events/batch", { key: workspace.key, body });
  };
  const wide = { l: Array(500).fill(29) };
  const contact = { id: "c" };
  expect([
    (await batch("own.wide", 1, wide)).status,
    (await batch("contact.created", 1, contact)).status,
  ]).toEqual([202, 202]);
  const turn = vi.spyOn(LargeWork.prototype, "beginPiece");
  const turnsOf = async (type: string, events: number, data: unknown) => {
    turn.mockClear();
    expect((await batch(type, events, data)).status).toBe(202);
    return turn.mock.calls.length;
  };
  // To read the body is one, which a small one does not wait for.
  expect(await turnsOf("contact.created", 60, contact)).toBe(1);
  // About 240,000 steps.
  expect(await turnsOf("own.wide", 1, { l: Array(4000).fill(29) })).toBe(2);
  // About 1.2 million.
  expect(await turnsOf("own.wide", 40, wide)).toBeGreaterThanOrEqual(5);
  turn.mockRestore();
});

it("makes the checks of long schemas in turns among large work, once", async () => {
  const words = Array.from({ length: 2600 }, (_, index) => `word-${index}`);
  for (let index = 0; index < 4; index++)
    await setType(`long.t${index}`, { properties: { word: { enum: words } } });
  const body = { events: [0, 1, 2, 3].map((index) => ({ type: `long.t${index}`, data: {} })) };
  const turn = vi.spyOn(LargeWork.prototype, "beginPiece");
  const turnsOf = async () => {
    turn.mockClear();
    const answer = await call("POST", "/v1/events/batch", { key: workspace.key, body });
    expect(answer.status).toBe(202);
    return turn.mock.calls.length;
  };
  // To read the body is one, which a small one does not wait for.
  expect(await turnsOf()).toBeGreaterThanOrEqual(3);
  expect(await turnsOf()).toBe(1);
  turn.mockRestore();
});

it("checks a batch of many types, and names what is wrong in the order of its events", async () => {
  for (let index = 0; index < 10; index++) await setType(`many.t${index}`, { required: ["n"] });
  const events = Array.from({ length: 40 }, (_, index) => ({
    type: `many.t${index % 10}`,
    data: index % 13 === 0 ? {} : { n: 1 },
  }));
  const answer = await call("POST", "/v1/events/batch", { key: workspace.key, body: { events } });
  const paths = answer.body.errors.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(["events[0].data", "events[13].data", "events[26].data", "events[39].data"]);
});

it("answers names that are half of a surrogate pair like any other", async () => {
  for (const schema of [{ additionalProperties: false }, { unevaluatedProperties: false }]) {
    await setType("own.closed", { properties: { n: { type: "number" } }, ...schema });
    const body = '{"type":"own.closed","data":{"\\ud800":1}}';
    const answer = await call("POST", "/v1/events", { key: workspace.key, body });
    expect([answer.status, answer.body.errors.length]).toEqual([422, 1]);
  }
});
