import { deliveryList, workspaceDeliveryListQuery } from "../contract/delivery.ts";
import type { Delivery } from "../domain/delivery.ts";
import { mapInGroups } from "../domain/groups.ts";
import { lastAttemptMatches } from "../domain/last-attempt.ts";
import type { DeliveryQuery, FindEventAnswer, FoundEvent } from "../domain/messages.ts";
import { byOutcome } from "../domain/outcome.ts";
import type { Reach } from "../domain/scope.ts";
import { typeMatches } from "../domain/type-pattern.ts";
import {
  nextEndpoints,
  passed,
  placeOf,
  placeText,
  type ScanPlace,
  scanOfAll,
  scanOfOne,
  within,
} from "../endpoints/scan.ts";
import { livingEndpoint } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { reachedEvent } from "../events/found-event.ts";
import { newApi } from "../http/context.ts";
import { timeRange } from "../http/time-range.ts";
import { endpointOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { deliveryBody } from "../rendering/deliveries.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** `/v1/deliveries`: those of all endpoints. */
export const workspaceDeliveryRoutes = newApi();

/** What one page asks and looks at, however many endpoints and deliveries there are. */
const ASKED_PER_PAGE = 32;
const ASKED_AT_ONCE = 8;
const EXAMINED_PER_PAGE = 10_000;

interface DeliveriesPage {
  rows: Delivery[];
  next: string | null;
}

addRoute(
  workspaceDeliveryRoutes,
  {
    method: "get",
    path: "/v1/deliveries",
    operationId: "listDeliveries",
    tag: "Deliveries",
    summary: "List deliveries of all endpoints",
    description:
      "By endpoint, newest first within one; first the endpoints that failed lately or have something pending. A page asks at most 32 endpoints and may come back short, or empty, with a `next_cursor`.",
    access: "endpoints:read",
    query: workspaceDeliveryListQuery,
    status: 200,
    answer: deliveryList,
    errors: ["not_found"],
  },
  async ({ env, caller, query }) => {
    const {
      endpoint_id: endpointId,
      event_id: named,
      status,
      error,
      response_status: responseStatus,
    } = query;
    const { type, limit } = query;
    if (endpointId !== undefined) await livingEndpoint(env, caller, endpointId);
    const wanted: DeliveryQuery = { status, error, responseStatus, type, limit, ...timeRange(query) };
    if (named !== undefined) {
      const start = startOf("deliveries of an event", query.cursor);
      const page = await ofEvent(env, caller, named, endpointId, wanted, start);
      return {
        data: page.rows.map(deliveryBody),
        next_cursor: cursorOf("deliveries of an event", page.next),
      };
    }
    const start = startOf("deliveries of all", query.cursor);
    const troubledFirst =
      error !== undefined ||
      responseStatus !== undefined ||
      !["delivered", "canceled"].includes(status ?? "");
    const place =
      start !== undefined
        ? placeOf(start)
        : endpointId === undefined
          ? await scanOfAll(env.DB, caller, { troubledFirst })
          : scanOfOne(endpointId);
    const page = await ofEndpoints(env, caller, place, wanted);
    return { data: page.rows.map(deliveryBody), next_cursor: cursorOf("deliveries of all", page.next) };
  },
);

/** A page of what a scan's endpoints have. */
async function ofEndpoints(
  env: Env,
  reach: Reach,
  start: ScanPlace,
  query: DeliveryQuery,
): Promise<DeliveriesPage> {
  const rows: Delivery[] = [];
  let place = start;
  let asked = 0;
  let examined = 0;
  while (rows.length < query.limit && asked < ASKED_PER_PAGE && examined < EXAMINED_PER_PAGE) {
    const most = Math.min(ASKED_AT_ONCE, ASKED_PER_PAGE - asked);
    const ids = await nextEndpoints(env.DB, reach, place, most);
    if (ids.length === 0) return { rows, next: null };
    // One that is within its list has the rest of the page's rows for itself.
    const examine = Math.ceil((EXAMINED_PER_PAGE - examined) / ids.length);
    const cursor = ids[0] === place.at ? (place.within ?? undefined) : undefined;
    const limit = query.limit - rows.length;
    const pages = await mapInGroups(ids, platform, (id) =>
      endpointOf(env, id).listDeliveries({ ...query, limit, cursor, examine }),
    );
    asked += ids.length;
    for (const page of pages) examined += page.examined;
    for (const [i, page] of pages.entries()) {
      if (rows.length === query.limit) break;
      const id = ids[i] ?? "";
      const taken = page.rows.slice(0, query.limit - rows.length);
      rows.push(...taken);
      const isCut = taken.length < page.rows.length;
      const next = isCut ? String(taken.at(-1)?.sequence) : page.next;
      place = next === null ? passed(place, id) : within(place, id, next);
      // What the ones behind it have is asked for again: the order of the list must hold.
      if (next !== null) break;
    }
  }
  return { rows, next: placeText(place) };
}

/** A page of an event's deliveries that a query asks for; none if there is no such event. */
async function ofEvent(
  env: Env,
  reach: Reach,
  named: string,
  endpointId: string | undefined,
  query: DeliveryQuery,
  start: string | undefined,
): Promise<DeliveriesPage> {
  const none = () => null;
  const found = byOutcome<FindEventAnswer, FoundEvent | null>(await reachedEvent(env, reach, named), {
    found: (event) => event,
    unknown: none,
    expired: none,
  });
  if (found === null) return { rows: [], next: null };
  const ids = endpointsOf(found, endpointId);
  let [index = 0, skip = 0] = (start ?? "0-0").split("-").map(Number);
  const end = Math.min(ids.length, index + ASKED_PER_PAGE);
  const asked = ids.slice(index, end);
  const lists = await mapInGroups(asked, platform, (id) =>
    endpointOf(env, id).deliveriesOf(found.event.position),
  );
  const rows: Delivery[] = [];
  for (const list of lists) {
    for (const delivery of list.slice(skip)) {
      if (rows.length === query.limit) return { rows, next: `${index}-${skip}` };
      skip++;
      if (isWanted(delivery, query)) rows.push(delivery);
    }
    index++;
    skip = 0;
  }
  return { rows, next: index < ids.length ? `${index}-0` : null };
}

function endpointsOf({ endpoints }: FoundEvent, endpointId: string | undefined): string[] {
  const living = endpoints.filter(({ deleted }) => !deleted).map(({ id }) => id);
  return endpointId === undefined ? living : living.filter((id) => id === endpointId);
}

function isWanted(delivery: Delivery, query: DeliveryQuery): boolean {
  const { createdAt, eventType, lastAttempt, status } = delivery;
  if (query.status !== undefined && status !== query.status) return false;
  if (query.type !== undefined && !typeMatches(query.type, eventType)) return false;
  if (query.from !== undefined && createdAt < query.from) return false;
  if (query.to !== undefined && createdAt >= query.to) return false;
  return lastAttemptMatches(query, lastAttempt);
}
