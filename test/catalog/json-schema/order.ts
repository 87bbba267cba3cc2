import type { JsonObject } from "../../../src/catalog/shape.ts";

/** A schema as a workspace would write one. */
export const order: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  required: ["id", "lines"],
  additionalProperties: false,
  properties: {
    id: { type: "string", minLength: 1 },
    placed_at: { type: "string", format: "date-time" },
    state: { enum: ["open", "paid"] },
    lines: { type: "array", maxItems: 3, items: { $ref: "#/$defs/line" } },
    note: { anyOf: [{ type: "string" }, { type: "null" }] },
  },
  $defs: {
    line: { type: "object", required: ["price"], properties: { price: { type: "number", minimum: 0 } } },
  },
};
