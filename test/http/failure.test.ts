import { afterEach, expect, it, vi } from "vitest";
import { call, newWorkspace, unreachable } from "../api/client.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("logs a request that failed with 5xx in one line, without its key and body", async () => {
  const { id, key } = await newWorkspace();
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  const body = { type: "a.b", data: { note: "private" } };
  const answer = await call("POST", "/v1/events", { key, body, env: { EVENT_LOG: unreachable() } });
  expect(answer.status).toBe(500);
  expect(print).toHaveBeenCalledOnce();
  const line = print.mock.calls[0]?.[0] as string;
  expect(JSON.parse(line)).toMatchObject({
    level: "error",
    message: "request failed",
    request_id: answer.body.request_id,
    method: "POST",
    path: "/v1/events",
    status: 500,
    code: "internal",
    workspace: id,
    key: expect.stringMatching(/^key_/),
    error: expect.stringContaining("the object is not there"),
  });
  expect(line).not.toContain(key);
  expect(line).not.toContain("private");
});

it("logs nothing of a request that was the caller's mistake", async () => {
  const { key } = await newWorkspace();
  const print = vi.spyOn(console, "error");
  expect((await call("POST", "/v1/events", { key, body: {} })).status).toBe(422);
  expect((await call("GET", "/v1/endpoints/ep_none", { key })).status).toBe(404);
  expect(print).not.toHaveBeenCalled();
});

it.each([
  "schema 4 is newer than this code's 3",
  'The RPC receiver does not implement the method "retryMany".',
  "Durable Object reset because its code was updated.",
  "The Durable Object's code has been updated, this version can no longer access storage.",
  "Network connection lost.",
  "no answer within 60000 ms",
  "internal error; reference = 5f2kq0r1m8",
  "get: We encountered an internal error. Please try again. (10001)",
  "the object starts anew: a change of what is stored failed",
])("answers 503 with Retry-After, not 500, of an object that says: %s", async (text) => {
  const { key } = await newWorkspace();
  vi.spyOn(console, "error").mockImplementation(() => {});
  const stub = new Proxy({}, { get: () => () => Promise.reject(new TypeError(text)) });
  const EVENT_LOG = { getByName: () => stub } as never;
  const answer = await call("POST", "/v1/events", {
    key,
    body: { type: "a.b", data: {} },
    env: { EVENT_LOG },
  });
  expect([answer.status, answer.body.code]).toEqual([503, "overloaded"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("answers 503 with Retry-After, not 500, of an object that answers what only newer code knows", async () => {
  const { key } = await newWorkspace();
  vi.spyOn(console, "error").mockImplementation(() => {});
  const stub = new Proxy({}, { get: () => async () => ({ outcome: "of_tomorrow" }) });
  const EVENT_LOG = { getByName: () => stub } as never;
  const answer = await call("POST", "/v1/events", {
    key,
    body: { type: "a.b", data: {} },
    env: { EVENT_LOG },
  });
  expect([answer.status, answer.body.code]).toEqual([503, "overloaded"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("logs requests that are refused since too much waits once a minute for each workspace", async () => {
  const stub = new Proxy({}, { get: () => async () => ({ outcome: "overloaded", retryAfterSeconds: 1 }) });
  const EVENT_LOG = { getByName: () => stub } as never;
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  const [one, other] = [await newWorkspace(), await newWorkspace()];
  const publish = ({ key }: { key: string }) =>
    call("POST", "/v1/events", { key, body: { type: "a.b", data: {} }, env: { EVENT_LOG } });
  for (const whose of [one, one, other, one]) {
    const answer = await publish(whose);
    expect([answer.status, answer.body.code]).toEqual([503, "overloaded"]);
  }
  const told = () => print.mock.calls.map(([line]) => JSON.parse(line as string));
  expect(told().map(({ workspace, more }) => [workspace, more])).toEqual([
    [one.id, undefined],
    [other.id, undefined],
  ]);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  await publish(one);
  vi.useRealTimers();
  expect(told().at(-1)).toMatchObject({ message: "request failed", workspace: one.id, more: 2 });
});
