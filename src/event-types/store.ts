import { type Catalog, catalogType, catalogTypes, sampleData } from "../catalog/index.ts";
import type { JsonObject } from "../catalog/shape.ts";
import { findEventTypes, listEventTypeNames } from "../d1/event-types.ts";
import type { EventTypeRow } from "../d1/tables.ts";

/* A workspace's event types: the built-in catalog, with what the workspace changed laid over it. */

/** Whose event types: a workspace, and the contracts whose types it started with. A caller is one. */
export interface TypeOwner {
  workspaceId: string;
  catalog: Catalog;
}

/** An event type as a workspace has it. */
export interface EventType {
  type: string;
  /** Empty = none. */
  category: string;
  description: string;
  /** Null = any data. */
  schema: JsonObject | null;
  /** Without members = none. */
  sample: JsonObject;
  deprecated: boolean;
}

/** The type; null if the workspace has none of this name. */
export async function findEventType(
  db: D1Database,
  { workspaceId, catalog }: TypeOwner,
  type: string,
): Promise<EventType | null> {
  const [own] = await findEventTypes(db, workspaceId, [type]);
  return laidOver(type, own, catalog);
}

/** The sample of a type: the workspace's own, otherwise the catalog's as a contract has it, whether it is the workspace's or not. */
export async function findSample(
  db: D1Database,
  workspaceId: string,
  type: string,
  contract: string,
): Promise<JsonObject> {
  const [own] = await findEventTypes(db, workspaceId, [type]);
  return own === undefined || own.deleted ? sampleData(type, contract) : own.sample;
}

/** What a page of types is asked for; all that is given must hold. */
export interface TypeQuery {
  /** Starts behind this type. */
  after?: string;
  category?: string;
  /** A contract that names the type. */
  contract?: string;
  /** Found in the name or the description, whatever the case. */
  text?: string;
  limit: number;
}

/** A page of the types in their order; one more than `limit` if there is a next page. */
export async function pageOfEventTypes(
  db: D1Database,
  { workspaceId, catalog }: TypeOwner,
  { after = "", category, contract, text, limit }: TypeQuery,
): Promise<EventType[]> {
  const found = new Map<string, { category: string; description: string }>(
    catalogTypes(catalog)
      .filter((row) => row.type > after)
      .map((row) => [row.type, row]),
  );
  for (const own of await listEventTypeNames(db, workspaceId, after)) {
    if (own.deleted) found.delete(own.type);
    else found.set(own.type, own);
  }
  const wanted = text?.toLowerCase();
  const types = [...found]
    .filter(
      ([type, its]) =>
        (category === undefined || its.category === category) &&
        (contract === undefined || catalogType(type)?.contracts.includes(contract)) &&
        (wanted === undefined || `${type}\n${its.description}`.toLowerCase().includes(wanted)),
    )
    .map(([type]) => type)
    .sort()
    .slice(0, limit + 1);
  const own = new Map((await findEventTypes(db, workspaceId, types)).map((row) => [row.type, row]));
  // Asked for one contract's types they are all shown in its shape.
  const shapes = contract === undefined ? catalog : [contract];
  return types.flatMap((type) => laidOver(type, own.get(type), shapes) ?? []);
}

/** What a workspace has of a type: its own row if there is one, otherwise that of its catalog. */
function laidOver(type: string, own: EventTypeRow | undefined, catalog: Catalog): EventType | null {
  if (own === undefined) {
    const built = catalogType(type, catalog);
    return built && { ...built, deprecated: false };
  }
  if (own.deleted) return null;
  const { category, description, schema, sample, deprecated } = own;
  return { type, category, description, schema, sample, deprecated };
}
