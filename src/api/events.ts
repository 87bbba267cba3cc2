import type { z } from "@hono/zod-openapi";
import { type deliveryListQuery, eventDeliveryList } from "../contract/delivery.ts";
import { event, eventList, eventListQuery, givenEventId } from "../contract/event.ts";
import { listQuery } from "../contract/fields.ts";
import { livingAmong } from "../d1/endpoints.ts";
import { mapInGroups } from "../domain/groups.ts";
import { isEventId } from "../domain/ids.ts";
import type { FindEventAnswer, FoundEvent } from "../domain/messages.ts";
import { isPart, isWithin, type Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { endpointOf, logOf } from "../objects/objects.ts";
import { newApi } from "./context.ts";
import { cursorOf, startOf } from "./cursor.ts";
import { deliveryBody, eventSummaryBody } from "./render.ts";
import { addRoute } from "./route.ts";

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
    const page = await logOf(env, caller.workspaceId).listEvents({
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
    const deliveries = await mapInGroups(endpoints, async ({ id, deleted }) =>
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

/**
 * The event with the endpoints of its match; throws 404, and 410 after 30 days. `eventId`: ours, or what its publisher
 * calls it.
 */
export async function foundEvent(env: Env, reach: Reach, eventId: string): Promise<FoundEvent> {
  const unknown = new ApiError("not_found", `There is no event ${eventId}.`);
  if (!givenEventId.safeParse(eventId).success) throw unknown;
  const answer = await reachedEvent(env, reach, eventId);
  if (answer.outcome === "unknown") throw unknown;
  if (answer.outcome === "expired") throw expiredEvent();
  return answer;
}

/**
 * The event with those endpoints of its match that are reached. Who reaches a part of them only is told of no event that
 * went to none of these, whether it exists or existed.
 */
export async function reachedEvent(env: Env, reach: Reach, eventId: string): Promise<FindEventAnswer> {
  const answer = await logOf(env, reach.workspaceId).findEvent(eventId);
  if (!isPart(reach)) return answer;
  if (answer.outcome !== "found") return { outcome: "unknown" };
  const ids = answer.endpoints.filter(({ deleted }) => !deleted).map(({ id }) => id);
  const living = new Set(await livingAmong(env.DB, reach, ids));
  // Of a deleted one nothing but its id is left to tell whose it was.
  const isReached = ({ id, deleted }: { id: string; deleted: boolean }) =>
    deleted ? isWithin(reach.scope, { id, metadata: {} }) : living.has(id);
  const endpoints = answer.endpoints.filter(isReached);
  return endpoints.length === 0 ? { outcome: "unknown" } : { ...answer, endpoints };
}

/** The event id of what a publisher calls so; null = there is no such event. */
export async function eventIdOf(env: Env, workspaceId: string, named: string): Promise<string | null> {
  return isEventId(named) ? named : logOf(env, workspaceId).eventIdOf(named);
}

/** 410: what the event held is gone. */
export function expiredEvent(): ApiError {
  return new ApiError("event_expired", "The event was accepted more than 30 days ago.");
}

/** `from` and `to` as Unix milliseconds; throws 422 if they are the wrong way round. */
export function timeRange(query: Pick<z.output<typeof deliveryListQuery>, "from" | "to">): {
  from?: number;
  to?: number;
} {
  const [from, to] = [query.from, query.to].map((text) =>
    text === undefined ? undefined : Date.parse(text),
  );
  if (from !== undefined && to !== undefined && from >= to) {
    throw invalid([{ path: "to", message: "must be later than `from`" }]);
  }
  return { from, to };
}
