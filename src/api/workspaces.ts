import type { z } from "@hono/zod-openapi";
import { newApiKey } from "../config/keys.ts";
import {
  entombWorkspace,
  findWorkspace,
  insertWorkspace,
  listWorkspaces,
  updateWorkspace,
} from "../config/workspaces.ts";
import { listQuery } from "../contract/fields.ts";
import {
  createdWorkspace,
  newWorkspace,
  workspace,
  workspaceChange,
  workspaceList,
} from "../contract/workspace.ts";
import { newId } from "../domain/ids.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { forgetKeys } from "./auth.ts";
import { pageOf, startOf } from "./cursor.ts";
import { workspaceBody } from "./render.ts";
import { addOperatorRoute, addRoute, newApi } from "./route.ts";

/** `/v1/workspaces` for the operator, `/v1/workspace` for a workspace's own keys. */
export const workspaceRoutes = newApi();

/** What a new workspace's events get as `api_version`: the first version of the service's own catalog. */
const FIRST_API_VERSION = "2026-01-15";

const tag = "Workspaces";

addOperatorRoute(
  workspaceRoutes,
  {
    method: "post",
    path: "/v1/workspaces",
    tag,
    summary: "Create a workspace",
    access: "operator",
    body: newWorkspace,
    status: 201,
    answer: createdWorkspace,
  },
  async ({ env, body }) => {
    const { name } = await body();
    const nowMs = Date.now();
    const row = {
      id: newId("ws", nowMs),
      name,
      apiVersion: FIRST_API_VERSION,
      validateEvents: false,
      createdAt: nowMs,
      deletedAt: null,
      nextDueAt: null,
    };
    const made = newApiKey(row.id, "first key", "admin", null, nowMs);
    await insertWorkspace(env.DB, row, made.row);
    return { ...workspaceBody(row), key: made.key };
  },
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "get",
    path: "/v1/workspaces",
    tag,
    summary: "List workspaces",
    access: "operator",
    query: listQuery,
    status: 200,
    answer: workspaceList,
  },
  async ({ env, query }) => {
    const rows = await listWorkspaces(env.DB, query.limit + 1, startOf("workspaces", query.cursor));
    const { page, nextCursor } = pageOf("workspaces", rows, query.limit);
    return { data: page.map(workspaceBody), next_cursor: nextCursor };
  },
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "get",
    path: "/v1/workspaces/{id}",
    tag,
    summary: "Get a workspace",
    access: "operator",
    status: 200,
    answer: workspace,
  },
  ({ env, param }) => show(env, param("id")),
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "patch",
    path: "/v1/workspaces/{id}",
    tag,
    summary: "Change a workspace",
    access: "operator",
    body: workspaceChange,
    status: 200,
    answer: workspace,
  },
  async ({ env, param, body }) => change(env, param("id"), await body()),
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "delete",
    path: "/v1/workspaces/{id}",
    tag,
    summary: "Delete a workspace",
    description: "Its keys stop at once; its endpoints, its log and its archive are erased within minutes.",
    access: "operator",
    status: 204,
  },
  async ({ env, param }) => {
    const deleted = await entombWorkspace(env.DB, param("id"), Date.now());
    forgetKeys();
    if (!deleted) throw unknownWorkspace(param("id"));
    return undefined;
  },
);

addRoute(
  workspaceRoutes,
  {
    method: "get",
    path: "/v1/workspace",
    tag,
    summary: "Get the key's own workspace",
    access: "settings",
    status: 200,
    answer: workspace,
  },
  ({ env, caller }) => show(env, caller.workspaceId),
);

addRoute(
  workspaceRoutes,
  {
    method: "patch",
    path: "/v1/workspace",
    tag,
    summary: "Change the key's own workspace",
    access: "settings",
    body: workspaceChange,
    status: 200,
    answer: workspace,
  },
  async ({ env, caller, body }) => change(env, caller.workspaceId, await body()),
);

async function show(env: Env, id: string) {
  const row = await findWorkspace(env.DB, id);
  if (row === null) throw unknownWorkspace(id);
  return workspaceBody(row);
}

async function change(env: Env, id: string, body: z.infer<typeof workspaceChange>) {
  if (body.validate_events) {
    throw invalid([
      { path: "validate_events", message: "event types have no schemas yet; leave it out or send false" },
    ]);
  }
  const row = await updateWorkspace(env.DB, id, {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.api_version === undefined ? {} : { apiVersion: body.api_version }),
    ...(body.validate_events === undefined ? {} : { validateEvents: body.validate_events }),
  });
  forgetKeys();
  if (row === null) throw unknownWorkspace(id);
  return workspaceBody(row);
}

function unknownWorkspace(id: string): ApiError {
  return new ApiError("not_found", `There is no workspace ${id}.`);
}
