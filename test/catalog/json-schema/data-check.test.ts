import { describe, expect, it } from "vitest";
import { type CheckResult, dataCheck, EVENT_STEPS } from "../../../src/catalog/json-schema/index.ts";
import { schemaProblems } from "../../../src/catalog/json-schema/problems.ts";
import type { JsonObject, JsonValue } from "../../../src/catalog/shape.ts";
import { order } from "./order.ts";

/** Characters of the largest data here: all costs grow with them. */
const LARGE = 200_000;

/** What a schema, one that is taken, says of data; data is JSON text, or a value. */
function check(schema: JsonObject, data: unknown): CheckResult {
  expect(schemaProblems(schema)).toEqual([]);
  return dataCheck(schema)(typeof data === "string" ? data : JSON.stringify(data));
}

const told = (schema: JsonObject, data: unknown) =>
  check(schema, data).problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
const fits = (schema: JsonObject, data: unknown) => check(schema, data).problems.length === 0;

/** `{"l": […]}` that is large, with the same item again and again. */
const listOf = (item: string) => {
  const count = Math.floor(LARGE / (item.length + 1));
  return `{"l":[${Array(count).fill(item).join(",")}]}`;
};
const items = (schema: JsonValue): JsonObject => ({ properties: { l: { items: schema } } });
const many = <Item>(count: number, item: (index: number) => Item) =>
  Array.from({ length: count }, (_, i) => item(i));

describe("data", () => {
  it("that fits has no problems", () => {
    const data = { id: "o1", lines: [{ price: 1 }], note: null, placed_at: "2026-01-31T10:00:00Z" };
    expect(told(order, data)).toEqual([]);
  });

  it("that does not fit names each place, with what was expected and what is there", () => {
    const lines = [{ price: 1 }, { price: "free" }, {}];
    const data = { lines, state: "lost", placed_at: "yesterday", note: 7, colour: "red" };
    expect(told(order, data).toSorted()).toEqual([
      ": must have the member id",
      "colour: is not allowed here",
      'lines.1.price: must be number, not "free"',
      "lines.2: must have the member price",
      "note: must be null or string, not 7",
      'placed_at: must be of the format date-time, not "yesterday"',
      'state: must be one of "open", "paid", not "lost"',
    ]);
  });

  it.each<[string, JsonObject, unknown[], unknown[]]>([
    ["type", { type: ["integer", "null"] }, [1, null, "1.0", "1e2", "-0"], [1.5, "true", "1e-1"]],
    [
      "enum",
      { enum: ["a", 1, null, [1], { a: [2] }] },
      ['"a"', 1, "1.0", null, [1], { a: [2] }],
      ['"b"', [2], {}],
    ],
    [
      "const",
      { const: { a: 1, b: "x" } },
      ['{"b":"x","a":1.0}'],
      [{ a: 1 }, { a: 1, b: "y" }, { a: 1, c: "x" }],
    ],
    ["const true", { const: true }, ["true"], ["false", '"true"', 1]],
    ["minimum, maximum", { minimum: 1, maximum: 3 }, [1, 2.5, 3, '"x"'], [0.99, 3.01]],
    ["exclusive bounds", { exclusiveMinimum: 1, exclusiveMaximum: 3 }, [1.01, 2], [1, 3]],
    ["multipleOf", { multipleOf: 0.01 }, [0.07, 19.99, 0, -1, "1e21"], [0.001, "1e-9"]],
    [
      "lengths",
      { minLength: 2, maxLength: 3 },
      ['"ab"', '"😀😀"', String.raw`"\ud83d\ude00b"`],
      ['"a"', '"abcd"', '"😀"'],
    ],
    [
      "items",
      { items: { type: "number" }, minItems: 1, maxItems: 2 },
      [[1], [1, 2], {}],
      [[], [1, 2, 3], ["a"]],
    ],
    ["prefixItems", { prefixItems: [{ type: "string" }], items: false }, [[], ["a"]], [[1], ["a", 1]]],
    ["contains", { contains: { const: 1 }, minContains: 2, maxContains: 2 }, [[1, 1, 0]], [[1], [1, 1, 1]]],
    ["contains none", { contains: { const: 1 }, minContains: 0 }, [[], [0]], []],
    [
      "properties",
      { properties: { a: { type: "string" } }, additionalProperties: false },
      [{}, { a: "" }],
      [{ a: 1 }, { b: 1 }],
    ],
    ["propertyNames", { propertyNames: { maxLength: 1 } }, [{}, { a: 1 }], [{ ab: 1 }]],
    [
      "numbers of members",
      { minProperties: 1, maxProperties: 2 },
      [{ a: 1 }, [], 1],
      [{}, { a: 1, b: 1, c: 1 }],
    ],
    ["dependentRequired", { dependentRequired: { a: ["b"] } }, [{}, { b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
    [
      "dependentSchemas",
      { dependentSchemas: { a: { required: ["c"] } } },
      [{ b: 1 }, { a: 1, c: 1 }],
      [{ a: 1 }],
    ],
    ["allOf", { allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1, 2], [0, 3]],
    ["anyOf", { anyOf: [{ type: "string" }, { minimum: 2 }] }, ['"a"', 2, {}], [1]],
    ["oneOf", { oneOf: [{ minimum: 1 }, { maximum: 2 }] }, [0, 3], [1, 2]],
    ["not", { not: { type: "string" } }, [1], ['"a"']],
    // biome-ignore lint/suspicious/noThenProperty: the name of a JSON Schema keyword
    ["if", { if: { type: "string" }, then: { minLength: 1 }, else: { minimum: 1 } }, ['"a"', 1], ['""', 0]],
    [
      "unevaluatedProperties",
      {
        anyOf: [{ properties: { a: true }, required: ["a"] }, { properties: { b: true } }],
        unevaluatedProperties: false,
      },
      [{}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }],
      [{ c: 1 }, { a: 1, c: 1 }],
    ],
    [
      "unevaluatedItems",
      { prefixItems: [true], contains: { type: "string" }, unevaluatedItems: false },
      [[1, "a"], ["a"]],
      [[1, "a", 2], [1]],
    ],
    ["a definition", { $ref: "#/$defs/a", $defs: { a: { minimum: 1 } } }, [1], [0]],
    [
      "names of Object's own",
      { properties: { constructor: { type: "string" } }, required: ["toString"] },
      ['{"toString":1}'],
      [{}, '{"toString":1,"constructor":1}'],
    ],
    ["date", { format: "date" }, ['"2024-02-29"'], ['"2023-02-29"', '"2026-13-01"', '"2026-1-1"']],
    ["time", { format: "time" }, ['"10:00:00Z"', '"23:59:60.5+01:00"'], ['"10:00"', '"24:00:00Z"']],
    ["duration", { format: "duration" }, ['"P1Y2M"', '"PT1H"', '"P3W"'], ['"P"', '"PT"', '"P1H"']],
    ["email", { format: "email" }, ['"a.b+c@example.com"'], ['"a@"', '"a b@c.de"', '"a..b@c.de"', '"a"']],
    [
      "uri",
      { format: "uri" },
      ['"https://example.com/?a=%20#b"', '"urn:a:b"'],
      ['"//a"', '"http://a b"', '"a:%zz"'],
    ],
    ["uuid", { format: "uuid" }, ['"00000000-0000-4000-8000-00000000000A"'], ['"0000"']],
    ["ipv4", { format: "ipv4" }, ['"127.0.0.1"'], ['"256.0.0.1"', '"1.2.3"', '"01.2.3.4"']],
    [
      "ipv6",
      { format: "ipv6" },
      ['"::"', '"::1"', '"1:2:3:4:5:6:7:8"', '"::ffff:1.2.3.4"'],
      ['":::"', '"1::2::3"', '"1:2"', '"12345::"'],
    ],
  ])("is checked by %s", (_keyword, schema, right, wrong) => {
    for (const data of right) expect([data, fits(schema, data)]).toEqual([data, true]);
    for (const data of wrong) expect([data, fits(schema, data)]).toEqual([data, false]);
  });

  it("with numbers beyond doubles is checked, and told, with all of their digits", () => {
    expect(fits({ type: "integer" }, "12345678901234567890")).toBe(true);
    expect(fits({ maximum: 9007199254740992 }, "9007199254740993")).toBe(false);
    expect(fits({ multipleOf: 10 }, "12345678901234567891")).toBe(false);
    expect(told({ type: "string" }, "12345678901234567890")).toEqual([
      ": must be string, not 12345678901234567890",
    ]);
    expect(told({ maximum: 5 }, "12345678901234567890")).toEqual([
      ": must be at most 5, not 12345678901234567890",
    ]);
    expect(fits({ type: "integer" }, "1e400")).toBe(true);
    expect(fits({ maximum: 5 }, "9".repeat(100_000))).toBe(false);
  });

  it("with half of a surrogate pair as a name is checked like any other", () => {
    const data = '{"\\ud800":1}';
    expect(fits({ additionalProperties: { type: "number" } }, data)).toBe(true);
    const schemas: JsonObject[] = [
      { additionalProperties: false },
      { unevaluatedProperties: false },
      { propertyNames: { maxLength: 0 } },
    ];
    for (const schema of schemas) {
      expect(check(schema, data).problems.map(({ path }) => path)).toEqual([["\ud800"]]);
    }
  });

  it("in which a name occurs twice must fit with both values", () => {
    expect(fits({ properties: { a: { type: "string" } } }, '{"a":1,"a":"x"}')).toBe(false);
  });

  it("that is wrong everywhere is told by its first 20 problems, in short messages", () => {
    const choices = many(3000, (index) => `v${index}`);
    const { problems } = check(items({ enum: choices }), listOf("1"));
    expect(problems).toHaveLength(20);
    const long = check({ properties: { a: { enum: choices } } }, { a: "x".repeat(500_000) }).problems[0];
    expect(long?.message.length).toBeLessThan(400);
    const named = check({ additionalProperties: false }, { ["x".repeat(500_000)]: 1 }).problems[0];
    expect(String(named?.path[0]).length).toBeLessThan(100);
  });
});

describe("what a check costs", () => {
  const wide = (each: (index: number) => JsonValue) => ({ allOf: many(28, each) });
  const schemas: Record<string, JsonObject> = {
    "one type": items({ type: "integer" }),
    "3,000 texts to choose from": items({ enum: many(3000, (index) => `v${index}`) }),
    "1,500 objects to choose from": items({ enum: many(1500, (index) => ({ a: index })) }),
    "an object of 1,900 members to equal": items({
      const: Object.fromEntries(many(1900, (index) => [`${index}`, 0])),
    }),
    "28 alternatives": items({ anyOf: many(28, (index) => ({ const: `c${index}` })) }),
    "28 bounds": items(wide((index) => ({ minimum: -index }))),
    "28 divisors": items(wide(() => ({ multipleOf: 0.1 }))),
    "28 lengths": items(wide(() => ({ maxLength: 1000, minLength: 1 }))),
    "28 formats": items(wide(() => ({ format: "uri" }))),
    "unevaluated members": {
      properties: {
        l: {
          anyOf: many(14, () => ({ additionalProperties: { type: "number" } })),
          unevaluatedProperties: false,
        },
      },
    },
    "unevaluated items": {
      properties: {
        l: { anyOf: many(14, () => ({ contains: { type: "number" } })), unevaluatedItems: false },
      },
    },
    names: { properties: { l: { propertyNames: wide((index) => ({ maxLength: 200 + index })) } } },
    "2,000 required members": items({ required: many(2000, (index) => `r${index}`) }),
  };
  const texts: Record<string, string> = {
    ...{ numbers: listOf("1"), texts: listOf('"a"'), objects: listOf("{}"), members: listOf('{"a":1}') },
    "long numbers": listOf("9".repeat(399)),
    escapes: listOf(String.raw`"\u00e9\u00e9"`),
    addresses: listOf('"https://example.com/a"'),
    "one long text": `{"l":["${"x".repeat(LARGE)}"]}`,
    "one long number": `{"l":[${"9".repeat(LARGE)}]}`,
    "names that differ": `{"l":{${many(16_000, (index) => `"a${index}":0`).join(",")}}}`,
  };

  it.each(Object.keys(schemas))("has an end with %s, whatever the data", (name) => {
    const ofSchema = dataCheck(schemas[name] as JsonObject);
    for (const text of Object.values(texts)) {
      const { steps, isTooCostly, problems } = ofSchema(text);
      // The step that goes beyond the budget is the last.
      expect(steps).toBeLessThan(EVENT_STEPS + 2 * LARGE);
      expect(isTooCostly).toBe(steps > EVENT_STEPS);
      expect(problems.length).toBeLessThanOrEqual(20);
    }
  });

  it("is told where it is too much, and is no problem with what is usual", () => {
    const alternatives = { anyOf: many(28, (index) => ({ const: `c${index}` })) };
    expect(check(items(alternatives), listOf('"c27"')).isTooCostly).toBe(true);
    const lines = { l: many(5000, (index) => ({ price: index, id: `line ${index}`, tags: ["a", "b"] })) };
    const line = {
      type: "object",
      required: ["price"],
      properties: { price: { type: "number" }, id: { type: "string" } },
    };
    const usual = check(items(line), lines);
    expect([usual.isTooCostly, usual.problems]).toEqual([false, []]);
  });

  it("counts a comparison by what it compares", () => {
    const one = { a: { b: [1, 2, 3] } };
    const few = check(items({ enum: [one] }), { l: [one] }).steps;
    const lot = check(items({ enum: many(100, (index) => ({ a: { b: [1, 2, index + 10] } })) }), {
      l: [one],
    }).steps;
    expect(lot).toBeGreaterThan(50 * (few / 2));
  });
});
