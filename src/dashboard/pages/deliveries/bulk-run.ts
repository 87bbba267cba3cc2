import type { Atlas, Delivery } from "../../../sdk/client/index.ts";
import type { DeliveryFilter } from "../../api/deliveries.ts";

export type BulkAction = "retry" | "replay" | "cancel";

export interface BulkResult {
  done: number;
  failed: number;
  /** Why the first of them was left as it is. */
  reason: string | null;
  isStopped: boolean;
}

/** So many requests under way: a bulk action must not crowd out the page, nor the service. */
const AT_ONCE = 6;

/** All deliveries that a filter finds, as they are found. */
export function matching(atlas: Atlas, filter: DeliveryFilter, signal: AbortSignal): AsyncIterable<Delivery> {
  const { endpoint_id: id, ...query } = filter;
  return id === undefined
    ? atlas.deliveries.list({ ...query, limit: 200 }, { signal })
    : atlas.endpoints.deliveries(id, { ...query, limit: 200 }, { signal });
}

/** Whether an action does something to it. */
export function isFit(action: BulkAction, { status }: Delivery): boolean {
  return action === "replay" ? status !== "pending" : status === "pending";
}

/** Acts on each of them; one that is left as it is does not end the others. */
export async function runBulk(
  atlas: Atlas,
  action: BulkAction,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
  onProgress: (ended: number) => void,
): Promise<BulkResult> {
  const result: BulkResult = { done: 0, failed: 0, reason: null, isStopped: false };
  // In their order: replays go to the end of an endpoint's order as they come.
  const queue = deliveries.toSorted((one, other) => one.sequence - other.sequence);
  const work = async () => {
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) {
      try {
        await atlas.endpoints[action](next.endpoint_id, next.id, { signal });
        result.done += 1;
      } catch (error) {
        if (signal.aborted) break;
        result.failed += 1;
        result.reason ??= error instanceof Error ? error.message : String(error);
      }
      onProgress(result.done + result.failed);
    }
  };
  await Promise.all(Array.from({ length: action === "replay" ? 1 : AT_ONCE }, work));
  return { ...result, isStopped: signal.aborted };
}
