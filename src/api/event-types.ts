import { catalogType } from "../catalog/index.ts";
import type { JsonObject } from "../catalog/shape.ts";
import { deleteEventType, putEventType } from "../config/event-types.ts";
import type { EventTypeRow } from "../config/tables.ts";
import { publishedType } from "../contract/event.ts";
import {
  type EventTypeBody,
  type EventTypeInput,
  eventType,
  eventTypeInput,
  eventTypeList,
  eventTypeListQuery,
  newEventType,
  sampleQuery,
  sampleRequest,
} from "../contract/event-type.ts";
import { DEFAULT_DIALECT, dialectNamed } from "../dialects/index.ts";
import type { AuditAction, AuditedChange } from "../domain/audit.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { type Author, recordOf } from "./author.ts";
import { cursorOf, startOf } from "./cursor.ts";
import { forgetEventType } from "./event-checks.ts";
import { checkEventType } from "./event-type-rules.ts";
import { type EventType, findEventType, pageOfEventTypes } from "./event-type-store.ts";
import { addRoute, newApi } from "./route.ts";
import { sampleEventOf, sampleRequestOf } from "./sample-request.ts";

/** `/v1/event-types`. */
export const eventTypeRoutes = newApi();

const tag = "Event types";

/** Types that a workspace may add, change or delete, of the built-in ones too. */
const MAX_OWN_TYPES = 1000;

addRoute(
  eventTypeRoutes,
  {
    method: "get",
    path: "/v1/event-types",
    tag,
    summary: "List event types",
    description: "By name. A workspace starts with those of all six contracts.",
    access: "endpoints:read",
    query: eventTypeListQuery,
    status: 200,
    answer: eventTypeList,
  },
  async ({ env, caller, query }) => {
    const { category, limit } = query;
    const after = startOf("event types", query.cursor);
    const types = await pageOfEventTypes(env.DB, caller.workspaceId, { after, category, limit });
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
    tag,
    summary: "Add an event type",
    access: "settings",
    body: newEventType,
    status: 201,
    answer: eventType,
    errors: ["event_type_exists", "limit_reached"],
  },
  async ({ env, author, body }) => {
    const { type, ...given } = await body();
    checkEventType(given);
    if ((await findEventType(env.DB, author.workspaceId, type)) !== null) throw existing(type);
    return store(env, author, "event_type.created", null, ownType(type, given));
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "get",
    path: "/v1/event-types/{type}",
    tag,
    summary: "Get an event type",
    access: "endpoints:read",
    status: 200,
    answer: eventType,
  },
  async ({ env, caller, param }) => eventTypeBody(await knownType(env, caller.workspaceId, param("type"))),
);

addRoute(
  eventTypeRoutes,
  {
    method: "put",
    path: "/v1/event-types/{type}",
    tag,
    summary: "Set an event type",
    description: "Replaces the whole of it, of a built-in one too; makes it where there is none.",
    access: "settings",
    body: eventTypeInput,
    status: 200,
    answer: eventType,
    errors: ["limit_reached"],
  },
  async ({ env, author, param, body }) => {
    const type = param("type");
    const { type: named = type, ...given } = await body();
    if (named !== type) throw invalid([{ path: "type", message: "must be that of the path" }]);
    const problem = publishedType.safeParse(type).error?.issues[0]?.message;
    if (problem !== undefined) throw invalid([{ path: "type", message: problem }]);
    checkEventType(given);
    const before = await findEventType(env.DB, author.workspaceId, type);
    const action = before === null ? "event_type.created" : "event_type.updated";
    return store(env, author, action, before, ownType(type, given));
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "delete",
    path: "/v1/event-types/{type}",
    tag,
    summary: "Delete an event type",
    description: "Built-in ones too. Events and endpoints that name it stay as they are.",
    access: "settings",
    status: 204,
    errors: ["limit_reached"],
  },
  async ({ env, author, param }) => {
    const { workspaceId } = author;
    const before = await knownType(env, workspaceId, param("type"));
    const record = await recordOf(env, author, audited("event_type.deleted", before, null));
    if (catalogType(before.type) === null) await deleteEventType(env.DB, workspaceId, before.type, record);
    else {
      const empty = { ...before, category: "", description: "", schema: null, sample: {} };
      const limit = { most: MAX_OWN_TYPES, onlyNew: false };
      if (!(await putEventType(env.DB, rowOf(workspaceId, empty, true), limit, record))) throw limitReached();
    }
    forgetEventType(workspaceId, before.type);
    return undefined;
  },
);

addRoute(
  eventTypeRoutes,
  {
    method: "get",
    path: "/v1/event-types/{type}/sample",
    tag,
    summary: "Show a type's sample as it goes over the wire",
    description: "With a placeholder secret and ids that name nothing.",
    access: "endpoints:read",
    query: sampleQuery,
    status: 200,
    answer: sampleRequest,
  },
  async ({ env, caller, param, query }) => {
    const { type } = await knownType(env, caller.workspaceId, param("type"));
    const dialect = dialectNamed(query.dialect ?? DEFAULT_DIALECT);
    if (dialect === null) throw invalid([{ path: "dialect", message: "is not one of the dialects" }]);
    const at = { apiVersion: caller.apiVersion, nowMs: Date.now() };
    const event = await sampleEventOf(env.DB, caller.workspaceId, type, at);
    return sampleRequestOf(dialect, event, caller.workspaceId);
  },
);

async function store(
  env: Env,
  author: Author,
  action: "event_type.created" | "event_type.updated",
  before: EventType | null,
  after: EventType,
): Promise<EventTypeBody> {
  const body = eventTypeBody(after);
  const record = await recordOf(env, author, audited(action, before, after), { body });
  const row = rowOf(author.workspaceId, after, false);
  const onlyNew = action === "event_type.created";
  const isStored = await putEventType(env.DB, row, { most: MAX_OWN_TYPES, onlyNew }, record);
  if (isStored) {
    forgetEventType(author.workspaceId, after.type);
    return body;
  }
  // Somebody made it meanwhile, or there is no room for it.
  throw (await findEventType(env.DB, author.workspaceId, after.type)) === null
    ? limitReached()
    : existing(after.type);
}

async function knownType(env: Env, workspaceId: string, type: string): Promise<EventType> {
  const found = await findEventType(env.DB, workspaceId, type);
  if (found === null) throw new ApiError("not_found", `There is no event type ${type}.`);
  return found;
}

function ownType(type: string, given: Omit<EventTypeInput, "type">): EventType {
  // Both were parsed from JSON text.
  return { type, ...given, schema: given.schema as JsonObject | null, sample: given.sample as JsonObject };
}

function rowOf(workspaceId: string, eventType: EventType, deleted: boolean): EventTypeRow {
  const { type, category, description, schema, sample, deprecated } = eventType;
  return {
    ...{ workspaceId, type, category, description, schema, sample, deprecated, deleted },
    updatedAt: Date.now(),
  };
}

function eventTypeBody({
  type,
  category,
  description,
  schema,
  sample,
  deprecated,
}: EventType): EventTypeBody {
  return { type, category, description, ...(schema === null ? {} : { schema }), sample, deprecated };
}

/** The audit log's entry: what differs. */
function audited(action: AuditAction, from: EventType | null, to: EventType | null): AuditedChange {
  const [before, after] = [from && eventTypeBody(from), to && eventTypeBody(to)];
  const fields = Object.keys({ ...before, ...after }) as (keyof EventTypeBody)[];
  const differing = fields.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  const pick = (body: EventTypeBody | null) =>
    body && Object.fromEntries(differing.map((name) => [name, body[name]]));
  return { action, target: (to ?? from)?.type ?? "", before: pick(before), after: pick(after) };
}

function existing(type: string): ApiError {
  return new ApiError("event_type_exists", `There is an event type ${type} already; PUT replaces it.`);
}

function limitReached(): ApiError {
  return new ApiError("limit_reached", `A workspace may have ${MAX_OWN_TYPES} event types of its own.`);
}
