import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import type { LogSubscription } from "../../src/domain/endpoint.ts";
import type { Env } from "../../src/env.ts";
import { badFields, call, newWorkspace, unreachable, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const create = (body: unknown) => call("POST", "/v1/endpoints", { key: workspace.key, body });
const get = (path: string) => call("GET", `/v1/endpoints${path}`, { key: workspace.key });

describe("POST /v1/endpoints", () => {
  it("fills in the defaults of the service and of its dialect, and shows the secret once", async () => {
    const { status, body } = await create({ url: "https://receiver.example/hook" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^ep_[0-9A-Z]{26}$/),
      url: "https://receiver.example/hook",
      description: "",
      metadata: {},
      dialect: "standard",
      dialect_options: {},
      types: ["*"],
      stages: [],
      tags: [],
      context: {},
      filter: null,
      serialize: false,
      method: "POST",
      headers: {},
      auth: null,
      retry: { delays: [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400], jitter: 0.1 },
      timeout: 10,
      max_in_flight: 32,
      rate_limit: null,
      on_dead_letter: "continue",
      disable_after: null,
      status: "enabled",
      status_reason: null,
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const shown = await get(`/${body.id}`);
    expect(shown.body).not.toHaveProperty("secret");
  });

  it("keeps every field it is given", async () => {
    const given = {
      url: "https://receiver.example/all",
      description: "everything",
      metadata: { team: "sales" },
      dialect: "atlas",
      types: ["deal.*", "contact.created"],
      stages: ["won"],
      tags: ["eu"],
      context: { region: "eu" },
      filter: null,
      serialize: true,
      method: "PUT",
      retry: { delays: [0.1, 1, 604800], jitter: 0.5 },
      timeout: 2.5,
      max_in_flight: 100,
      rate_limit: { per_second: 5 },
      on_dead_letter: "pause",
      disable_after: { consecutive_failures: 23 },
      status: "paused",
    };
    const { status, body } = await create(given);
    expect(status).toBe(201);
    expect((await get(`/${body.id}`)).body).toMatchObject(given);
  });

  it("refuses a user name that basic authentication could not carry", async () => {
    const auth = { type: "basic", username: "a:b", password: "c" };
    const answer = await create({ url: "https://receiver.example/", auth });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(["auth.username"]);
  });

  it("names every bad field at once, unknown ones and broken rules too", async () => {
    const answer = await create({
      url: "https://10.0.0.1/",
      colour: "red",
      types: [],
      timeout: 31,
      max_in_flight: 101,
      headers: { Host: "x", "webhook-id": "x", "bad name": "x", ok: "line\r\nbreak" },
      retry: { delays: [0.01], jitter: 0.6 },
      filter: "deal.value >",
      dialect_options: { mood: "good" },
      secret: "short",
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.code).toBe("invalid_request");
    expect(badFields(answer)).toEqual(
      [
        "colour",
        "dialect_options.mood",
        "filter",
        "headers.Host",
        "headers.bad name",
        "headers.ok",
        "headers.webhook-id",
        "max_in_flight",
        "retry.delays[0]",
        "retry.jitter",
        "secret",
        "timeout",
        "types",
        "url",
      ].sort(),
    );
  });

  it("refuses headers that are too large together, those it has kept included", async () => {
    const fitting = { one: "x".repeat(3000), two: "x".repeat(3000) };
    const { status, body } = await create({ url: "https://receiver.example/", headers: fitting });
    expect(status).toBe(201);
    const larger = { one: "***", two: "***", three: "x".repeat(200) };
    const answer = await call("PATCH", `/v1/endpoints/${body.id}`, {
      key: workspace.key,
      body: { headers: larger },
    });
    expect([answer.status, badFields(answer)]).toEqual([422, ["headers"]]);
  });

  it("refuses headers that belong to HTTP, to the dialect, or that are set twice", async () => {
    const headers = { Host: "x", "Content-Length": "3", "Webhook-Id": "x", "X-A": "1", "x-a": "2" };
    const answer = await create({ url: "https://receiver.example/", headers });
    expect(badFields(answer)).toEqual([
      "headers.Content-Length",
      "headers.Host",
      "headers.Webhook-Id",
      "headers.x-a",
    ]);
  });

  it("refuses null as the secret of a signed dialect, and a secret for an unsigned one", async () => {
    expect(badFields(await create({ url: "https://receiver.example/", secret: null }))).toEqual(["secret"]);
    const unsigned = { url: "https://receiver.example/", dialect: "voice", secret: "a-secret-that-is-long" };
    expect(badFields(await create(unsigned))).toEqual(["secret"]);
    expect((await create({ ...unsigned, secret: null })).status).toBe(201);
  });

  it("refuses a dialect that is not in the table", async () => {
    for (const dialect of ["klingon", "constructor", "__proto__"]) {
      const url = "https://receiver.example/";
      expect(badFields(await create({ url, dialect }))).toEqual(["dialect"]);
      expect(badFields(await create({ url, dialect, dialect_options: { mode: "x" } }))).toEqual(["dialect"]);
    }
    const { body } = await create({ url: "https://receiver.example/", dialect: "klingon" });
    expect(body.detail).toBe(`dialect: must be one of: ${Object.keys(dialects).join(", ")}`);
  });

  it("refuses a query parameter that occurs twice, on any route that takes some", async () => {
    const answer = await get("?limit=5&limit=7");
    expect([answer.status, answer.body.detail]).toEqual([422, "limit: must not occur twice"]);
  });

  it("refuses a field that the body has twice, whatever its values, and changes nothing", async () => {
    const { body: made } = await create({ url: "https://receiver.example/" });
    const twice = await call("PATCH", `/v1/endpoints/${made.id}`, {
      key: workspace.key,
      body: '{"description":"one","description":"other","retry":{"delays":[1],"delays":[1]}}',
    });
    expect([twice.status, badFields(twice)]).toEqual([422, ["description", "retry.delays"]]);
    expect((await get(`/${made.id}`)).body.description).toBe("");
  });

  it("stores nothing when it refuses", async () => {
    const before = (await get("?limit=200")).body.data.length;
    await create({ url: "https://receiver.example/", timeout: 0 });
    expect((await get("?limit=200")).body.data).toHaveLength(before);
  });

  it("answers 503 while the objects cannot be reached, and leaves no endpoint behind", async () => {
    const before = (await get("?limit=200")).body.data.length;
    const answer = await call("POST", "/v1/endpoints", {
      key: workspace.key,
      body: { url: "https://receiver.example/" },
      env: { EVENT_LOG: unreachable() },
    });
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe("sync_pending");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await get("?limit=200")).body.data).toHaveLength(before);
  });

  describe("for many at the same moment", () => {
    const atOnce = (count: number, key: string, environment: Partial<Env> = {}) =>
      Promise.all(
        Array.from({ length: count }, (_, n) =>
          call("POST", "/v1/endpoints", {
            key,
            headers: { "idempotency-key": `at-once-${n}` },
            body: {
              ...{ url: `https://receiver.example/${n}`, status: "paused" },
              types: [n % 2 ? "own.type" : "deal.created"],
            },
            env: environment,
          }),
        ),
      );

    /** D1, and how often it was asked. */
    function asked(): { DB: D1Database; times(): number } {
      let times = 0;
      const counted = new Proxy(env.DB, {
        get(of, name) {
          if (name === "batch") times++;
          const value: unknown = Reflect.get(of, name, of);
          return typeof value === "function" ? value.bind(of) : value;
        },
      });
      return { DB: counted, times: () => times };
    }

    it("stores them in a few batches, and answers each with what is its own", async () => {
      const { key } = await newWorkspace();
      const { DB, times } = asked();
      const answers = await atOnce(10, key, { DB });
      expect(times()).toBeLessThan(5);
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
      expect(answers.map(({ body }) => body.url)).toEqual(
        answers.map((_, n) => `https://receiver.example/${n}`),
      );
      expect(new Set(answers.map(({ body }) => body.secret)).size).toBe(10);
      const warned = answers.map(({ body }) => body.warnings?.length ?? 0);
      expect(warned).toEqual(answers.map((_, n) => n % 2));
      const again = await atOnce(10, key);
      expect(again.map(({ text }) => text)).toEqual(answers.map(({ text }) => text));
      const published = await call("POST", "/v1/events", { key, body: { type: "own.type", data: {} } });
      expect(published.body.endpoints).toBe(5);
    });

    it("takes back each of them where the log does not take them", async () => {
      const { key } = await newWorkspace();
      const answers = await atOnce(5, key, { EVENT_LOG: unreachable() });
      expect(answers.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
        Array(5).fill("503 sync_pending"),
      );
      expect((await call("GET", "/v1/endpoints", { key })).body.data).toEqual([]);
      // Nor is an answer kept: to repeat it is safe.
      expect((await atOnce(5, key)).map(({ status }) => status)).toEqual(Array(5).fill(201));
      expect((await call("GET", "/v1/endpoints", { key })).body.data).toHaveLength(5);
    });
  });

  it.each(["queue", "stats", "deliveries", "retry", "cancel"])(
    "does not touch its object: to what asks for its %s first it is an empty endpoint",
    async (first) => {
      const { key } = await newWorkspace();
      const made = await call("POST", "/v1/endpoints", {
        key,
        body: { url: "https://receiver.example/", types: ["never.seen"] },
        env: { ENDPOINT: unreachable() },
      });
      expect(made.status).toBe(201);
      const isAsked = first !== "retry" && first !== "cancel";
      const path = `/v1/endpoints/${made.body.id}/${first}`;
      const answer = await call(isAsked ? "GET" : "POST", path, { key, ...(isAsked ? {} : { body: {} }) });
      expect(answer.status).toBe(isAsked ? 200 : 202);
      const shown = {
        queue: { head: null, wait: null, depth: 0 },
        stats: { delivered: 0, dead: 0 },
        deliveries: { data: [], next_cursor: null },
        retry: { state: "done", matched: 0 },
        cancel: { state: "done", matched: 0 },
      }[first];
      expect(answer.body).toMatchObject(shown ?? {});
      const changed = await call("PATCH", `/v1/endpoints/${made.body.id}`, {
        key,
        body: { status: "paused" },
      });
      expect(changed.status).toBe(200);
      const queue = await call("GET", `/v1/endpoints/${made.body.id}/queue`, { key });
      expect([queue.status, queue.body.depth]).toEqual([200, 0]);
      expect((await call("DELETE", `/v1/endpoints/${made.body.id}`, { key })).status).toBe(204);
    },
  );

  it("sends nothing to an endpoint that it said was not made, though the log had taken it", async () => {
    const { key } = await newWorkspace();
    let isLost = true;
    // The log takes the subscription, and its first answer is lost on its way back.
    const getByName = (name: string) => {
      const log = env.EVENT_LOG.getByName(name);
      return {
        unsubscribe: (id: string, version: number) => log.unsubscribe(id, version),
        subscribe: async (entry: LogSubscription) => {
          await log.subscribe(entry);
          if (!isLost) return;
          isLost = false;
          throw new Error("Network connection lost.");
        },
      };
    };
    const body = { url: "https://receiver.example/", types: ["ghost.seen"] };
    const EVENT_LOG = { getByName } as never;
    const answer = await call("POST", "/v1/endpoints", { key, body, env: { EVENT_LOG } });
    expect([answer.status, answer.body.code]).toEqual([503, "sync_pending"]);
    const event = { type: "ghost.seen", data: {} };
    const published = await call("POST", "/v1/events", { key, body: event });
    expect(published.body.endpoints).toBe(0);
  });
});
