/** In order by key the promises of an order hold for each key by itself: what `judge` finds of each, with its name. */
export function ofEachKey<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  judge: (mine: readonly Item[]) => readonly string[],
): string[] {
  return [...Map.groupBy(items, keyOf)].flatMap(([key, mine]) =>
    judge(mine).map((text) => `key "${key}": ${text}`),
  );
}
