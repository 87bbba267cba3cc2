import { readFileSync } from "node:fs";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { AtlasCatalogEvent } from "../../../src/sdk/event-types/catalog-events.ts";
import { dataInterface } from "../../../src/sdk/event-types/declarations.ts";
import { typeOf } from "../../../src/sdk/event-types/schema-type.ts";
import { atlas } from "../../../src/sdk/index.ts";
import { catalogEventsText, FILE } from "./catalog-events.ts";

describe("the catalog's event types in TypeScript", () => {
  it("are what `npm run event-types` writes", () => {
    expect(readFileSync(FILE, "utf8")).toBe(catalogEventsText());
  });

  it("narrow `data` by `type`", () => {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const body = '{"type":"deal.stage_changed","data":{"id":"deal_1","previous_stage":"qualified"}}';
    const event = atlas.webhooks.verify<AtlasCatalogEvent>(body, atlas.webhooks.sign(body, secret), secret);
    if (event.type !== "deal.stage_changed") throw new Error(`it is ${event.type}`);
    expectTypeOf(event.data.previous_stage).toEqualTypeOf<string | undefined>();
    // @ts-expect-error a field of other types
    expect(event.data.attendees).toBeUndefined();
    expect(event.data.previous_stage).toBe("qualified");
  });
});

describe("the type of a schema", () => {
  it.each([
    [{ type: "string" }, "string"],
    [{ type: ["integer", "null"] }, "number | null"],
    [{ anyOf: [{ type: "boolean" }, { type: "null" }] }, "boolean | null"],
    [{ enum: ["a", 1, null] }, '"a" | 1 | null'],
    [{ const: "x" }, '"x"'],
    [{ type: "array", items: { type: "string" } }, "Array<string>"],
    [{ type: "object" }, "Record<string, unknown>"],
    [
      { type: "object", properties: { id: { type: "string" }, "a-b": {} }, required: ["id"] },
      '{ "id": string; "a-b"?: unknown }',
    ],
    [{ $ref: "#/$defs/x" }, "unknown"],
    [true, "unknown"],
  ])("%j is %s", (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  it("ends for a schema that is nested without end, and a description cannot leave its comment", () => {
    const endless: Record<string, unknown> = { type: "array" };
    endless.items = endless;
    expect(typeOf(endless)).toContain("unknown");
    const text = dataInterface("Data", [{ type: "a", description: "x */ evil(); /*", schema: null }]);
    expect(text).not.toContain("*/ evil");
  });
});
