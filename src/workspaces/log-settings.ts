import type { z } from "@hono/zod-openapi";
import type { workspaceChange } from "../contract/workspace.ts";
import { unfittingEndpoints } from "../d1/endpoint-order.ts";
import type { WorkspaceRow } from "../d1/tables.ts";
import { routingOf } from "../d1/workspace-logs.ts";
import type { LogRouting } from "../domain/log-shards.ts";
import type { Env } from "../env.ts";
import { ApiError, type FieldError, invalid } from "../errors.ts";
import { takeOver } from "../logs/raise.ts";
import { logLine } from "../service-log.ts";

/* `log_shards` and `shard_by` of a workspace. */

/** Endpoints that a refusal names. */
const NAMED = 5;

const RETRY_SECONDS = 2;

/** The routing after a change; null = as it is. Throws 422. */
export async function planRouting(
  db: D1Database,
  row: WorkspaceRow,
  { log_shards: count, shard_by: shardBy }: z.infer<typeof workspaceChange>,
): Promise<LogRouting | null> {
  const before = routingOf(row);
  const after = { count: count ?? before.count, shardBy: shardBy === undefined ? before.shardBy : shardBy };
  if (after.count === before.count && after.shardBy === before.shardBy) return null;
  const errors: FieldError[] = [];
  if (after.count < before.count)
    errors.push({ path: "log_shards", message: `can only be raised: it is ${before.count}` });
  if (before.count > 1 && after.shardBy !== before.shardBy) {
    const is = before.shardBy === null ? "null" : `"${before.shardBy}"`;
    errors.push({ path: "shard_by", message: `is fixed once there are several logs: it is ${is}` });
  }
  if (errors.length > 0) throw invalid(errors);
  if (after.count > 1) await refuseUnfitting(db, row.id, after);
  const isRaised = after.count > before.count;
  return {
    ...after,
    epoch: before.epoch + (isRaised ? 1 : 0),
    formerCount: isRaised ? before.count : before.formerCount,
  };
}

/** Throws 422 where an endpoint has an order that the logs would not keep. */
async function refuseUnfitting(
  db: D1Database,
  workspaceId: string,
  { count, shardBy }: Pick<LogRouting, "count" | "shardBy">,
): Promise<void> {
  const ids = await unfittingEndpoints(db, workspaceId, shardBy, NAMED + 1);
  if (ids.length === 0) return;
  const more = ids.length > NAMED ? " and others" : "";
  const kept = shardBy === null ? "no order at all" : `the order by "${shardBy}" alone`;
  const message = `${count} logs keep ${kept}, and these endpoints have another: ${ids.slice(0, NAMED).join(", ")}${more}. Change their \`order\`${shardBy === null ? ", or set `shard_by`," : ""} first`;
  throw invalid([{ path: "log_shards", message }]);
}

/** What to say where the change was not written: another one was, or an endpoint got an order that does not fit. Throws 422. */
export async function explainUnchanged(db: D1Database, id: string, routing: LogRouting): Promise<ApiError> {
  if (routing.count > 1) await refuseUnfitting(db, id, routing);
  return new ApiError(
    "write_conflict",
    "Others changed this workspace at the same time. Nothing was changed; send it again.",
  );
}

/** Has the logs take the routing over that is stored. Throws 503: it is safe to repeat, and the next event does it, too. */
export async function ensureTakenOver(env: Env, row: WorkspaceRow): Promise<void> {
  try {
    await takeOver(env, row.id, routingOf(row));
  } catch (error) {
    logLine("error", "a log did not take over how events are spread", { workspace: row.id, error });
    throw new ApiError("sync_pending", "The change is stored and will be taken over; to repeat it is safe.", {
      retryAfterSeconds: RETRY_SECONDS,
    });
  }
}
