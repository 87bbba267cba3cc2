import type { JsonObject } from "../catalog/shape.ts";
import { publishedType } from "../contract/event.ts";
import {
  EVENT_TYPE_IN_PATH,
  type EventTypeInput,
  eventType,
  eventTypeInput,
  eventTypeList,
  eventTypeListQuery,
  newEventType,
  sampleQuery,
  sampleRequest,
} from "../contract/event-type.ts";
import { DEFAULT_DIALECT, dialectNamed, UNKNOWN_DIALECT } from "../dialects/index.ts";
import { optionProblems } from "../endpoints/rules.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { eventTypeBody, existing, removeEventType, storeEventType } from "../event-types/changes.ts";
import { checkEventType } from "../event-types/rules.ts";
import { sampleEventOf, sampleRequestOf } from "../event-types/sample-request.ts";
import { type EventType, findEventType, pageOfEventTypes, type TypeOwner } from "../event-types/store.ts";
import { newApi } from "../http/context.ts";
import { platform } from "../platform.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** `/v1/event-types`. */
export const eventTypeRoutes = newApi();

const tag = "Event types";

addRoute(
  eventTypeRoutes,
  {
    method: "get",
    path: "/v1/event-types",
    operationId: "listEventTypes",
    tag,
    summary: "List event types",
    description:
      "By name: those of the contracts that the workspace was made with, as it changed them, its own, and those that the service publishes itself.",
    access: "endpoints:read",
    query: eventTypeListQuery,
    status: 200,
    answer: eventTypeList,
  },
  async ({ env, caller, query }) => {
    const { category, contract, q: text, limit } = query;
    if (contract !== undefined && dialectNamed(contract) === null) {
      throw invalid([{ path: "contract", message: UNKNOWN_DIALECT }]);
    }
    const after = startOf("event types", query.cursor);
    const types = await pageOfEventTypes(env.DB, caller, { after, category, contract, text, limit });
    const page = types.slice(0, limit);
    const next = types.length > limit ? (page.at(-1)?.type ?? null) : null;
    return { data: page.map(eventTypeBody), next_cursor: cursorOf("event types", next) };
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "post",
    path: "/v1/event-types",
    operationId: "createEventType",
    tag,
    summary: "Add an event type",
    access: "settings",
    body: newEventType,
    inTurn: true,
    status: 201,
    answer: eventType,
    errors: ["event_type_exists", "limit_reached"],
  },
  async ({ env, caller, author, body }) => {
    const { type, ...given } = await body();
    checkEventType(given);
    if ((await findEventType(env.DB, caller, type)) !== null) throw existing(type);
    return storeEventType(env, author, caller, "event_type.created", null, ownType(type, given));
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "get",
    path: "/v1/event-types/{type}",
    parts: EVENT_TYPE_IN_PATH,
    operationId: "getEventType",
    tag,
    summary: "Get an event type",
    access: "endpoints:read",
    status: 200,
    answer: eventType,
  },
  async ({ env, caller, param }) => eventTypeBody(await knownType(env, caller, param("type"))),
);

addRoute(
  eventTypeRoutes,
  {
    method: "put",
    path: "/v1/event-types/{type}",
    parts: EVENT_TYPE_IN_PATH,
    operationId: "putEventType",
    tag,
    summary: "Set an event type",
    description: "Replaces the whole of it, of a built-in one too; makes it where there is none.",
    access: "settings",
    body: eventTypeInput,
    inTurn: true,
    status: 200,
    answer: eventType,
    errors: ["limit_reached"],
  },
  async ({ env, caller, author, param, body }) => {
    const type = param("type");
    const { type: named = type, ...given } = await body();
    if (named !== type)
      throw invalid([{ path: "type", message: "must be the type that the path names, or be left out" }]);
    const problem = publishedType.safeParse(type).error?.issues[0]?.message;
    if (problem !== undefined) throw invalid([{ path: "type", message: problem }]);
    checkEventType(given);
    const before = await findEventType(env.DB, caller, type);
    const action = before === null ? "event_type.created" : "event_type.updated";
    return storeEventType(env, author, caller, action, before, ownType(type, given));
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "delete",
    path: "/v1/event-types/{type}",
    parts: EVENT_TYPE_IN_PATH,
    operationId: "deleteEventType",
    tag,
    summary: "Delete an event type",
    description: "Built-in ones too. Events and endpoints that name it stay as they are.",
    access: "settings",
    inTurn: true,
    status: 204,
    errors: ["limit_reached"],
  },
  async ({ env, caller, author, param }) => {
    const type = await knownType(env, caller, param("type"));
    const problem = publishedType.safeParse(type.type).error?.issues[0]?.message;
    if (problem !== undefined) throw invalid([{ path: "type", message: problem }]);
    await removeEventType(env, author, type);
    return undefined;
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "get",
    path: "/v1/event-types/{type}/sample",
    parts: EVENT_TYPE_IN_PATH,
    operationId: "getEventTypeSample",
    tag,
    summary: "Show a type's sample as it goes over the wire",
    description: "With a placeholder secret and ids that name nothing.",
    access: "endpoints:read",
    query: sampleQuery,
    status: 200,
    answer: sampleRequest,
  },
  async ({ env, caller, param, query }) => {
    const { type } = await knownType(env, caller, param("type"));
    const { dialect: name = DEFAULT_DIALECT } = query;
    const dialect = dialectNamed(name);
    if (dialect === null) throw invalid([{ path: "dialect", message: UNKNOWN_DIALECT }]);
    const options = query.dialect_options ?? {};
    const problems = optionProblems(dialect, name, options);
    if (problems.length > 0) throw invalid(problems);
    const at = { apiVersion: caller.apiVersion, nowMs: platform.nowMs() };
    const event = await sampleEventOf(env.DB, caller.workspaceId, type, name, at);
    return sampleRequestOf(dialect, options, event, caller.workspaceId);
  },
);

async function knownType(env: Env, owner: TypeOwner, type: string): Promise<EventType> {
  const found = await findEventType(env.DB, owner, type);
  if (found === null) throw new ApiError("not_found", `There is no event type ${type}.`);
  return found;
}

function ownType(type: string, given: Omit<EventTypeInput, "type">): EventType {
  // Both were parsed from JSON text.
  return { type, ...given, schema: given.schema as JsonObject | null, sample: given.sample as JsonObject };
}
