import {
  changedEndpoint,
  createdEndpoint,
  endpoint,
  endpointChange,
  endpointList,
  endpointListQuery,
  newEndpoint,
} from "../contract/endpoint.ts";
import { searchEndpoints } from "../d1/endpoint-search.ts";
import { type EndpointListQuery, listEndpoints } from "../d1/endpoints.ts";
import { dialectNamed, UNKNOWN_DIALECT } from "../dialects/index.ts";
import type { Reach } from "../domain/scope.ts";
import { endpointBody, listedEndpointBody } from "../endpoints/body.ts";
import { createEndpoint } from "../endpoints/creation.ts";
import { refuseIfUsed } from "../endpoints/dialect-in-use.ts";
import { asNamedIn } from "../endpoints/log-order.ts";
import { refuseLeaving, withinScope } from "../endpoints/portal-scope.ts";
import { newEndpointSettings, settingsAfter } from "../endpoints/request.ts";
import { changeEndpoint, deleteEndpoint, livingEndpoint, settingsOf } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { invalid } from "../errors.ts";
import { mayWarn, typeWarnings, warningsOf } from "../event-types/warnings.ts";
import { may } from "../http/auth.ts";
import { newApi } from "../http/context.ts";
import { cursorOf, pageOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** `/v1/endpoints`. */
export const endpointRoutes = newApi();

const tag = "Endpoints";

addRoute(
  endpointRoutes,
  {
    method: "post",
    path: "/v1/endpoints",
    operationId: "createEndpoint",
    tag,
    summary: "Create an endpoint",
    description: "Every event published after this answer reaches it. The answer carries its secret.",
    access: "endpoints:write",
    body: newEndpoint,
    status: 201,
    answer: createdEndpoint,
    errors: ["limit_reached", "sync_pending"],
  },
  async ({ env, caller, author, json }) => {
    const value = await json();
    const settings = withinScope(caller, newEndpointSettings(env, value));
    const { types } = settings.subscription;
    const creating = createEndpoint(env, author, {
      settings,
      asksForTypes: mayWarn(types),
      answer: (row, ownTypes) => ({
        ...endpointBody(row, settings),
        secret: settings.secrets[0]?.secret ?? null,
        ...warningsOf(caller, types, ownTypes),
      }),
    });
    return asNamedIn(value, creating);
  },
);

addRoute(
  endpointRoutes,
  {
    method: "get",
    path: "/v1/endpoints",
    operationId: "listEndpoints",
    tag,
    summary: "List endpoints",
    description: "Newest first. With `q` a page may come back short, or empty, with a `next_cursor`.",
    access: "endpoints:read",
    query: endpointListQuery,
    status: 200,
    answer: endpointList,
  },
  async ({ env, caller, query }) => {
    const { status, dialect, q: text, limit } = query;
    if (dialect !== undefined && dialectNamed(dialect) === null)
      throw invalid([{ path: "dialect", message: UNKNOWN_DIALECT }]);
    const before = startOf("endpoints", query.cursor);
    const { page, nextCursor } =
      text === undefined
        ? await listedPage(env, caller, { status, dialect, before, limit })
        : await foundPage(env, caller, text, { status, dialect, before, limit });
    const data = await Promise.all(
      page.map(async (row) => listedEndpointBody(row, await settingsOf(env, row))),
    );
    return { data, next_cursor: nextCursor };
  },
);

addRoute(
  endpointRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}",
    operationId: "getEndpoint",
    tag,
    summary: "Get an endpoint",
    access: "endpoints:read",
    status: 200,
    answer: endpoint,
  },
  async ({ env, caller, param }) => {
    const row = await livingEndpoint(env, caller, param("id"));
    const body = may(caller, "endpoints:write") ? endpointBody : listedEndpointBody;
    return body(row, await settingsOf(env, row));
  },
);

addRoute(
  endpointRoutes,
  {
    method: "patch",
    path: "/v1/endpoints/{id}",
    operationId: "updateEndpoint",
    tag,
    summary: "Change an endpoint",
    description:
      "Each field that is given replaces the stored one; `null` puts back its default. What a GET answers may be sent back: read-only fields count for nothing as they are shown, and `***` keeps a secret. Where `url` or `auth.token_url` gets another origin, header values and credentials are given anew. What is published after this answer follows the change; one that changes nothing is not stored.",
    access: "endpoints:write",
    body: endpointChange,
    status: 200,
    answer: changedEndpoint,
    errors: ["dialect_in_use", "too_many_secrets", "write_conflict", "sync_pending"],
  },
  async ({ env, caller, author, param, json }) => {
    const value = await json();
    const changing = changeEndpoint(env, author, param("id"), {
      change: async (stored, row) => {
        const changed = settingsAfter(env, value, stored, endpointBody(row, stored));
        refuseLeaving(caller, changed.settings);
        if (changed.settings.dialect !== stored.dialect) await refuseIfUsed(env, param("id"));
        return changed;
      },
    });
    const { row, settings } = await asNamedIn(value, changing);
    const isNamed = typeof value === "object" && value !== null && "types" in value;
    const warnings = isNamed ? await typeWarnings(env.DB, caller, settings.subscription.types) : {};
    return { ...endpointBody(row, settings), ...warnings };
  },
);

addRoute(
  endpointRoutes,
  {
    method: "delete",
    path: "/v1/endpoints/{id}",
    operationId: "deleteEndpoint",
    tag,
    summary: "Delete an endpoint",
    description: "With all its deliveries; events then name it as deleted.",
    access: "endpoints:write",
    status: 204,
    errors: ["write_conflict", "sync_pending"],
  },
  async ({ env, author, param }) => {
    await deleteEndpoint(env, author, param("id"));
    return undefined;
  },
);

async function listedPage(env: Env, reach: Reach, query: EndpointListQuery) {
  const rows = await listEndpoints(env.DB, reach, { ...query, limit: query.limit + 1 });
  return pageOf("endpoints", rows, query.limit);
}

async function foundPage(env: Env, reach: Reach, text: string, query: EndpointListQuery) {
  const { rows, next } = await searchEndpoints(env.DB, reach, text, query);
  return { page: rows, nextCursor: cursorOf("endpoints", next) };
}
