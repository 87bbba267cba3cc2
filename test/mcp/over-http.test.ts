import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Confirmations } from "../../src/mcp/confirmations.ts";
import { answerOverHttp } from "../../src/mcp/over-http.ts";
import type { Reply } from "../../src/mcp/protocol.ts";
import type { AgentCaller } from "../../src/mcp/tool.ts";
import { Toolbox } from "../../src/mcp/toolbox.ts";
import { Atlas } from "../../src/sdk/client/index.ts";

const MODERN = "2026-07-28";

const ADMIN: AgentCaller = { role: "admin", isReadOnly: false };

/** What the service was asked for. */
const asked: string[] = [];

const sign = (content: string) => createHmac("sha256", "key").update(content).digest("base64url");

function serverFor(caller: AgentCaller) {
  const atlas = new Atlas({
    key: "ak_1",
    retries: 0,
    fetch: async (input) => {
      asked.push(new URL(String(input)).pathname);
      return Response.json({ data: [], next_cursor: null });
    },
  });
  const confirmations = new Confirmations({
    sign,
    isSigned: (content, signature) => sign(content) === signature,
  });
  return { version: "1", toolbox: new Toolbox({ atlas, caller, confirmations }) };
}

async function post(
  body: unknown,
  headers: Record<string, string> = {},
  caller = ADMIN,
): Promise<{ status: number; reply: Reply }> {
  const { signal } = new AbortController();
  const answer = await answerOverHttp(body, (name) => headers[name], serverFor(caller), signal);
  return answer as { status: number; reply: Reply };
}

const legacy = (method: string, params?: object) => ({ jsonrpc: "2.0", id: 1, method, params });

/** A request of the newer age, with the headers that repeat it. */
function modern(method: string, params: Record<string, unknown> = {}, more: Record<string, string> = {}) {
  const about = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const body = { jsonrpc: "2.0", id: "a", method, params: { ...params, _meta: about } };
  return { body, headers: { "mcp-protocol-version": MODERN, "mcp-method": method, ...more } };
}

const namesIn = (reply: Reply) =>
  (reply.result as { tools: { name: string }[] }).tools.map(({ name }) => name).toSorted();

describe("a client that begins with initialize", () => {
  it("agrees on its own version, and on the newest with one that is not known here", async () => {
    for (const [asks, gets] of [
      ["2025-11-25", "2025-11-25"],
      ["2024-11-05", "2024-11-05"],
      ["2031-01-01", "2025-11-25"],
    ]) {
      const { status, reply } = await post(legacy("initialize", { protocolVersion: asks }));
      expect([status, reply.result]).toEqual([
        200,
        expect.objectContaining({ protocolVersion: gets, capabilities: { tools: {} } }),
      ]);
    }
  });

  it("gets 202 and no body for what it only tells, and for answers that nobody asked for", async () => {
    const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
    expect(await post(initialized)).toEqual({ status: 202, reply: null });
    expect(await post({ jsonrpc: "2.0", id: 7, result: {} })).toEqual({ status: 202, reply: null });
  });

  it("is told of methods that there are none of, and of tools that its key has not, within the protocol", async () => {
    const unknown = await post(legacy("resources/list"));
    expect([unknown.status, unknown.reply.error?.code]).toEqual([200, -32601]);
    const none = await post(legacy("tools/call", { name: "drop_tables" }));
    expect([none.status, none.reply.error?.code]).toEqual([200, -32602]);
  });

  it("may send up to 20 messages at once, which are answered one after the other", async () => {
    const batch = [legacy("ping"), { jsonrpc: "2.0", method: "notifications/initialized" }, 1];
    const { status, reply } = await post(batch);
    expect(status).toBe(200);
    expect((reply as unknown as Reply[]).map(({ error }) => error?.code ?? null)).toEqual([null, -32600]);
    expect((await post(Array(21).fill(legacy("ping")))).status).toBe(400);
    expect((await post([])).status).toBe(400);
  });

  it.each([
    [null],
    ["ping"],
    [{}],
    [{ jsonrpc: "1.0", id: 1, method: "ping" }],
    [{ jsonrpc: "2.0", id: null, method: "ping" }],
    [{ jsonrpc: "2.0", id: { toString: 1 }, method: "ping" }],
    [{ jsonrpc: "2.0", id: 1, method: 5 }],
    [{ jsonrpc: "2.0", id: 1, method: "ping", params: [] }],
  ])("is answered 400 with the protocol's error for %j", async (body) => {
    const { status, reply } = await post(body);
    expect([status, [-32600, -32602].includes(reply.error?.code ?? 0)]).toEqual([400, true]);
  });

  it("is answered 400 for a version in the header that is not spoken here, with those that are", async () => {
    const { status, reply } = await post(legacy("ping"), { "mcp-protocol-version": "1900-01-01" });
    expect([status, reply.error?.code]).toEqual([400, -32022]);
    expect(reply.error?.data).toMatchObject({ supported: expect.arrayContaining([MODERN, "2025-11-25"]) });
  });
});

describe("a client whose requests each say what they are", () => {
  it("learns what the server is, and is told how long its lists hold", async () => {
    const { body, headers } = modern("server/discover");
    const { status, reply } = await post(body, headers);
    expect([status, reply.result]).toEqual([
      200,
      expect.objectContaining({
        resultType: "complete",
        cacheScope: "private",
        supportedVersions: expect.arrayContaining([MODERN]),
      }),
    ]);
    const listed = modern("tools/list");
    expect((await post(listed.body, listed.headers)).reply.result).toMatchObject({ cacheScope: "private" });
  });

  it("calls a tool by its name in the body and the header, plain or as base64", async () => {
    for (const name of ["list_endpoints", `=?base64?${btoa("list_endpoints")}?=`]) {
      const { body, headers } = modern("tools/call", { name: "list_endpoints" }, { "mcp-name": name });
      const { status, reply } = await post(body, headers);
      expect([status, reply.result]).toMatchObject([200, { resultType: "complete" }]);
    }
  });

  it.each([
    ["mcp-protocol-version", "2025-11-25"],
    ["mcp-method", "tools/list"],
    ["mcp-name", "get_event"],
    ["mcp-name", "=?base64?%?="],
    ["mcp-name", ""],
  ])("is answered 400 where the header %s says %j and the body something else", async (header, value) => {
    const { body, headers } = modern(
      "tools/call",
      { name: "list_endpoints" },
      { "mcp-name": "list_endpoints" },
    );
    const { status, reply } = await post(body, { ...headers, [header]: value });
    expect([status, reply.error?.code]).toEqual([400, -32020]);
  });

  it("is answered 400 without its capabilities or by another version, 404 for a method that there is not", async () => {
    const bare = modern("tools/list");
    const { "io.modelcontextprotocol/clientCapabilities": _, ...rest } = bare.body.params._meta;
    const without = { ...bare.body, params: { _meta: rest } };
    const missing = await post(without, bare.headers);
    expect([missing.status, missing.reply.error?.code]).toEqual([400, -32602]);
    const later = {
      ...bare.body,
      params: { _meta: { ...rest, "io.modelcontextprotocol/protocolVersion": "2030-01-01" } },
    };
    const unsupported = await post(later, { ...bare.headers, "mcp-protocol-version": "2030-01-01" });
    expect([unsupported.status, unsupported.reply.error?.code]).toEqual([400, -32022]);
    const unknown = modern("ping");
    expect((await post(unknown.body, unknown.headers)).status).toBe(404);
  });
});

describe("the tools of a key", () => {
  const listFor = async (caller: AgentCaller) =>
    namesIn((await post(legacy("tools/list"), {}, caller)).reply);

  it("are those that its role may use, and no replay for a session that may only read", async () => {
    const all = await listFor(ADMIN);
    const replays = ["plan_replay", "replay"];
    const ofEvents = ["get_event", "search_events"];
    expect(all).toEqual(expect.arrayContaining([...replays, ...ofEvents, "explain_event"]));
    expect(await listFor({ role: "reader", isReadOnly: false })).toEqual(
      all.filter((name) => !replays.includes(name)),
    );
    expect(await listFor({ role: "portal", isReadOnly: false })).toEqual(
      all.filter((name) => !ofEvents.includes(name)),
    );
    expect(await listFor({ role: "portal", isReadOnly: true })).toEqual(
      all.filter((name) => ![...replays, ...ofEvents].includes(name)),
    );
    expect(await listFor({ role: "publisher", isReadOnly: false })).toEqual(ofEvents);
    expect(await listFor({ role: "workbench", isReadOnly: false })).toEqual([]);
  });

  it("that it has not are not called, whatever is asked", async () => {
    asked.length = 0;
    const call = legacy("tools/call", { name: "replay", arguments: { confirmation: "x", status: "dead" } });
    const { reply } = await post(call, {}, { role: "reader", isReadOnly: false });
    expect([reply.error?.code, asked]).toEqual([-32602, []]);
  });

  it("say which argument is wrong, and ask the service nothing then", async () => {
    asked.length = 0;
    const call = legacy("tools/call", { name: "list_endpoints", arguments: { limit: 0, colour: "red" } });
    const { content, isError } = (await post(call)).reply.result as {
      content: { text: string }[];
      isError: boolean;
    };
    expect([isError, content[0]?.text]).toEqual([true, expect.stringMatching(/limit.*colour/)]);
    expect(asked).toEqual([]);
  });

  it("describe their input as JSON Schema that takes no further field", async () => {
    const { result } = (await post(legacy("tools/list"))).reply as {
      result: { tools: { inputSchema: object }[] };
    };
    for (const { inputSchema } of result.tools)
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
  });
});

describe("a confirmation", () => {
  const textOf = async (name: string, given: object) => {
    const { content, isError = false } = (await post(legacy("tools/call", { name, arguments: given }))).reply
      .result as { content: { text: string }[]; isError?: boolean };
    return { isError, text: content[0]?.text ?? "" };
  };

  it("is good for what was counted alone, and for ten minutes", async () => {
    const nowMs = Date.now();
    const confirmations = new Confirmations({ sign, isSigned: (content, given) => sign(content) === given });
    const selection = {
      endpoints: [],
      events: [],
      select: { status: "dead", to: new Date(nowMs).toISOString() },
    };
    const forAll = confirmations.of(
      { selection: { ...selection, select: { ...selection.select, status: "any" } } },
      nowMs,
    );
    const other = await textOf("replay", { status: "dead", confirmation: forAll });
    expect(other).toEqual({ isError: true, text: expect.stringContaining("other arguments") });
    const old = confirmations.of({ selection }, nowMs - 601_000);
    for (const confirmation of [old, "", "x", `${(nowMs + 60_000).toString(36)}.x`, "zzzzzzzzzzzz.x"]) {
      const { isError, text } = await textOf("replay", { status: "dead", confirmation });
      expect([isError, text]).toEqual([true, expect.stringContaining("call plan_replay again")]);
    }
    expect(asked.filter((path) => path.includes("replay"))).toEqual([]);
  });
});
