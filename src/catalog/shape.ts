/*
 * Small builders that say a field once: its JSON Schema and, beside it, a sample of it. What a catalogued type's data
 * looks like and what its sample shows cannot drift apart.
 */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

/** A schema (JSON Schema 2020-12) with a value that is valid by it. */
export interface Shape<Sample extends JsonValue = JsonValue> {
  schema: JsonObject;
  sample: Sample;
}

export type Fields = Record<string, Shape>;

export function text(sample: string): Shape {
  return { schema: { type: "string" }, sample };
}

/** RFC 3339, date and time. */
export function time(sample: string): Shape {
  return { schema: { type: "string", format: "date-time" }, sample };
}

/** A day, `2026-01-31`. */
export function day(sample: string): Shape {
  return { schema: { type: "string", format: "date" }, sample };
}

export function url(sample: string): Shape {
  return { schema: { type: "string", format: "uri" }, sample };
}

export function number(sample: number): Shape {
  return { schema: { type: "number" }, sample };
}

export function integer(sample: number): Shape {
  return { schema: { type: "integer" }, sample };
}

export function flag(sample: boolean): Shape {
  return { schema: { type: "boolean" }, sample };
}

/** One of a few texts; the first is the sample. */
export function oneOf(...values: [string, ...string[]]): Shape {
  return { schema: { type: "string", enum: values }, sample: values[0] };
}

/** A shape, or null. */
export function nullable(shape: Shape): Shape {
  return { schema: { anyOf: [shape.schema, { type: "null" }] }, sample: shape.sample };
}

/** A list with the shape's sample as its one element. */
export function list(item: Shape, sample: JsonValue[] = [item.sample]): Shape {
  return { schema: { type: "array", items: item.schema }, sample };
}

/** Any object; of its members nothing is said. */
export function anyObject(sample: JsonObject): Shape<JsonObject> {
  return { schema: { type: "object" }, sample };
}

/** An object. Members that it does not name may be there too: publishers add fields before the catalog does. */
export function object(required: Fields, optional: Fields = {}): Shape<JsonObject> {
  const fields = Object.entries({ ...required, ...optional });
  const names = Object.keys(required);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(fields.map(([name, { schema }]) => [name, schema])),
      ...(names.length > 0 ? { required: names } : {}),
    },
    sample: Object.fromEntries(fields.map(([name, { sample }]) => [name, sample])),
  };
}
