import { describe, expect, it } from "vitest";
import { readJson } from "../../../src/filter/cel/json.ts";

/** What `JSON.parse` gives, in the values of filters. */
function asValue(json: unknown): unknown {
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(asValue);
  if (typeof json !== "object" || json === null) return json;
  return new Map(Object.entries(json).map(([key, value]) => [key, asValue(value)]));
}

describe("reading JSON", () => {
  it.each([
    "{}",
    "[]",
    ' { "a" : [ 1 , { } , [ ] , "x" , true , false , null ] , "b" : -7 } ',
    '\n{\t"a":\r\n[1,2 ,3 ]}\n',
    '{"a":"\\u00e9\\ud83d\\ude00 \\" \\\\ \\/ \\b\\f\\n\\r\\t\\u0000","\\u0061b":"é😀"}',
    '{"a":"\\\\","b":"\\\\\\"","c":"","":"x"}',
    '{"a":1.5,"b":-0.25,"c":1e-2,"d":[0.1,2.25E+1]}',
    '{"constructor":1,"toString":[1],"a":{"hasOwnProperty":2}}',
    '{"a":{"b":{"c":[[[[1]]]]}}}',
    '{"a":1,"a":2}',
  ])("%j gives what JSON.parse gives", (text) => {
    expect(readJson(text)).toEqual(asValue(JSON.parse(text)));
  });

  it("keeps the digits of integers, and takes decimals for doubles whatever they are worth", () => {
    expect(readJson("[12345678901234567890, -9007199254740993, 0, -0, 1.0, 1e3]")).toEqual([
      12345678901234567890n,
      -9007199254740993n,
      0n,
      0n,
      1,
      1000,
    ]);
  });

  it("takes what no integer or double can hold for infinite", () => {
    expect(readJson(`[1e400, -1e400, ${"9".repeat(400)}]`)).toEqual([Infinity, -Infinity, Infinity]);
  });

  it("keeps half of a surrogate pair and a key named __proto__", () => {
    expect(readJson('{"__proto__":"\\ud800"}')).toEqual(new Map([["__proto__", "\ud800"]]));
  });
});
