import { expect, it } from "vitest";
import { ApiError } from "../../src/errors.ts";
import { parseObject } from "../../src/http/json-object.ts";

/** The fields that are refused in a body, and why. */
function refused(text: string, event?: string): unknown {
  try {
    parseObject(text, event);
  } catch (error) {
    return error instanceof ApiError ? error.errors : error;
  }
  return [];
}

const twice = (...paths: string[]) => paths.map((path) => ({ path, message: "must not occur twice" }));

it.each([
  ["at the top", '{"a":1,"b":2,"a":1}', ["a"]],
  ["three times, which is told once", '{"a":1,"a":2,"a":3}', ["a"]],
  ["within an object", '{"retry":{"delays":[1],"jitter":0,"delays":[2]}}', ["retry.delays"]],
  ["within a list", '{"a":[{"b":1},[{"c":1,"c":2}]]}', ["a[1][0].c"]],
  ["in one of its two values", '{"a":{"b":1,"b":2},"a":0}', ["a.b", "a"]],
  ["escaped the one time", '{"url":1,"u\\u0072l":2}', ["url"]],
  ["that objects inherit", '{"__proto__":1,"__proto__":2}', ["__proto__"]],
])("refuses a key that occurs twice: %s", (_where, text, paths) => {
  expect(refused(text)).toEqual(twice(...paths));
});

it("takes a key that occurs again in another object", () => {
  expect(refused('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"c":"a","d":"a"}')).toEqual([]);
});

it("leaves the keys of an event to who reads it, and tells where there are two events", () => {
  const event = '{"type":"a.b","type":"a.c","data":{"a":1,"a":2}}';
  expect(refused(`{"types":["a.*"],"event":${event}}`, "event")).toEqual([]);
  expect(refused(`{"event":${event},"stages":[],"stages":[]}`, "event")).toEqual(twice("stages"));
  expect(refused('{"event":{},"event":{}}', "event")).toEqual(twice("event"));
});

it("tells of a body of nothing else the first thousand", () => {
  expect(refused(`{"a":0${',"b":0,"b":0'.repeat(10)}}`)).toEqual(twice("b"));
  const members = Array.from({ length: 3000 }, (_, n) => `"k${n}":0,"k${n}":0`).join();
  expect(refused(`{${members}}`)).toHaveLength(1000);
});
