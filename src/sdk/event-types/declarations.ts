import { typeOf } from "./schema-type.ts";

/** What this needs of an event type, as the API lists it. */
export interface DescribedType {
  type: string;
  description?: string;
  /** JSON Schema of its `data`; null = anything. */
  schema?: Record<string, unknown> | null;
}

/**
 * The TypeScript of an interface with the `data` of each event type under its name, in alphabetical order: what makes
 * `event.type === "deal.created"` narrow `event.data`.
 */
export function dataInterface(name: string, types: readonly DescribedType[]): string {
  const sorted = types.toSorted((a, b) => (a.type < b.type ? -1 : 1));
  const lines = sorted.flatMap(({ type, description, schema }) => [
    ...(description ? [`  /** ${inComment(description)} */`] : []),
    `  ${JSON.stringify(type)}: ${schema ? typeOf(schema) : "Record<string, unknown>"};`,
  ]);
  return [`export interface ${name} {`, ...lines, "}", ""].join("\n");
}

/** Text that cannot end the comment that it is in. */
export function inComment(text: string): string {
  return text.replaceAll("*/", "*\\/").replace(/\s+/g, " ").trim();
}
