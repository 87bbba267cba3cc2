import { findRouting } from "../d1/workspace-logs.ts";
import { type Order, orderBy } from "../domain/order.ts";
import { ApiError, invalid } from "../errors.ts";

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

/** What comes of a body that may name the order `serialize`: then a refusal of the order names that field. */
export async function asNamedIn<T>(body: unknown, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isOther = typeof body !== "object" || body === null || !("serialize" in body) || "order" in body;
    if (isOther || !(error instanceof ApiError) || error.code !== "invalid_request") throw error;
    const named = ({ path, message }: ApiError["errors"][number]) =>
      path === "order"
        ? { path: "serialize", message: `as another name of \`order\` ${message}` }
        : { path, message };
    throw invalid(error.errors.map(named));
  }
}
