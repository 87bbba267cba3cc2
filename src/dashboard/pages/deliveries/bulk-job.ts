import type { Atlas, DeliverySweep, NewReplay } from "../../../sdk/client/index.ts";
import type { DeliveryFilter } from "../../api/deliveries.ts";
import type { BulkAction, BulkResult } from "./bulk-run.ts";

/** A filter as a replay of the service's own; null where no replay takes just these. */
export function replayOf(filter: DeliveryFilter): NewReplay | null {
  const { endpoint_id, status, type, error, response_status, from, to, event_id } = filter;
  if (event_id !== undefined || status === "pending" || status === "canceled") return null;
  const isFailed = error !== undefined || response_status !== undefined;
  if (isFailed && status === "delivered") return null;
  return {
    // What failed and has ended is dead.
    status: isFailed ? "dead" : (status ?? "any"),
    ...(endpoint_id !== undefined && { endpoint_ids: [endpoint_id] }),
    ...(type !== undefined && { types: [type] }),
    ...(error !== undefined && { error }),
    ...(response_status !== undefined && { response_status }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** What a retry or cancel of many goes by. */
export interface Sweep {
  action: "retry" | "cancel";
  /** Undefined = of all endpoints. */
  endpointId: string | undefined;
  types: string[] | undefined;
}

/** A filter as retries or cancels of the service's own; null where none takes just these. */
export function sweepOf(action: BulkAction, filter: DeliveryFilter): Sweep | null {
  const { endpoint_id: endpointId, status, type, ...rest } = filter;
  if (action === "replay" || (status !== undefined && status !== "pending")) return null;
  if (Object.values(rest).some((value) => value !== undefined)) return null;
  // Retries go by nothing but the endpoint.
  if (action === "retry" && type !== undefined) return null;
  return { action, endpointId, types: type === undefined ? undefined : [type] };
}

const ASK_MS = 300;

/** Runs it at each endpoint, one after the other; `ids`: those with something pending. */
export async function runSweeps(
  atlas: Atlas,
  { action, types }: Sweep,
  ids: readonly string[],
  signal: AbortSignal,
  onProgress: (ended: number) => void,
): Promise<BulkResult> {
  const result: BulkResult = { done: 0, failed: 0, reason: null, isStopped: false };
  for (const id of ids) {
    if (signal.aborted) break;
    const before = result.done;
    try {
      let sweep: DeliverySweep = await (action === "retry"
        ? atlas.endpoints.retryAll(id)
        : atlas.endpoints.cancelAll(id, types === undefined ? {} : { types }));
      while (sweep.state === "running") {
        await new Promise((resolve) => setTimeout(resolve, ASK_MS));
        sweep = await atlas.endpoints.getSweep(id, sweep.id);
        onProgress(before + sweep.changed);
      }
      result.done += sweep.changed;
      result.failed += sweep.matched - sweep.changed;
    } catch (error) {
      result.reason ??= error instanceof Error ? error.message : String(error);
    }
    onProgress(result.done + result.failed);
  }
  return { ...result, isStopped: signal.aborted };
}
