import type { Atlas, Endpoint, EventType, Workspace } from "../../sdk/client/index.ts";
import { CommandError } from "../shell/failure.ts";

/** The pair of an endpoint's `metadata` that keeps the key which a file gave it. */
const KEY = "key";

/** The service's own, which nobody can change. */
const OPERATIONAL = "webhooks.";

/** A workspace as it is. */
export interface Current {
  workspace: Workspace;
  eventTypes: EventType[];
  endpoints: Endpoint[];
}

/** Reads all of a workspace that a file can say. */
export async function readCurrent(atlas: Atlas): Promise<Current> {
  const [workspace, eventTypes, endpoints] = await Promise.all([
    atlas.workspace.get(),
    all(atlas.eventTypes.list({ limit: 200 })),
    all(atlas.endpoints.list({ limit: 200 })),
  ]);
  return {
    workspace,
    eventTypes: eventTypes.filter(({ type }) => !type.startsWith(OPERATIONAL)),
    // A tunnel belongs to whoever listens.
    endpoints: endpoints.filter(({ transport }) => transport !== "listen"),
  };
}

/** What tells an endpoint from others on every service: the key that a file gave it, otherwise its id. */
export function keyOf({ id, metadata }: Endpoint): string {
  return metadata[KEY] ?? id;
}

/** The endpoint's own metadata, without its key. */
export function ownMetadata({ metadata }: Endpoint): Record<string, string> {
  const { [KEY]: _, ...own } = metadata;
  return own;
}

/** Metadata as it is kept for an endpoint that a file made. */
export function metadataWithKey(metadata: unknown, key: string): Record<string, string> {
  return { ...(metadata as Record<string, string> | undefined), [KEY]: key };
}

/** Endpoints by their keys. Throws a CommandError where two have the same. */
export function byKey(endpoints: readonly Endpoint[]): Map<string, Endpoint> {
  const found = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = keyOf(endpoint);
    const other = found.get(key);
    if (other !== undefined)
      throw new CommandError(
        `The endpoints ${other.id} and ${endpoint.id} both have the key ${key} in their metadata: change one.`,
      );
    found.set(key, endpoint);
  }
  return found;
}

async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}
