import type { List } from "../sdk/client/index.ts";

/** The first so many of a list. */
export async function firstOf<Item>(list: List<Item>, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) {
    items.push(item);
    if (items.length >= limit) break;
  }
  return items;
}
