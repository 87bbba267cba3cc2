import { delivery, eventReplayAnswer, eventReplayInput } from "../contract/delivery.ts";
import { EVENT_IN_PATH } from "../contract/event.ts";
import { livingAmong } from "../d1/endpoints.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import { mapInGroups } from "../domain/groups.ts";
import { byOutcome } from "../domain/outcome.ts";
import { isPart, type Reach } from "../domain/scope.ts";
import { foundDelivery } from "../endpoints/found-delivery.ts";
import { checkedEndpoints, disabledEndpoint } from "../endpoints/named-endpoints.ts";
import { unknownEndpoint } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { foundEvent } from "../events/found-event.ts";
import { newApi } from "../http/context.ts";
import { answerOf, idempotencyConflict, type Once, requestOf } from "../idempotency/requests.ts";
import { endpointOf, logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { deliveryBody } from "../rendering/deliveries.ts";
import { addRoute } from "./routes.ts";

/** Replays of one event: a new delivery, at the end of its endpoint's order. */
export const replayRoutes = newApi();

const tag = "Replays";

/** The log that has the event. */
type Log = ReturnType<typeof logOf>;

/** More endpoints than that are a replay job's work, not one request's. */
const MAX_ENDPOINTS = 100;

addRoute(
  replayRoutes,
  {
    method: "post",
    path: "/v1/events/{id}/replay",
    parts: EVENT_IN_PATH,
    operationId: "replayEvent",
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
  async ({ env, caller, once, param, body }) => {
    const { endpoint_ids: named } = await body();
    const { event, log: number } = await foundEvent(env, caller, param("id"));
    const log = logOf(env, caller.workspaceId, number);
    const endpointIds =
      (await chosenBefore(log, once)) ??
      (named
        ? await checkedEndpoints(env, caller, named)
        : await matchingEndpoints(env, caller, log, event.id));
    const deliveries = await replay(env, log, event, endpointIds, once);
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
    operationId: "replayDelivery",
    tag,
    summary: "Replay a delivery",
    access: "endpoints:write",
    status: 202,
    answer: delivery,
    errors: ["event_expired", "endpoint_disabled"],
  },
  async ({ env, caller, once, param }) => {
    const endpointId = param("id");
    const original = await foundDelivery(env, caller, endpointId, param("delivery_id"));
    const { event, log } = await foundEvent(env, caller, original.eventId);
    await logOf(env, caller.workspaceId, log).noteReplay(event.position, [endpointId]);
    return deliveryBody(await enqueue(env, endpointId, event, original.id, once));
  },
);

/** The endpoints that the first of some same requests was for, should the rest of it have been lost; null = it is the first. */
async function chosenBefore(log: Log, once: Once | null): Promise<string[] | null> {
  if (once === null) return null;
  const first = await log.notedReplay(requestOf(once));
  return byOutcome(first, {
    none: () => null,
    repeated: ({ answer }) => answer,
    key_conflict: () => {
      throw idempotencyConflict();
    },
  });
}

async function matchingEndpoints(env: Env, reach: Reach, log: Log, eventId: string): Promise<string[]> {
  const all = await log.matchingEndpoints(eventId);
  const ids = isPart(reach) ? await livingAmong(env.DB, reach, all) : all;
  if (ids.length <= MAX_ENDPOINTS) return ids;
  throw new ApiError(
    "too_many_endpoints",
    `${ids.length} endpoints match, more than ${MAX_ENDPOINTS}: name them in endpoint_ids.`,
  );
}

async function replay(
  env: Env,
  log: Log,
  event: Event,
  endpointIds: string[],
  once: Once | null,
): Promise<Delivery[]> {
  if (endpointIds.length === 0) return [];
  // Before they exist: a delivery that the event does not know of could not be found from it.
  const noted = answerOf(once, await log.noteReplay(event.position, endpointIds, requestOf(once)));
  // Without naming the delivery: each endpoint knows which of its own is the event's newest.
  return mapInGroups(noted.endpointIds, platform, (endpointId) =>
    enqueue(env, endpointId, event, null, once),
  );
}

async function enqueue(
  env: Env,
  endpointId: string,
  event: Event,
  replayOf: string | null,
  once: Once | null,
): Promise<Delivery> {
  const endpoint = endpointOf(env, endpointId);
  const answer = answerOf(once, await endpoint.replay({ event, replayOf, request: requestOf(once) }));
  return byOutcome(answer, {
    enqueued: ({ delivery }) => delivery,
    gone: () => {
      throw unknownEndpoint(endpointId);
    },
    disabled: () => {
      throw disabledEndpoint(endpointId);
    },
  });
}
