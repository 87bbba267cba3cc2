import { atlasSales } from "./atlas-sales.ts";
import { atlasService } from "./atlas-service.ts";
import { atomic } from "./atomic.ts";
import { brokers, brokersShapes } from "./brokers.ts";
import type { CatalogType, TypeShape } from "./catalog-type.ts";
import { operational } from "./operational.ts";
import type { JsonObject } from "./shape.ts";
import { support } from "./support.ts";
import { voice } from "./voice.ts";

/** All built-in event types: those of the wire contracts and the service's own, each type once, sorted by type. */
export const catalogue: readonly CatalogType[] = [
  ...atlasSales,
  ...atlasService,
  ...voice,
  ...brokers,
  ...atomic,
  ...support,
  ...operational,
]
  .map((row) => (Object.hasOwn(brokersShapes, row.type) ? withBrokersShape(row) : row))
  .sort((a, b) => (a.type < b.type ? -1 : 1));

/** The contracts whose types a workspace starts with, by their dialects; null = all, as those made before one could ask. */
export type Catalog = readonly string[] | null;

const byType = new Map(catalogue.map((row) => [row.type, row]));

/** The built-in type as a workspace has it, in the shape of the first of its contracts; null if it has none of this name. */
export function catalogType(type: string, catalog: Catalog = null): CatalogType | null {
  const row = byType.get(type);
  if (row === undefined || row.contracts.length === 0 || catalog === null) return row ?? null;
  const first = catalog.find((contract) => row.contracts.includes(contract));
  return first === undefined ? null : { ...row, ...row.variants?.[first] };
}

/** The built-in types of a catalog, by name. */
export function catalogTypes(catalog: Catalog): CatalogType[] {
  return catalogue.flatMap(({ type }) => catalogType(type, catalog) ?? []);
}

/** A realistic `data` of this type as a contract has it; for a type that no contract knows, an empty one. */
export function sampleData(type: string, contract?: string): JsonObject {
  const row = byType.get(type);
  const variant = contract === undefined ? undefined : row?.variants?.[contract];
  return variant?.sample ?? row?.sample ?? {};
}

function withBrokersShape(row: CatalogType): CatalogType {
  return { ...row, variants: { brokers: brokersShapes[row.type] as TypeShape } };
}
