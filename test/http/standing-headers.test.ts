import { beforeAll, describe, expect, it } from "vitest";
import { answerTo, call, newEndpoint, newWorkspace, OPERATOR, type Workspace } from "../api/client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const preflight = (path: string) =>
  call("OPTIONS", path, {
    headers: {
      Origin: "https://customer.example",
      "Access-Control-Request-Method": "PATCH",
      "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    },
  });

describe("every answer", () => {
  it("that may carry secrets is kept by nobody, and none is guessed to be of another type", async () => {
    const { id } = await newEndpoint(workspace);
    const { key } = workspace;
    const answers = [
      await call("POST", "/v1/workspaces", { key: OPERATOR, body: { name: "headers" } }),
      await call("POST", "/v1/keys", { key, body: { name: "reader", role: "reader" } }),
      await call("POST", "/v1/portal-sessions", { key }),
      await call("POST", "/v1/endpoints", { key, body: { url: "https://receiver.example/" } }),
      await call("GET", `/v1/endpoints/${id}/secret`, { key }),
      await call("POST", `/v1/endpoints/${id}/secret/rotate`, { key, body: {} }),
      await call("GET", `/v1/endpoints/${id}`, { key }),
      await call("DELETE", `/v1/endpoints/${id}`, { key }),
      await call("GET", `/v1/endpoints/${id}`, { key }),
      await call("GET", "/v1/nothing"),
      await call("GET", "/metrics", { key: OPERATOR }),
      await call("GET", "/health"),
      await call("POST", `/compat/atomic/v1/${workspace.id}/webhooks`, { key, body: {} }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      ...[201, 201, 201, 201, 200, 200, 200, 204, 404, 404, 200, 200],
      expect.any(Number),
    ]);
    for (const { headers } of answers) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});

describe("a page of another origin", () => {
  it("may call /v1 with a key, and is told so ahead, with no credentials", async () => {
    for (const path of ["/v1/endpoints/ep_1", "/v1/events", "/v1/nothing"]) {
      const { status, headers, text } = await preflight(path);
      expect([status, text]).toEqual([204, ""]);
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-allow-methods")).toContain("PATCH");
      expect(headers.get("x-request-id")).toMatch(/^req_/);
      const allowed = headers.get("access-control-allow-headers")?.toLowerCase().split(", ");
      expect(allowed).toEqual(
        expect.arrayContaining(["authorization", "api-key", "content-type", "idempotency-key"]),
      );
      expect(headers.has("access-control-allow-credentials")).toBe(false);
    }
  });

  it("can read what it is answered, failures too, and the headers that a client needs", async () => {
    const { key } = workspace;
    for (const answer of [
      await call("GET", "/v1/endpoints", { key }),
      await call("GET", "/v1/endpoints", { key: "ak_wrong" }),
      await call("POST", "/v1/endpoints", { key, body: {} }),
      await call("GET", "/v1/nothing"),
    ]) {
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      const exposed = answer.headers.get("access-control-expose-headers");
      for (const name of ["X-Request-Id", "Retry-After", "Idempotency-Replayed"])
        expect(exposed).toContain(name);
    }
  });

  it("may call nothing else", async () => {
    for (const path of ["/metrics", "/compat/voice/subscriptions", "/health"]) {
      const { status, headers } = await preflight(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers.has("access-control-allow-origin")).toBe(false);
    }
    expect((await call("OPTIONS", "/v1/endpoints")).status).toBe(405);
  });
});

describe("the OpenAPI document and its page", () => {
  it.each(["/openapi.json", "/docs?plain"])("%s is sent once to who has it already", async (path) => {
    const first = await call("GET", path);
    const tag = first.headers.get("etag") ?? "";
    expect([first.status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]{22}"$/)]);
    expect(first.headers.get("cache-control")).toBe("no-cache");
    expect((await call("GET", path)).text).toBe(first.text);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await call("GET", path, { headers: { "If-None-Match": known } });
      expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", tag]);
    }
    const other = await call("GET", path, { headers: { "If-None-Match": '"other"' } });
    expect([other.status, other.text]).toEqual([200, first.text]);
  });

  it("/docs may not be shown in a frame of another page", async () => {
    const { headers } = await call("GET", "/docs?plain");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("/ leads to the page", async () => {
    const answer = await answerTo(new Request("https://atlas.test/"));
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/dashboard"]);
  });
});
