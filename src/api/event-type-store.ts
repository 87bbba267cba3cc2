import { catalogType, catalogue } from "../catalog/index.ts";
import type { JsonObject } from "../catalog/shape.ts";
import { findEventTypes, listEventTypeNames } from "../config/event-types.ts";
import type { EventTypeRow } from "../config/tables.ts";

/* A workspace's event types: the built-in catalog, with what the workspace changed laid over it. */

/** An event type as a workspace has it. */
export interface EventType {
  type: string;
  category: string;
  description: string;
  /** Null = any data. */
  schema: JsonObject | null;
  sample: JsonObject;
  deprecated: boolean;
}

/** The type; null if the workspace has none of this name. */
export async function findEventType(
  db: D1Database,
  workspaceId: string,
  type: string,
): Promise<EventType | null> {
  const [own] = await findEventTypes(db, workspaceId, [type]);
  return laidOver(type, own);
}

/** A page of the types in their order, after one and of a category; one more than `limit` if there is a next page. */
export async function pageOfEventTypes(
  db: D1Database,
  workspaceId: string,
  { after = "", category, limit }: { after?: string; category?: string; limit: number },
): Promise<EventType[]> {
  const categories = new Map(
    catalogue.filter((row) => row.type > after).map((row) => [row.type, row.category]),
  );
  for (const own of await listEventTypeNames(db, workspaceId, after)) {
    if (own.deleted) categories.delete(own.type);
    else categories.set(own.type, own.category);
  }
  const types = [...categories]
    .filter(([, its]) => category === undefined || its === category)
    .map(([type]) => type)
    .sort()
    .slice(0, limit + 1);
  const own = new Map((await findEventTypes(db, workspaceId, types)).map((row) => [row.type, row]));
  return types.flatMap((type) => laidOver(type, own.get(type)) ?? []);
}

/** What a workspace has of a type: its own row if there is one, otherwise the catalog's. */
export function laidOver(type: string, own: EventTypeRow | undefined): EventType | null {
  if (own === undefined) {
    const built = catalogType(type);
    return built && { ...built, deprecated: false };
  }
  if (own.deleted) return null;
  const { category, description, schema, sample, deprecated } = own;
  return { type, category, description, schema, sample, deprecated };
}
