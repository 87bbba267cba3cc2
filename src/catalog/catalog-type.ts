import type { JsonObject, Shape } from "./shape.ts";

/** How data of a type looks. */
export interface TypeShape {
  /** JSON Schema 2020-12 of `data`. */
  schema: JsonObject;
  /** A realistic `data`, valid by the schema. */
  sample: JsonObject;
}

/** A catalogued event type: what a workspace starts with. */
export interface CatalogType extends TypeShape {
  type: string;
  category: string;
  description: string;
  /** The wire contracts that name this type, by their dialects; none = the service publishes it itself, everywhere. */
  contracts: readonly string[];
  /** The contracts among these whose data looks otherwise. */
  variants?: Readonly<Record<string, TypeShape>>;
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
