import type { NewEvent } from "../domain/event.ts";
import { type LogRouting, logOfKey } from "../domain/log-shards.ts";
import { orderKeyIn } from "../domain/order.ts";
import type { Chance } from "../domain/surroundings.ts";

/** The log that some events go to, all of them; or the index of the first that belongs to another one than those before it. */
export type Route = { log: number } | { splitAt: number };

/**
 * Which log a request's events go to: by the key that the workspace's logs go by; otherwise by chance, but where they or the request
 * have a name, to log 0, which knows all names.
 */
export function routeOf(
  { count, shardBy }: LogRouting,
  events: readonly NewEvent[],
  isNamed: boolean,
  chance: Chance,
): Route {
  if (count === 1) return { log: 0 };
  if (shardBy === null) return { log: isNamed ? 0 : Math.floor(chance.random() * count) };
  let log: number | null = null;
  for (const [index, event] of events.entries()) {
    const own = logOfKey(orderKeyIn(shardBy, event), count);
    if (log !== null && own !== log) return { splitAt: index };
    log = own;
  }
  return { log: log ?? 0 };
}
