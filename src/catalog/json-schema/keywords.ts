import { FORMAT_NAMES, type FormatName } from "./formats.ts";
import { TYPE_BITS } from "./rules.ts";

/* The keywords of JSON Schema 2020-12 that a workspace may use, and what each may hold. */

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

const TYPES = Object.keys(TYPE_BITS);

/** Keywords that are not taken, with the reason. */
export const REFUSED: Record<string, string> = {
  pattern: "a regular expression could hold up the service; use enum, format or lengths",
  patternProperties: "a regular expression could hold up the service; use properties or propertyNames",
  uniqueItems: "comparing all items with each other could hold up the service",
  $id: "a schema stands for itself here; use $defs",
};

/** What a keyword holds; a function tells what is wrong with its operand, null = nothing. */
export type Kind =
  | "annotation"
  | "schema"
  | "schemas"
  | "named schemas"
  | "number"
  | "count"
  | "names"
  | "named names"
  | ((value: unknown) => string | null);

export const KEYWORDS: Record<string, Kind> = {
  $schema: (value) => (value === DRAFT || value === `${DRAFT}#` ? null : `must be ${DRAFT}`),
  $comment: "annotation",
  title: "annotation",
  description: "annotation",
  default: "annotation",
  examples: "annotation",
  deprecated: "annotation",
  readOnly: "annotation",
  writeOnly: "annotation",
  $defs: "named schemas",
  type: (value) =>
    [value].flat().length > 0 && [value].flat().every((one) => TYPES.includes(one as string))
      ? null
      : `must be one or more of: ${TYPES.join(", ")}`,
  enum: (value) => (Array.isArray(value) && value.length > 0 ? null : "must be a list of values"),
  const: "annotation",
  format: (value) =>
    FORMAT_NAMES.includes(value as FormatName) ? null : `must be one of: ${FORMAT_NAMES.join(", ")}`,
  allOf: "schemas",
  anyOf: "schemas",
  oneOf: "schemas",
  prefixItems: "schemas",
  not: "schema",
  if: "schema",
  // biome-ignore lint/suspicious/noThenProperty: the name of a JSON Schema keyword
  then: "schema",
  else: "schema",
  items: "schema",
  contains: "schema",
  additionalProperties: "schema",
  propertyNames: "schema",
  unevaluatedItems: "schema",
  unevaluatedProperties: "schema",
  properties: "named schemas",
  dependentSchemas: "named schemas",
  required: "names",
  dependentRequired: "named names",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "number",
  exclusiveMaximum: "number",
  multipleOf: (value) =>
    Number.isFinite(value) && (value as number) > 0 ? null : "must be a number above 0",
  minLength: "count",
  maxLength: "count",
  minItems: "count",
  maxItems: "count",
  minContains: "count",
  maxContains: "count",
  minProperties: "count",
  maxProperties: "count",
};
