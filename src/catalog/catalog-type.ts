import type { JsonObject, Shape } from "./shape.ts";

/** A catalogued event type: what a workspace starts with. */
export interface CatalogType {
  type: string;
  category: string;
  description: string;
  /** JSON Schema 2020-12 of `data`. */
  schema: JsonObject;
  /** A realistic `data`, valid by the schema. */
  sample: JsonObject;
  /** The wire contracts that name this type, by their dialects. */
  contracts: readonly string[];
}

/** One type of an object, without what all types of that object share. */
export type TypeRow = readonly [type: string, description: string, data: Shape<JsonObject>];

/** The catalog's rows of one category. */
export function inCategory(
  category: string,
  contracts: readonly string[],
  rows: readonly TypeRow[],
): CatalogType[] {
  return rows.map(([type, description, { schema, sample }]) => ({
    type,
    category,
    description,
    schema,
    sample,
    contracts,
  }));
}
