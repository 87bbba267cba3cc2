import { describe, expect, it } from "vitest";
import { schemaProblems } from "../../../src/catalog/json-schema/problems.ts";
import type { JsonObject, JsonValue } from "../../../src/catalog/shape.ts";
import { order } from "./order.ts";

const paths = (schema: unknown) => schemaProblems(schema).map((problem) => problem.path.join("."));

describe("a schema", () => {
  it("of common keywords is taken", () => {
    expect(schemaProblems(order)).toEqual([]);
    expect(schemaProblems({})).toEqual([]);
  });

  it.each<[string, JsonValue, string]>([
    ["is no object", [], ""],
    ["has a regular expression", { properties: { a: { pattern: "(a+)+$" } } }, "properties.a.pattern"],
    ["has regular expressions for names", { patternProperties: { "(a+)+$": {} } }, "patternProperties"],
    ["compares all items", { items: {}, uniqueItems: true }, "uniqueItems"],
    ["refers elsewhere", { $ref: "https://evil.example/schema.json" }, "$ref"],
    ["refers to nothing", { $ref: "#/$defs/none" }, "$ref"],
    [
      "refers to itself",
      { $ref: "#/$defs/a", $defs: { a: { not: { $ref: "#/$defs/a" } } } },
      "$ref.not.$ref",
    ],
    ["has a base of its own", { $id: "https://evil.example/" }, "$id"],
    ["is of another draft", { $schema: "http://json-schema.org/draft-07/schema#" }, "$schema"],
    ["names an unknown type", { type: "text" }, "type"],
    ["names an unknown keyword", { requried: ["id"] }, "requried"],
    ["names a format that is not checked", { format: "regex" }, "format"],
    ["counts with fractions", { maxLength: 1.5 }, "maxLength"],
    ["has a schema that is none", { properties: { a: 1 } }, "properties.a"],
    ["is longer than 32 KiB", { description: "x".repeat(40_000) }, ""],
  ])("that %s is refused", (_what, schema, path) => {
    expect(paths(schema)).toContain(path);
  });

  it("that doubles with each reference is refused, at once", () => {
    const $defs: JsonObject = { d0: { type: "string" } };
    for (let i = 1; i <= 40; i++) {
      const $ref = `#/$defs/d${i - 1}`;
      $defs[`d${i}`] = { allOf: [{ $ref }, { $ref }] };
    }
    expect(schemaProblems({ $ref: "#/$defs/d40", $defs })).not.toEqual([]);
  });

  it("that asks one value too much is refused, however it is spread", () => {
    const many = (n: number) => ({ allOf: Array.from({ length: n }, () => ({ type: "number" })) });
    const across = {
      anyOf: Array.from({ length: 40 }, () => ({ properties: { list: { items: { type: "number" } } } })),
    };
    for (const schema of [many(40), { items: many(40) }, { items: { contains: many(40) } }, across]) {
      expect(schemaProblems(schema)).not.toEqual([]);
    }
    const nullable = (n: number) => ({ anyOf: [{ type: "string", maxLength: n }, { type: "null" }] });
    const wide = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`p${n}`, nullable(n)]));
    expect(schemaProblems({ properties: wide, items: many(20) })).toEqual([]);
  });

  it("that is nested too deep is refused", () => {
    let schema: JsonObject = { type: "string" };
    for (let i = 0; i < 100; i++) schema = { not: schema };
    expect(schemaProblems(schema)).not.toEqual([]);
  });
});
