import { EVENT_IN_PATH } from "../contract/event.ts";
import { eventExplanation, eventForecast, explainInput, explainQuery } from "../contract/explain.ts";
import { checked } from "../contract/field-errors.ts";
import { disabledBecause } from "../d1/audit.ts";
import { endpointIdsBelow, findEndpoints, listEndpoints } from "../d1/endpoints.ts";
import type { ExplainAnswer, ExplainedDeliveries, ExplainedMatch } from "../domain/explain-messages.ts";
import { mapInGroups } from "../domain/groups.ts";
import type { FoundEvent } from "../domain/messages.ts";
import { byOutcome, type WithOutcome } from "../domain/outcome.ts";
import type { Reach } from "../domain/scope.ts";
import { unknownEndpoint } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { invalid } from "../errors.ts";
import { foundEvent } from "../events/found-event.ts";
import { EVENT_BYTES, eventIn, readEvent } from "../events/new-event.ts";
import { SETTINGS_BYTES } from "../http/body.ts";
import { newApi } from "../http/context.ts";
import { parseObject } from "../http/json-object.ts";
import { endpointOf, logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { explainedBody, forecastBody } from "../rendering/explained.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** Why an event arrived, or did not; or would. */
export const explainRoutes = newApi();

/** Endpoints of one page: each is asked, and its filter may be costly. */
const EXPLAINED_PER_PAGE = 50;

addRoute(
  explainRoutes,
  {
    method: "get",
    path: "/v1/events/{id}/explain",
    parts: EVENT_IN_PATH,
    operationId: "explainEvent",
    tag: "Events",
    summary: "Explain what became of an event",
    description:
      "A verdict per endpoint with its facts: first the endpoints that it went to, that missed it or that it was replayed to, then all others, newest first. A page has at most 50 and may come back short, or empty, with a `next_cursor`.",
    access: "endpoints:read",
    query: explainQuery,
    status: 200,
    answer: eventExplanation,
    errors: ["event_expired"],
  },
  async ({ env, caller, param, query }) => {
    const found = await foundEvent(env, caller, param("id"));
    const limit = Math.min(query.limit, EXPLAINED_PER_PAGE);
    const { ids, next } =
      query.endpoint_id === undefined
        ? await pageOfEndpoints(env, caller, found, startOf("explained", query.cursor) ?? "named:0", limit)
        : { ids: [await named(env, caller, found, query.endpoint_id)], next: () => null };
    const { data, explained } = await explain(env, caller, found, ids);
    return { data, next_cursor: cursorOf("explained", next(explained)) };
  },
);

addRoute(
  explainRoutes,
  {
    method: "post",
    path: "/v1/events/explain",
    operationId: "forecastEvent",
    tag: "Events",
    summary: "Explain what would become of an event",
    description:
      "Stores and sends nothing. A verdict per endpoint, newest first; a page has at most 50 and may come back short with a `next_cursor`.",
    access: "endpoints:read",
    body: explainInput,
    bodyBytes: EVENT_BYTES + SETTINGS_BYTES,
    status: 200,
    answer: eventForecast,
  },
  async ({ env, caller, text: sent }) => {
    const text = await sent();
    const value = parseObject(text, "event");
    const { endpoint_ids: asked, cursor } = checked(explainInput, value);
    // From the text, as when it is published: integers keep their digits.
    const { start, end } = eventIn(text);
    const read = readEvent(text.slice(start, end), ["event"], caller.apiVersion);
    if ("errors" in read) throw invalid(read.errors);
    const before = startOf("forecast", cursor);
    const rows = asked
      ? await findEndpoints(env.DB, caller, asked)
      : await listEndpoints(env.DB, caller, { before, limit: EXPLAINED_PER_PAGE });
    const unknown = asked?.find((id) => !rows.some((row) => row.id === id));
    if (unknown !== undefined) throw unknownEndpoint(unknown);
    const endpointIds = rows.map(({ id }) => id);
    const of = { event: read.event };
    const explained = await logOf(env, caller.workspaceId).explain({ of, endpointIds });
    const answer = byOutcome<ExplainAnswer, Explained>(explained, {
      explained: (found) => found,
      unknown: () => {
        throw new Error("the log does not know an event that it was given");
      },
    });
    const statuses = new Map(rows.map(({ id, status }) => [id, status]));
    const isOver = asked !== undefined || (rows.length < EXPLAINED_PER_PAGE && answer.next === rows.length);
    return {
      data: answer.matches.map((match) => forecastBody(match, statuses.get(match.endpointId) ?? "enabled")),
      next_cursor: cursorOf("forecast", isOver ? null : (endpointIds[answer.next - 1] ?? null)),
    };
  },
);

/** What the log says of some endpoints: as many of them as their filters allow at once. */
type Explained = Pick<WithOutcome<ExplainAnswer, "explained">, "matches" | "next">;

/** The endpoints of a page, and where the next one starts when so many of them are explained. */
interface EndpointPage {
  ids: string[];
  next(explained: number): string | null;
}

async function pageOfEndpoints(
  env: Env,
  reach: Reach,
  { endpoints }: FoundEvent,
  start: string,
  limit: number,
): Promise<EndpointPage> {
  const [phase, place = ""] = start.split(":");
  const from = phase === "named" ? Number(place) : endpoints.length;
  const involved = endpoints.map(({ id }) => id);
  const first = involved.slice(from, from + limit);
  const room = limit - first.length;
  const below = phase === "others" ? place : null;
  const among = room === 0 ? [] : await endpointIdsBelow(env.DB, reach, { below, without: [], most: room });
  const others = among.filter((id) => !involved.includes(id));
  const next = (explained: number) => {
    const ofOthers = explained - first.length;
    if (ofOthers < 0 || room === 0) return `named:${from + explained}`;
    const last = ofOthers < others.length ? others[ofOthers - 1] : among.at(-1);
    const isOver = ofOthers === others.length && among.length < room;
    if (isOver) return null;
    return last === undefined ? `named:${endpoints.length}` : `others:${last}`;
  };
  return { ids: [...first, ...others], next };
}

/** The one endpoint that is asked for. Throws 404. */
async function named(env: Env, reach: Reach, { endpoints }: FoundEvent, id: string): Promise<string> {
  const isInvolved = endpoints.some((endpoint) => endpoint.id === id);
  if (isInvolved || (await findEndpoints(env.DB, reach, [id])).length > 0) return id;
  throw unknownEndpoint(id);
}

/** The verdicts of some endpoints, as many as their filters allow at once. */
async function explain(env: Env, reach: Reach, found: FoundEvent, ids: string[]) {
  const { event, endpoints } = found;
  const deleted = new Set(endpoints.filter((endpoint) => endpoint.deleted).map(({ id }) => id));
  const involved = new Set(endpoints.map(({ id }) => id));
  const living = ids.filter((id) => !deleted.has(id));
  const log = logOf(env, reach.workspaceId, found.log);
  const answer = await log.explain({ of: { id: event.id }, endpointIds: living });
  const { matches, next } = byOutcome<ExplainAnswer, Explained>(answer, {
    explained: (found) => found,
    // It expired since it was found: what it went to is told all the same.
    unknown: () => ({ matches: [], next: living.length }),
  });
  const matchOf = new Map(matches.map((match) => [match.endpointId, match]));
  const lastId = living[next - 1];
  const explained = next === living.length ? ids.length : ids.indexOf(lastId ?? "") + 1;
  const asked = ids.slice(0, explained);
  const records = await mapInGroups(asked, platform, async (id): Promise<ExplainedDeliveries> => {
    if (deleted.has(id) || !involved.has(id)) return { deliveries: [], wait: null };
    return endpointOf(env, id).explain(event.position);
  });
  const missed = matches.filter(isMissed).map(({ endpointId }) => endpointId);
  const reasons = await disabledBecause(env.DB, reach.workspaceId, missed, event.acceptedAt);
  const data = asked.map((id, index) =>
    explainedBody({
      ...{ endpointId: id, eventType: event.type, isDeleted: deleted.has(id) },
      match: matchOf.get(id) ?? null,
      records: records[index] ?? { deliveries: [], wait: null },
      disabledBecause: reasons.get(id) ?? null,
    }),
  );
  return { data, explained };
}

function isMissed({ relation }: ExplainedMatch): boolean {
  return relation === "missed";
}
