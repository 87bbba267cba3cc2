import { beforeAll, describe, expect, it } from "vitest";
import { answerTo, badFields, call, newWorkspace, type Workspace } from "./client.ts";

/* One test for each row of "What is accepted" in docs/api.md. */

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const MIB = 1024 * 1024;

const publish = (body: string) => post("/v1/events", body);

const post = (path: string, body: string) => call("POST", path, { key: workspace.key, body });

/** The data of an event as it is read back. */
async function storedData(id: string): Promise<string> {
  const { text } = await call("GET", `/v1/events/${id}`, { key: workspace.key });
  return text.slice(text.indexOf(',"data":') + 8, -1);
}

function withData(data: string): string {
  return `{"type":"a.b","data":${data}}`;
}

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;

describe("data is accepted and goes on byte for byte:", () => {
  it.each([
    ["integers of any size, and their sign", '{"n":[12345678901234567890,-0,9007199254740993]}'],
    ["decimals as they are written", '{"n":[1.0,1.10,2e0,1E+2,0.1e-7]}'],
    ["numbers that no double holds", '{"n":[1e400,-1e400,1e-400]}'],
    ["a key that occurs twice", '{"a":1,"a":2,"b":{"c":1,"c":1}}'],
    ["half of a surrogate pair, escaped", '{"a":"\\ud800","b":"\\udc00\\ud800","\\ud800":1}'],
    ["U+0000, escaped", '{"a":"\\u0000","\\u0000":1}'],
    ["other escapes, needed or not", '{"\\u0061":"\\/\\u00e9\\ud83d\\ude00\\b"}'],
    ["characters outside of Latin-1", '{"é":"€ 😀 \u2028 \ufeff"}'],
    ["keys that objects inherit", '{"__proto__":{"a":1},"constructor":1,"toString":null}'],
    ["space between the parts", '{ "a" :\t[ 1 ,\r\n2 ] }'],
    ["128 levels", nested(128)],
    ["an empty object", "{}"],
  ])("%s", async (_name, data) => {
    const { status, body } = await publish(withData(data));
    expect(status).toBe(202);
    expect(await storedData(body.id)).toBe(data);
  });

  it("1 MiB in all", async () => {
    const data = `{"s":"${"é".repeat((MIB - withData('{"s":""}').length) / 2)}"}`;
    const { status, body } = await publish(withData(data));
    expect(status).toBe(202);
    expect(await storedData(body.id)).toBe(data);
  });
});

describe("data is refused:", () => {
  it.each([
    ["129 levels", withData(nested(129)), 422],
    ["100,000 levels", withData(nested(100_000)), 422],
    ["100,000 levels of arrays", withData(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`), 422],
    ["an array", withData("[]"), 422],
    ["a text", withData('"x"'), 422],
    ["null", withData("null"), 422],
    ["a control character that is not escaped", withData('{"a":"\u0000"}'), 400],
    ["an escape that JSON does not have", withData('{"a":"\\x00"}'), 400],
    ["NaN", withData('{"a":NaN}'), 400],
    ["a number with a leading zero", withData('{"a":01}'), 400],
    ["a trailing comma", withData('{"a":1,}'), 400],
    ["a second value", `${withData("{}")}{}`, 400],
    ["a byte order mark", `\ufeff${withData("{}")}`, 400],
    ["nothing", "", 400],
    ["more than 1 MiB", withData(`{"s":"${"x".repeat(MIB)}"}`), 413],
    ["more than 1 MiB of UTF-8", withData(`{"s":"${"é".repeat(MIB / 2)}"}`), 413],
  ])("%s", async (_name, body, status) => {
    expect((await publish(body)).status).toBe(status);
  });

  it("bytes that are not UTF-8", async () => {
    const encode = new TextEncoder();
    const publishBytes = (inner: number[]) =>
      answerTo(
        new Request("https://atlas.test/v1/events", {
          method: "POST",
          headers: { authorization: `Bearer ${workspace.key}`, "content-type": "application/json" },
          body: new Uint8Array([...encode.encode('{"type":"a.b","data":{"a":"'), ...inner, 0x22, 0x7d, 0x7d]),
        }),
      );
    // A lone continuation, a surrogate, an overlong slash, a character that is cut off.
    for (const inner of [[0x80], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf0, 0x9f, 0x98]]) {
      const answer = await publishBytes(inner);
      expect([answer.status, answer.body.code]).toEqual([400, "invalid_json"]);
    }
    expect((await publishBytes([0xc3, 0xa9])).status).toBe(202);
  });
});

describe("the other fields are refused:", () => {
  it.each([
    ['"type":"a.b","type":"a.b","data":{}', "type"],
    ['"type":"a.b","data":{},"data":{}', "data"],
    ['"type":"a.b","data":{},"__proto__":{}', "__proto__"],
    ['"type":"a.b","data":{},"constructor":{}', "constructor"],
    ['"type":"a\\u0000b","data":{}', "type"],
    ['"type":"a.b","data":{},"tags":["\\ud800"]', "tags[0]"],
    ['"type":"a.b","data":{},"context":{"a":"\\udc00"}', "context.a"],
    ['"type":"a.b","data":{},"created":1e400', "created"],
    ['"type":"a.b","data":{},"created":1.5', "created"],
    ['"type":"a.b","data":{},"created":-1', "created"],
    [`"type":"a.b","data":{},"tags":${nested(100_000)}`, "tags"],
    [`"type":"a.b","data":{},"tags":${JSON.stringify(Array(65).fill("x"))}`, "tags"],
    [`"type":"a.b","data":{},"tags":["${"x".repeat(129)}"]`, "tags[0]"],
    [`"type":"a.b","data":{},"context":{"a":"${"x".repeat(257)}"}`, "context.a"],
  ])("{%.50s} in %s", async (members, path) => {
    const answer = await publish(`{${members}}`);
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual([path]);
  });

  it("and U+0000, escaped, is kept in tags and context", async () => {
    const { status, body } = await publish(
      '{"type":"a.b","data":{},"tags":["a\\u0000b"],"context":{"a\\u0000":"\\u0000"}}',
    );
    expect(status).toBe(202);
    const read = await call("GET", `/v1/events/${body.id}`, { key: workspace.key });
    expect(read.body.tags).toEqual(["a\0b"]);
    expect(read.body.context).toEqual({ "a\0": "\0" });
  });
});

describe("a batch", () => {
  const batch = (events: string[]) => post("/v1/events/batch", `{"events":[${events.join(",")}]}`);

  it("of nearly 8 MiB is accepted, whatever its characters are", async () => {
    // One character outside of Latin-1 makes each text take two bytes per character in memory.
    const data = `{"s":"€${"x".repeat(MIB - 300)}"}`;
    const answer = await batch(Array.from({ length: 8 }, () => withData(data)));
    expect(answer.status).toBe(202);
    expect(await storedData(answer.body.events[7].id)).toBe(data);
  });

  it("is refused above 8 MiB, above 1,000 events, and with an event above 1 MiB or 128 levels", async () => {
    const large = withData(`{"s":"${"x".repeat(MIB - 100)}"}`);
    expect((await batch(Array.from({ length: 9 }, () => large))).status).toBe(413);
    expect((await batch(Array.from({ length: 1001 }, () => withData("{}")))).status).toBe(422);
    const larger = await batch([withData("{}"), withData(`{"s":"${"é".repeat(MIB / 2)}"}`)]);
    expect([larger.status, larger.body.detail]).toEqual([413, "events[1] is larger than 1024 KiB."]);
    const deep = await batch([withData("{}"), withData(nested(129))]);
    expect([deep.status, badFields(deep)]).toEqual([422, ["events[1].data"]]);
    expect((await batch([])).status).toBe(422);
  });
});
