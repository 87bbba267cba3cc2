import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
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
