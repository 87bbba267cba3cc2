import { findRouting } from "../d1/workspace-logs.ts";
import { type Order, orderBy } from "../domain/order.ts";
import { invalid } from "../errors.ts";

/** Throws 422 for an order that the workspace's logs do not keep: with several of them they keep that of `shard_by` alone. */
export async function refuseUnkeptOrder(db: D1Database, workspaceId: string, order: Order): Promise<void> {
  if (order === "none") return;
  const routing = await findRouting(db, workspaceId);
  if (routing === null || routing.count === 1) return;
  const { count, shardBy } = routing;
  if (shardBy !== null && orderBy(order) === shardBy) return;
  const kept = shardBy === null ? "" : ` or {"by": ${JSON.stringify(shardBy)}}`;
  const message = `must be "none"${kept}: the workspace has ${count} logs (\`log_shards\`), which keep the order of the values of its \`shard_by\` alone`;
  throw invalid([{ path: "order", message }]);
}
