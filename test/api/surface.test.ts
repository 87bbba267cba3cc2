import { describe, expect, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { answerTo, call, newWorkspace, OPERATOR } from "./client.ts";

/** Pages, which are no part of the API, and another protocol. */
const UNDOCUMENTED = [
  "GET /",
  "GET /openapi.json",
  "GET /docs",
  "GET /dashboard",
  "GET /dashboard/*",
  "GET /portal/embed.js",
  "POST /mcp",
];

interface Operation {
  operationId?: string;
  tags?: string[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string; example?: unknown } }> };
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>;
}

/** Each operation of the document, named `GET /v1/…`. */
function operations(document: { paths: Record<string, Record<string, Operation>> }) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
}

describe("the OpenAPI document", () => {
  it("describes every route that is wired, and no other", async () => {
    const { body } = await call("GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const wired = app.routes
      .filter((route) => route.method !== "ALL")
      .map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)/g, "{$1}")}`)
      .filter((route) => !UNDOCUMENTED.includes(route));
    expect(described.toSorted()).toEqual([...new Set(wired)].toSorted());
  });

  it("resolves every reference that it makes", async () => {
    const { body, text } = await call("GET", "/openapi.json");
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(body.components.schemas).toHaveProperty(name as string);
    }
  });

  it("gives every operation a name of its own that a generated client can use, and a tag with a text", async () => {
    const { body } = await call("GET", "/openapi.json");
    const tags: { name: string; description: string }[] = body.tags;
    const texts = new Map(tags.map(({ name, description }) => [name, description]));
    const names = operations(body).map(({ name, operation }) => {
      expect(operation.operationId, name).toMatch(/^[a-z]+([A-Z][a-z]+)+$/);
      expect(operation.tags, name).toHaveLength(1);
      expect(texts.get(operation.tags?.[0] ?? ""), name).toMatch(/^[A-Z].{20,}\.$/);
      return operation.operationId;
    });
    expect(names).toContain("listEndpoints");
    expect(new Set(names).size).toBe(names.length);
  });

  it("names the schema of every body that is sent or answered", async () => {
    const { body } = await call("GET", "/openapi.json");
    const unnamed = operations(body).flatMap(({ name, operation }) => {
      const contents = [operation.requestBody, ...Object.values(operation.responses)].map(
        (part) => part?.content ?? {},
      );
      const schemas = contents.flatMap((content) =>
        Object.entries(content).flatMap(([type, { schema }]) => (/[/+]json$/.test(type) ? [schema] : [])),
      );
      return schemas.some(({ $ref }) => $ref === undefined) ? [name] : [];
    });
    expect(unnamed).toEqual([]);
  });

  it("gives an example for every body that may be sent", async () => {
    const { body } = await call("GET", "/openapi.json");
    const without = operations(body).flatMap(({ name, operation }) => {
      const content = operation.requestBody?.content["application/json"];
      const reference = content?.schema.$ref?.split("/").at(-1);
      const schema = reference === undefined ? content?.schema : body.components.schemas[reference];
      return schema !== undefined && schema.example === undefined ? [name] : [];
    });
    expect(without).toEqual([]);
  });

  it("is right about POSTs without a body: fields sent to them are refused, an empty object is not", async () => {
    const { body } = await call("GET", "/openapi.json");
    const { key } = await newWorkspace();
    const without = operations(body).filter(
      ({ name, operation }) => name.startsWith("POST /v1/") && operation.requestBody === undefined,
    );
    expect(without.length).toBeGreaterThan(3);
    for (const { name } of without) {
      const path = name.slice("POST ".length).replaceAll(/\{\w+\}/g, "unknown");
      const refused = await call("POST", path, { key, body: { types: ["a"] } });
      expect([refused.status, refused.body.errors?.[0]?.path], name).toEqual([422, "types"]);
      // Nothing has an unknown id in its path; what has none there is made.
      const taken = path.includes("unknown") ? 404 : 201;
      expect((await call("POST", path, { key, body: {} })).status, name).toBe(taken);
    }
  });

  it("is right about parameters: every route refuses one that it does not name, and the contracts of others pass over it", async () => {
    const { body } = await call("GET", "/openapi.json");
    const { id, key } = await newWorkspace();
    const own = operations(body).filter(({ name }) => / (\/v1\/|\/metrics)/.test(name));
    expect(own.length).toBeGreaterThan(60);
    for (const { name, operation } of own) {
      const [method = "", path = ""] = name.split(" ");
      const isOperators = path === "/metrics" || path.startsWith("/v1/workspaces");
      const at = `${path.replaceAll(/\{\w+\}/g, "unknown")}?nope=1`;
      const refused = await call(method, at, { key: isOperators ? OPERATOR : key });
      const told = { path: "nope", message: "is not known here" };
      expect([refused.status, refused.body.errors], name).toEqual([422, expect.arrayContaining([told])]);
      expect(Object.keys(operation.responses), name).toContain("422");
    }
    for (const path of [`/compat/atomic/v1/${id}/webhook`, "/compat/voice/events-gateway/trigger/list"])
      expect((await call("GET", `${path}?campaignId=c&nope=1`, { key })).status, path).toBe(200);
  });

  it("names what every route of a workspace may refuse, and that a POST may be repeated", async () => {
    const { body } = await call("GET", "/openapi.json");
    for (const { name, operation } of operations(body).filter((one) => one.name.includes(" /v1/"))) {
      const statuses = Object.keys(operation.responses);
      expect(statuses, name).toEqual(expect.arrayContaining(["401", "403", "500"]));
      if (!name.includes("/v1/workspaces")) expect(statuses, name).toContain("429");
      if (!name.startsWith("POST")) continue;
      expect(statuses, name).toEqual(expect.arrayContaining(["409", "422"]));
      const headers = (operation.parameters ?? []).filter((parameter) => parameter.in === "header");
      expect(
        headers.map((header) => header.name),
        name,
      ).toEqual(["Idempotency-Key"]);
    }
  });

  it("can be browsed without scripts", async () => {
    const { status, text, headers } = await call("GET", "/docs?plain");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(text).toContain("/v1/events/batch");
    expect(text).not.toContain("<script");
  });
});

describe("errors", () => {
  it("are 404 for what is no route", async () => {
    const answer = await call("GET", "/v1/nothing");
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toEqual({
      type: "urn:atlas-webhooks:error:not_found",
      title: "Not found",
      status: 404,
      code: "not_found",
      detail: "There is no /v1/nothing.",
      request_id: answer.headers.get("x-request-id"),
    });
  });

  it("are 405 with Allow for another method", async () => {
    const answer = await call("PUT", "/v1/endpoints/ep_1");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("DELETE, GET, HEAD, PATCH");
    expect((await call("DELETE", "/v1/events")).headers.get("allow")).toBe("GET, HEAD, POST");
  });

  it("are 413 for settings beyond any sense", async () => {
    const { key } = await newWorkspace();
    const body = { url: "https://receiver.example/", description: "x".repeat(300 * 1024) };
    expect((await call("POST", "/v1/endpoints", { key, body })).status).toBe(413);
  });
});

it("takes no body for an empty one, whatever its type, where the body is optional", async () => {
  const { key } = await newWorkspace();
  const send = (headers: Record<string, string>, body: string | null) =>
    answerTo(
      new Request("https://atlas.test/v1/portal-sessions", {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, ...headers },
        body,
      }),
    );
  expect((await send({}, null)).status).toBe(201);
  expect((await send({ "content-length": "0" }, "")).status).toBe(201);
  expect((await send({ "content-length": "2" }, "{}")).status).toBe(415);
});

it("takes a body that is sent in chunks and holds none, of any type or of none", async () => {
  const { key } = await newWorkspace();
  const send = (headers: Record<string, string>, ...chunks: string[]) => {
    const body = new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    const authorization = `Bearer ${key}`;
    return answerTo(
      new Request("https://atlas.test/v1/portal-sessions", {
        method: "POST",
        headers: { authorization, ...headers },
        body,
      }),
    );
  };
  const json = { "content-type": "application/json" };
  expect((await send({})).status).toBe(201);
  expect((await send({ "content-type": "text/plain" })).status).toBe(201);
  expect((await send(json)).status).toBe(201);
  expect((await send(json, '{"expires', '_in": 60}')).status).toBe(201);
  expect((await send({}, "{", "}")).status).toBe(415);
});

it("takes UTF-8 by the names that clients give it, and no other charset", async () => {
  const { key } = await newWorkspace();
  const send = (charset: string) =>
    call("POST", "/v1/portal-sessions", {
      key,
      body: "{}",
      headers: { "content-type": `application/json; charset=${charset}` },
    });
  for (const charset of ["utf-8", "UTF-8", "utf8", '"utf8"']) expect((await send(charset)).status).toBe(201);
  expect((await send("latin1")).status).toBe(415);
});

it("answers /health without a key", async () => {
  const answer = await call("GET", "/health");
  expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
  expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
});
