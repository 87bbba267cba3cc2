import { atlasSales } from "./atlas-sales.ts";
import { atlasService } from "./atlas-service.ts";
import { atomic } from "./atomic.ts";
import { brokers } from "./brokers.ts";
import type { CatalogType } from "./catalog-type.ts";
import type { JsonObject } from "./shape.ts";
import { support } from "./support.ts";
import { voice } from "./voice.ts";

/** The event types that every workspace starts with: those of all wire contracts, each type once, sorted by type. */
export const catalogue: readonly CatalogType[] = [
  ...atlasSales,
  ...atlasService,
  ...voice,
  ...brokers,
  ...atomic,
  ...support,
].sort((a, b) => (a.type < b.type ? -1 : 1));

const byType = new Map(catalogue.map((row) => [row.type, row]));

/** The catalogued type; null if there is none of this name. */
export function catalogType(type: string): CatalogType | null {
  return byType.get(type) ?? null;
}

/** A realistic event of this type; for a type that the catalog does not know, one with empty data. */
export function sampleEvent(type: string): { type: string; data: JsonObject } {
  return { type, data: byType.get(type)?.sample ?? {} };
}
