import type { Env } from "../env.ts";
import { endpointConfigOf, logSubscriptionOf } from "./endpoint-config.ts";
import { markSynced, purgeEndpoint } from "./endpoint-writes.ts";
import { endpointOf, logOf } from "./objects.ts";
import type { EndpointRow } from "./tables.ts";

/**
 * Has the log and the endpoint object take this row, a tombstone included, and notes that they did. Throws what they
 * throw; then nothing is noted, and doing it again is safe: an object keeps the newest version, in whatever order
 * they arrive.
 */
export async function pushEndpoint(env: Env, row: EndpointRow): Promise<void> {
  const log = logOf(env, row.workspaceId);
  const endpoint = endpointOf(env, row.id);
  if (row.deletedAt === null) {
    await Promise.all([endpoint.configure(endpointConfigOf(row)), log.subscribe(logSubscriptionOf(row))]);
    await markSynced(env.DB, row);
    return;
  }
  // In this order: once the log has dropped the subscription, nothing more is handed over to an erased object.
  await log.unsubscribe(row.id, row.version);
  await endpoint.erase();
  await purgeEndpoint(env.DB, row);
}
