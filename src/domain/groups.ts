import { pause, type Timers } from "./surroundings.ts";

/**
 * How many RPCs to objects run at once. All objects of one machine share a thread: 32 at once held accepting up for
 * 420 ms, groups of 8 with a pause between them for 7 ms (measured).
 */
const GROUP_SIZE = 8;

/**
 * Does something with each item, eight at a time, with a macrotask between the groups so that other requests get
 * their turn. Returns the outcomes in the items' order; nothing throws.
 */
export async function settleInGroups<Item, Result>(
  items: readonly Item[],
  timers: Timers,
  act: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = [];
  for (let first = 0; first < items.length; first += GROUP_SIZE) {
    if (first > 0) await pause(timers);
    outcomes.push(...(await Promise.allSettled(items.slice(first, first + GROUP_SIZE).map(act))));
  }
  return outcomes;
}

/** Like `settleInGroups`, but returns the results, or throws the first error after its group has ended. */
export async function mapInGroups<Item, Result>(
  items: readonly Item[],
  timers: Timers,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += GROUP_SIZE) {
    if (first > 0) await pause(timers);
    for (const outcome of await settleInGroups(items.slice(first, first + GROUP_SIZE), timers, act)) {
      if (outcome.status === "rejected") throw outcome.reason;
      results.push(outcome.value);
    }
  }
  return results;
}
