type Schema = Readonly<Record<string, unknown>>;

const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

/** Deeper ones are `unknown`: a workspace's own schema may refer to anything. */
const MOST_DEPTH = 32;

/**
 * The TypeScript type of what a JSON Schema describes. What TypeScript cannot say, as a pattern or a range, is left out;
 * what this does not read, as a reference, is `unknown`.
 */
export function typeOf(schema: unknown, depth = 0): string {
  if (typeof schema !== "object" || schema === null || depth > MOST_DEPTH) return "unknown";
  const given = schema as Schema;
  if ("const" in given) return JSON.stringify(given.const);
  if (Array.isArray(given.enum)) return oneOf(given.enum.map((value) => JSON.stringify(value)));
  for (const keyword of ["anyOf", "oneOf"]) {
    const several = given[keyword];
    if (Array.isArray(several)) return oneOf(several.map((one) => typeOf(one, depth + 1)));
  }
  if (Array.isArray(given.type))
    return oneOf(given.type.map((type) => typeOf({ ...given, type }, depth + 1)));
  if (given.type === "array") return `Array<${typeOf(given.items, depth + 1)}>`;
  if (given.type === "object" || given.properties !== undefined) return objectType(given, depth);
  return (typeof given.type === "string" && SCALARS[given.type]) || "unknown";
}

function oneOf(types: readonly string[]): string {
  return [...new Set(types)].join(" | ") || "never";
}

function objectType(schema: Schema, depth: number): string {
  const properties = Object.entries((schema.properties ?? {}) as Schema);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const members = properties.map(([name, property]) => {
    const mark = required.includes(name) ? "" : "?";
    return `${JSON.stringify(name)}${mark}: ${typeOf(property, depth + 1)}`;
  });
  if (members.length === 0) return "Record<string, unknown>";
  return `{ ${members.join("; ")} }`;
}
