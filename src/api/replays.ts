import { findEndpoints } from "../config/endpoints.ts";
import { delivery, eventReplayAnswer, eventReplayInput } from "../contract/delivery.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import { mapInGroups } from "../domain/groups.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { foundDelivery } from "./deliveries.ts";
import { unknownEndpoint } from "./endpoint-store.ts";
import { foundEvent } from "./events.ts";
import { deliveryBody } from "./render.ts";
import { addRoute, newApi } from "./route.ts";

/** Replays of one event: a new delivery, at the end of its endpoint's order. */
export const replayRoutes = newApi();

const tag = "Replays";

/** More endpoints than that are a replay job's work, not one request's. */
const MAX_ENDPOINTS = 100;

addRoute(
  replayRoutes,
  {
    method: "post",
    path: "/v1/events/{id}/replay",
    tag,
    summary: "Replay an event",
    description:
      "To the named endpoints, even where it does not match; unnamed: to all enabled ones that match now, at most 100.",
    access: "endpoints:write",
    body: eventReplayInput,
    bodyOptional: true,
    status: 202,
    answer: eventReplayAnswer,
    errors: ["event_expired", "endpoint_disabled", "too_many_endpoints"],
  },
  async ({ env, caller, param, body }) => {
    const { endpoint_ids: named } = await body();
    const { event } = await foundEvent(env, caller.workspaceId, param("id"));
    const endpointIds = named
      ? await checkedEndpoints(env, caller.workspaceId, named)
      : await matchingEndpoints(env, caller.workspaceId, event.id);
    const deliveries = await replay(env, caller.workspaceId, event, endpointIds);
    return {
      deliveries: deliveries.map(({ id, endpointId, sequence }) => ({
        id,
        endpoint_id: endpointId,
        sequence,
      })),
    };
  },
);

addRoute(
  replayRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/deliveries/{delivery_id}/replay",
    tag,
    summary: "Replay a delivery",
    access: "endpoints:write",
    status: 202,
    answer: delivery,
    errors: ["event_expired", "endpoint_disabled"],
  },
  async ({ env, caller, param }) => {
    const endpointId = param("id");
    const original = await foundDelivery(env, caller.workspaceId, endpointId, param("delivery_id"));
    const { event } = await foundEvent(env, caller.workspaceId, original.eventId);
    await checkedEndpoints(env, caller.workspaceId, [endpointId]);
    await env.EVENT_LOG.getByName(caller.workspaceId).noteReplay(event.position, [endpointId]);
    return deliveryBody(await enqueue(env, endpointId, event, original.id));
  },
);

/** The named endpoints, all known and none disabled: otherwise nothing is made. Throws 404 and 409. */
async function checkedEndpoints(env: Env, workspaceId: string, named: string[]): Promise<string[]> {
  const rows = new Map((await findEndpoints(env.DB, workspaceId, named)).map((row) => [row.id, row]));
  const unknown = named.find((id) => !rows.has(id));
  if (unknown !== undefined) throw unknownEndpoint(unknown);
  const disabled = named.find((id) => rows.get(id)?.status === "disabled");
  if (disabled !== undefined) throw disabledEndpoint(disabled);
  return named;
}

async function matchingEndpoints(env: Env, workspaceId: string, eventId: string): Promise<string[]> {
  const ids = await env.EVENT_LOG.getByName(workspaceId).matchingEndpoints(eventId);
  if (ids.length <= MAX_ENDPOINTS) return ids;
  throw new ApiError(
    "too_many_endpoints",
    `${ids.length} endpoints match, more than ${MAX_ENDPOINTS}: name them in endpoint_ids.`,
  );
}

async function replay(
  env: Env,
  workspaceId: string,
  event: Event,
  endpointIds: string[],
): Promise<Delivery[]> {
  if (endpointIds.length === 0) return [];
  // Before they exist: a delivery that the event does not know of could not be found from it.
  await env.EVENT_LOG.getByName(workspaceId).noteReplay(event.position, endpointIds);
  // Without naming the delivery: each endpoint knows which of its own is the event's newest.
  return mapInGroups(endpointIds, (endpointId) => enqueue(env, endpointId, event, null));
}

async function enqueue(
  env: Env,
  endpointId: string,
  event: Event,
  replayOf: string | null,
): Promise<Delivery> {
  const answer = await env.ENDPOINT.getByName(endpointId).replay({ event, replayOf });
  if (answer.outcome === "enqueued") return answer.delivery;
  throw answer.outcome === "gone" ? unknownEndpoint(endpointId) : disabledEndpoint(endpointId);
}

function disabledEndpoint(endpointId: string): ApiError {
  return new ApiError("endpoint_disabled", `Endpoint ${endpointId} is disabled; enable it first.`);
}
