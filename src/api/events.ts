import { eventDeliveryList } from "../contract/delivery.ts";
import { EVENT_IN_PATH, event, eventList, eventListQuery } from "../contract/event.ts";
import { listQuery } from "../contract/fields.ts";
import { mapInGroups } from "../domain/groups.ts";
import { foundEvent } from "../events/found-event.ts";
import { newApi } from "../http/context.ts";
import { timeRange } from "../http/time-range.ts";
import { listEvents } from "../logs/reading.ts";
import { endpointOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { deliveryBody } from "../rendering/deliveries.ts";
import { eventSummaryBody } from "../rendering/events.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** Reading events, and what became of them. */
export const eventRoutes = newApi();

const tag = "Events";

/** Endpoints asked for one page of an event's deliveries: each may hold the delivery and its replays. */
const MAX_ENDPOINTS_PER_PAGE = 50;

addRoute(
  eventRoutes,
  {
    method: "get",
    path: "/v1/events",
    operationId: "listEvents",
    tag,
    summary: "List events",
    description:
      "Newest first, without their data. A page may come back short, or empty, with a `next_cursor`.",
    access: "events:read",
    query: eventListQuery,
    status: 200,
    answer: eventList,
  },
  async ({ env, caller, query }) => {
    const { type, tag: tagged, limit } = query;
    const page = await listEvents(env, caller.workspaceId, {
      ...{ type, tag: tagged, limit },
      ...timeRange(query),
      cursor: startOf("events", query.cursor),
    });
    return { data: page.rows.map(eventSummaryBody), next_cursor: cursorOf("events", page.next) };
  },
);

addRoute(
  eventRoutes,
  {
    method: "get",
    path: "/v1/events/{id}",
    parts: EVENT_IN_PATH,
    operationId: "getEvent",
    tag,
    summary: "Get an event",
    description:
      "With its data, byte for byte as it was published. `id`: `event_id`, or what its publisher calls it, percent-encoded.",
    access: "events:read",
    status: 200,
    answer: event,
    errors: ["event_expired"],
  },
  async ({ c, env, caller, param }) => {
    const found = await foundEvent(env, caller, param("id"));
    const summary = JSON.stringify(eventSummaryBody({ ...found.event, endpoints: found.matched }));
    const text = `${summary.slice(0, -1)},"data":${found.event.data}}`;
    return c.body(text, 200, { "Content-Type": "application/json" });
  },
);

addRoute(
  eventRoutes,
  {
    method: "get",
    path: "/v1/events/{id}/deliveries",
    parts: EVENT_IN_PATH,
    operationId: "listEventDeliveries",
    tag,
    summary: "List an event's deliveries",
    description:
      "By endpoint. `missed` and `deleted` name the endpoints of this page that have none to show.",
    access: "endpoints:read",
    query: listQuery,
    status: 200,
    answer: eventDeliveryList,
    errors: ["event_expired"],
  },
  async ({ env, caller, param, query }) => {
    const found = await foundEvent(env, caller, param("id"));
    const start = Number(startOf("event deliveries", query.cursor) ?? 0);
    const end = start + Math.min(query.limit, MAX_ENDPOINTS_PER_PAGE);
    const endpoints = found.endpoints.slice(start, end);
    const deliveries = await mapInGroups(endpoints, platform, async ({ id, deleted }) =>
      deleted ? [] : endpointOf(env, id).deliveriesOf(found.event.position),
    );
    return {
      data: deliveries.flat().map(deliveryBody),
      next_cursor: cursorOf("event deliveries", end < found.endpoints.length ? String(end) : null),
      missed: endpoints.filter((one) => one.missed && !one.deleted).map((one) => one.id),
      deleted: endpoints.filter((one) => one.deleted).map((one) => one.id),
    };
  },
);
