import {
  deliveryList,
  deliveryRequest,
  deliveryRequestQuery,
  deliveryWithAttempts,
  endpointDeliveryListQuery,
} from "../contract/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { FindEventAnswer } from "../domain/messages.ts";
import { byOutcome } from "../domain/outcome.ts";
import { foundDelivery } from "../endpoints/found-delivery.ts";
import { livingEndpoint } from "../endpoints/store.ts";
import { ApiError } from "../errors.ts";
import { eventIdOf, expiredEvent } from "../events/found-event.ts";
import { newApi } from "../http/context.ts";
import { timeRange } from "../http/time-range.ts";
import { findEvent } from "../logs/reading.ts";
import { endpointOf } from "../objects/objects.ts";
import { deliveryBody, deliveryWithAttemptsBody } from "../rendering/deliveries.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** An endpoint's deliveries. */
export const deliveryRoutes = newApi();

const tag = "Deliveries";

addRoute(
  deliveryRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/deliveries",
    operationId: "listEndpointDeliveries",
    tag,
    summary: "List deliveries",
    description: "Newest first. A page may come back short, or empty, with a `next_cursor`.",
    access: "endpoints:read",
    query: endpointDeliveryListQuery,
    status: 200,
    answer: deliveryList,
  },
  async ({ env, caller, param, query }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const { status, error, response_status: responseStatus, type, event_id: named, limit } = query;
    const before = query.before_sequence;
    const eventId = named === undefined ? undefined : await eventIdOf(env, caller.workspaceId, named);
    if (eventId === null) return { data: [], next_cursor: null };
    const page = await endpointOf(env, id).listDeliveries({
      ...{ status, error, responseStatus, type, eventId, limit },
      ...timeRange(query),
      // A page begins below the last sequence of the one before it: the first one below what was asked for.
      cursor: startOf("deliveries", query.cursor) ?? (before === undefined ? undefined : String(before)),
    });
    return { data: page.rows.map(deliveryBody), next_cursor: cursorOf("deliveries", page.next) };
  },
);

addRoute(
  deliveryRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/deliveries/{delivery_id}",
    operationId: "getDelivery",
    tag,
    summary: "Get a delivery",
    description: "With its attempts on record.",
    access: "endpoints:read",
    status: 200,
    answer: deliveryWithAttempts,
  },
  async ({ env, caller, param }) =>
    deliveryWithAttemptsBody(await foundDelivery(env, caller, param("id"), param("delivery_id"))),
);

addRoute(
  deliveryRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/deliveries/{delivery_id}/request",
    operationId: "getDeliveryRequest",
    tag,
    summary: "Show a delivery's request",
    description:
      "As an attempt on record sent it, or as the next one would: with the exact body, rebuilt from the event by the code that attempts it.",
    access: "endpoints:read",
    query: deliveryRequestQuery,
    status: 200,
    answer: deliveryRequest,
    errors: ["event_expired"],
  },
  async ({ env, caller, param, query }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const endpoint = endpointOf(env, id);
    const attempt = query.signed === "now" ? "next" : (query.attempt ?? null);
    const show = (event: Event | null) => endpoint.showRequest(param("delivery_id"), attempt, event);
    let shown = await show(null);
    if (shown.outcome === "needs_event") {
      const gone = () => {
        throw expiredEvent();
      };
      const found = await findEvent(env, caller.workspaceId, shown.eventId);
      const event = byOutcome<FindEventAnswer, Event>(found, {
        found: ({ event }) => event,
        unknown: gone,
        expired: gone,
      });
      shown = await show(event);
    }
    const without = (what: string) =>
      new ApiError("not_found", `Endpoint ${id} has no ${what} (${param("delivery_id")}).`);
    return byOutcome(shown, {
      built: ({ request: { isOnRecord, ...request } }) => ({
        ...request,
        on_record: isOnRecord,
        encoding: "utf8" as const,
      }),
      needs_event: () => {
        throw new Error("an endpoint asks for an event that it was given");
      },
      unsignable: () => {
        throw new ApiError("internal", "The endpoint's secret cannot sign; rotate it.");
      },
      no_attempt: () => {
        throw without(`attempt ${attempt} on record`);
      },
      unknown: () => {
        throw without("such delivery");
      },
    });
  },
);
