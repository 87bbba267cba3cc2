import { describe, expect, it } from "vitest";
import { Atlas, AtlasError } from "../../../src/sdk/client/index.ts";
import { clientOf, type Told } from "./answering.ts";

const overloaded: Told = {
  status: 503,
  headers: { "Retry-After": "0", "X-Request-Id": "req_1" },
  body: { code: "overloaded", title: "Too much is waiting", detail: "Come again.", status: 503 },
};
const accepted: Told = { status: 202, body: { id: "evt_1", type: "a.b", created: 1, endpoints: 0 } };

async function failure(promise: Promise<unknown>): Promise<AtlasError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AtlasError);
  return error as AtlasError;
}

describe("a request", () => {
  it("carries the key, its body, and the query's values that are given", async () => {
    const { atlas, asked } = await clientOf(() => ({ status: 200, body: { data: [], next_cursor: null } }));
    await atlas.events.list({ type: "deal.*", limit: 5 }).page();
    expect(asked[0]).toMatchObject({ method: "GET", path: "/v1/events?type=deal.*&limit=5" });
    expect(asked[0]?.headers.authorization).toBe("Bearer ak_test");
    await atlas.endpoints.update("ep_1", { description: "new" });
    expect(asked[1]).toMatchObject({
      method: "PATCH",
      path: "/v1/endpoints/ep_1",
      body: { description: "new" },
    });
  });

  it("writes ids of any text into a path as one part of it", async () => {
    const { atlas, asked } = await clientOf(() => ({ status: 200, body: {} }));
    await atlas.events.get("order/17 ü?");
    expect(asked[0]?.path).toBe("/v1/events/order%2F17%20%C3%BC%3F");
  });

  it("is repeated after 503, 429 and a broken connection, with one Idempotency-Key", async () => {
    const answers: Told[] = [overloaded, "cut", { ...overloaded, status: 429 }, accepted];
    const { atlas, asked } = await clientOf((_asked, count) => answers[count - 1] ?? accepted);
    await atlas.events.publish({ type: "a.b", data: {} });
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    await atlas.events.publish({ type: "a.b", data: {} });
    expect(asked[4]?.headers["idempotency-key"]).not.toBe(asked[0]?.headers["idempotency-key"]);
  });

  it("carries the caller's own Idempotency-Key", async () => {
    const { atlas, asked } = await clientOf(() => accepted);
    await atlas.events.publish({ type: "a.b", data: {} }, { idempotencyKey: "order-17" });
    expect(asked[0]?.headers["idempotency-key"]).toBe("order-17");
  });

  it("is repeated so often and no more, and fails with what was answered last", async () => {
    const { atlas, asked } = await clientOf(() => overloaded, { retries: 2 });
    const error = await failure(atlas.events.publish({ type: "a.b", data: {} }));
    expect(asked).toHaveLength(3);
    expect(error).toMatchObject({
      code: "overloaded",
      status: 503,
      requestId: "req_1",
      message: "Come again.",
    });
  });

  it("is not repeated where the answer would be the same", async () => {
    const errors = [{ path: "url", message: "must be an https URL" }];
    const body = { code: "invalid_request", title: "Fields", detail: "url: must be an https URL", errors };
    const { atlas, asked } = await clientOf(() => ({ status: 422, body }));
    const error = await failure(atlas.endpoints.create({ url: "x" }));
    expect(asked).toHaveLength(1);
    expect(error).toMatchObject({ code: "invalid_request", status: 422, errors });
  });

  it("fails with `internal` where a proxy answers with a page of its own", async () => {
    const { atlas } = await clientOf(() => ({ status: 502, body: "<html>" }), { retries: 0 });
    expect(await failure(atlas.workspace.get())).toMatchObject({ code: "internal", status: 502 });
  });

  it("fails with `timeout` without an answer in time", async () => {
    const { atlas } = await clientOf(() => "never", { timeoutMs: 50, retries: 0 });
    expect(await failure(atlas.workspace.get())).toMatchObject({ code: "timeout", status: 0 });
  });

  it("ends with the caller's signal, also while it waits to be repeated", async () => {
    const { atlas, asked } = await clientOf(() => ({ ...overloaded, headers: { "Retry-After": "3600" } }));
    const controller = new AbortController();
    const ended = failure(atlas.workspace.get({ signal: controller.signal }));
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    expect(await ended).toMatchObject({ code: "aborted" });
    expect(asked).toHaveLength(1);
  });
});

it("a list is gone through to its end, also over a page that is empty", async () => {
  const pages: Record<string, unknown> = {
    "": { data: [{ id: "ep_1" }], next_cursor: "a b" },
    "a b": { data: [], next_cursor: "c" },
    c: { data: [{ id: "ep_2" }], next_cursor: null },
  };
  const { atlas, asked } = await clientOf(({ path }) => {
    const cursor = new URL(path, "http://service").searchParams.get("cursor") ?? "";
    return { status: 200, body: pages[cursor] };
  });
  const ids: string[] = [];
  for await (const { id } of atlas.endpoints.list({ status: "enabled" })) ids.push(id);
  expect(ids).toEqual(["ep_1", "ep_2"]);
  expect(asked.every(({ path }) => path.includes("status=enabled"))).toBe(true);
});

describe("batching", () => {
  const answered = (bodies: unknown): Told => {
    const { events } = bodies as { events: { type: string }[] };
    return { status: 202, body: { events: events.map(({ type }) => ({ id: `evt_${type}`, type })) } };
  };

  it("sends what comes together in one request, and gives each its own answer", async () => {
    const { atlas, asked } = await clientOf(({ body }) => answered(body));
    const batching = atlas.events.batching();
    const accepted = await Promise.all(["a", "b", "c"].map((type) => batching.publish({ type, data: {} })));
    expect(asked).toHaveLength(1);
    expect(accepted.map(({ id }) => id)).toEqual(["evt_a", "evt_b", "evt_c"]);
  });

  it("sends 1,000 at once, and the rest after them", async () => {
    const { atlas, asked } = await clientOf(({ body }) => answered(body));
    const batching = atlas.events.batching();
    await Promise.all(Array.from({ length: 1500 }, () => batching.publish({ type: "a", data: {} })));
    expect(asked.map(({ body }) => (body as { events: unknown[] }).events.length)).toEqual([1000, 500]);
  });

  it("lets a wrong event fail alone", async () => {
    const { atlas } = await clientOf(({ body }) => {
      const isWrong = (body as { events: { type: string }[] }).events.some(({ type }) => type === "bad");
      return isWrong ? { status: 422, body: { code: "invalid_request", title: "Fields" } } : answered(body);
    });
    const batching = atlas.events.batching();
    const outcomes = await Promise.allSettled(
      ["a", "bad", "c"].map((type) => batching.publish({ type, data: {} })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});

describe("the client names what it was given wrongly", () => {
  it.each(["", "/v1", "webhooks.example.com", "ftp://webhooks.example.com"])("a baseUrl of %j", (baseUrl) => {
    expect(() => new Atlas({ key: "ak_test", baseUrl })).toThrow(
      new TypeError(
        `baseUrl must be an http or https URL, as https://webhooks.example.com, not ${JSON.stringify(baseUrl)}.`,
      ),
    );
  });

  it("an empty id, for which another route would answer", async () => {
    const { atlas, asked } = await clientOf(() => accepted);
    await expect(atlas.endpoints.get("")).rejects.toThrow("An id or a name is empty");
    await expect(atlas.endpoints.delivery("", "dlv_1")).rejects.toThrow("/v1/endpoints//deliveries/dlv_1");
    expect(asked).toEqual([]);
  });
});
