import { endpointQueue } from "../contract/queue.ts";
import type { HeldKeys } from "../domain/queue-state.ts";
import { policyOf } from "../endpoints/settings.ts";
import { livingEndpoint, unknownEndpoint } from "../endpoints/store.ts";
import { newApi } from "../http/context.ts";
import { endpointOf, hubOf } from "../objects/objects.ts";
import { deliveryBody, waitBody } from "../rendering/deliveries.ts";
import { timeText, timeTextOrNull } from "../rendering/time.ts";
import { addRoute } from "./routes.ts";

/** What waits for an endpoint, and why. */
export const queueStateRoutes = newApi();

addRoute(
  queueStateRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/queue",
    operationId: "getEndpointQueue",
    tag: "Deliveries",
    summary: "An endpoint's queue",
    description: "Its head and why that waits, how much waits behind it, and by when that is gone.",
    access: "endpoints:read",
    status: 200,
    answer: endpointQueue,
  },
  async ({ env, caller, param }) => {
    const row = await livingEndpoint(env, caller, param("id"));
    const { id, workspaceId } = row;
    const isListened = policyOf(row).transport === "listen";
    const [state, listeners] = await Promise.all([
      endpointOf(env, id).queueState(),
      isListened ? hubOf(env, workspaceId).listening(id) : null,
    ]);
    if (state === null) throw unknownEndpoint(id);
    return {
      // What objects of version 0.2 say has no `order`.
      order: state.order ?? (state.isOrdered ? ("endpoint" as const) : ("none" as const)),
      head: state.head && deliveryBody(state.head),
      head_since: timeTextOrNull(state.headSince),
      wait: state.wait && waitBody(state.wait),
      keys: state.keys ? keysBody(state.keys) : null,
      depth: state.depth,
      bytes: state.bytes,
      in_flight: state.inFlight,
      ended_last_minute: state.lastMinute.ended,
      attempts_last_minute: state.lastMinute.attempts,
      listeners,
      drained_by: timeTextOrNull(state.drainedBy),
    };
  },
);

function keysBody({ held, heads }: HeldKeys) {
  return {
    held,
    heads: heads.map(({ key, deliveryId, sequence, attemptCount, dueAt }) => ({
      ...{ key, sequence, delivery_id: deliveryId, attempt_count: attemptCount, due_at: timeText(dueAt) },
    })),
  };
}
