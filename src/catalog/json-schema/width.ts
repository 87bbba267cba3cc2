import type { JsonObject, JsonValue } from "../shape.ts";

/** Places looked at before a schema counts as too wide. */
const MAX_PLACES = 5000;

type Schema = Record<string, JsonValue>;

/**
 * How many subschemas of a schema can apply to one and the same value: what checking costs per value of data. Infinite
 * where that takes too long to tell. The schema must be one that `schemaProblems` found nothing else against.
 */
export function widthOf(schema: JsonObject): number {
  const definitions = schemaIn(schema.$defs) ?? {};
  let widest = 0;
  let places = 0;
  const open: Schema[][] = [[schema]];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (++places > MAX_PLACES) return Number.POSITIVE_INFINITY;
    const applied = place.flatMap((one) => [...inPlace(one, definitions)]);
    widest = Math.max(widest, applied.length);
    open.push(...placesWithin(applied).filter((within) => within.length > 0));
  }
  return widest;
}

/** A schema and all that it applies to the same value. */
function* inPlace(schema: Schema, definitions: Schema): Generator<Schema> {
  yield schema;
  const named =
    typeof schema.$ref === "string" ? definitions[schema.$ref.slice("#/$defs/".length)] : undefined;
  const parts = [
    ...[named, schema.not, schema.if, schema.then, schema.else],
    ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap(listIn),
    ...Object.values(schemaIn(schema.dependentSchemas) ?? {}),
  ];
  for (const part of parts.flatMap(schemasIn)) yield* inPlace(part, definitions);
}

/** The kinds of values within a value, each with the schemas that apply to it. */
function placesWithin(applied: Schema[]): Schema[][] {
  const names = new Set(applied.flatMap(({ properties }) => Object.keys(schemaIn(properties) ?? {})));
  const prefix = Math.max(0, ...applied.map(({ prefixItems }) => listIn(prefixItems).length));
  const each = (pick: (schema: Schema) => (JsonValue | undefined)[]) =>
    applied.flatMap(pick).flatMap(schemasIn);
  return [
    ...[...names].map((name) =>
      each(({ properties, additionalProperties, unevaluatedProperties }) => [
        schemaIn(properties)?.[name] ?? additionalProperties,
        unevaluatedProperties,
      ]),
    ),
    each(({ additionalProperties, unevaluatedProperties }) => [additionalProperties, unevaluatedProperties]),
    each(({ propertyNames }) => [propertyNames]),
    // One more than the longest prefix stands for all items behind it.
    ...Array.from({ length: prefix + 1 }, (_, index) =>
      each(({ prefixItems, items, contains, unevaluatedItems }) => [
        listIn(prefixItems)[index] ?? items,
        contains,
        unevaluatedItems,
      ]),
    ),
  ];
}

/** The value in a list if it is a schema that asks anything; `true` and `false` cost nothing. */
function schemasIn(value: JsonValue | undefined): Schema[] {
  const schema = schemaIn(value);
  return schema === null ? [] : [schema];
}

function schemaIn(value: JsonValue | undefined): Schema | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}

function listIn(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
