import { beforeAll, describe, expect, it } from "vitest";
import { call, newWorkspace } from "./client.ts";

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

let key: string;

beforeAll(async () => {
  ({ key } = await newWorkspace());
});

async function statusOf(body: object | string, headers: Record<string, string> = {}): Promise<number> {
  return (await call("POST", "/mcp", { key, body, headers })).status;
}

describe("POST /mcp", () => {
  it("wants a key that works", async () => {
    expect(await statusOf(ping)).toBe(200);
    expect(await statusOf(ping, { authorization: "Bearer ak_none" })).toBe(401);
  });

  it("refuses pages of another origin", async () => {
    expect(await statusOf(ping, { origin: "https://atlas.test" })).toBe(200);
    expect(await statusOf(ping, { origin: "https://evil.example" })).toBe(403);
    expect(await statusOf(ping, { origin: "null" })).toBe(403);
  });

  it("takes JSON of at most 256 KiB that is not nested deeper than what it hands on", async () => {
    expect(await statusOf(ping, { "content-type": "text/plain" })).toBe(415);
    expect(await statusOf(`"${"a".repeat(256 * 1024)}"`)).toBe(413);
    const notJson = await call("POST", "/mcp", { key, body: '{"jsonrpc":' });
    expect([notJson.status, notJson.body.error.code]).toEqual([400, -32700]);
    const deep = `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'{"a":'.repeat(200)}1${"}".repeat(200)}}`;
    expect(await statusOf(deep)).toBe(400);
  });
});

it.each(["GET", "DELETE"])("%s /mcp is answered 405: there is no stream and no session", async (method) => {
  const { status, headers } = await call(method, "/mcp", { key });
  expect([status, headers.get("allow")]).toEqual([405, "POST"]);
});
