import { deleteKey, insertKey, listKeys, newApiKey as makeApiKey } from "../config/keys.ts";
import { listQuery } from "../contract/fields.ts";
import { apiKeyList, createdApiKey, newApiKey } from "../contract/workspace.ts";
import { ApiError, invalid } from "../errors.ts";
import { forgetKeys } from "./auth.ts";
import { pageOf, startOf } from "./cursor.ts";
import { apiKeyBody } from "./render.ts";
import { addRoute, newApi } from "./route.ts";

/** `/v1/keys`. */
export const keyRoutes = newApi();

const tag = "Keys";

addRoute(
  keyRoutes,
  {
    method: "post",
    path: "/v1/keys",
    tag,
    summary: "Create a key",
    access: "settings",
    body: newApiKey,
    status: 201,
    answer: createdApiKey,
  },
  async ({ env, caller, body }) => {
    const { name, role, expires_at } = await body();
    const nowMs = Date.now();
    const expiresAt = expires_at ? Date.parse(expires_at) : null;
    if (expiresAt !== null && expiresAt <= nowMs) {
      throw invalid([{ path: "expires_at", message: "must lie in the future" }]);
    }
    if (role === "portal" && expiresAt === null) {
      throw invalid([{ path: "expires_at", message: "is required: a portal key expires" }]);
    }
    const made = makeApiKey(caller.workspaceId, name, role, expiresAt, nowMs);
    await insertKey(env.DB, made.row);
    return { ...apiKeyBody(made.row), key: made.key };
  },
);

addRoute(
  keyRoutes,
  {
    method: "get",
    path: "/v1/keys",
    tag,
    summary: "List keys",
    access: "settings",
    query: listQuery,
    status: 200,
    answer: apiKeyList,
  },
  async ({ env, caller, query }) => {
    const before = startOf("keys", query.cursor);
    const rows = await listKeys(env.DB, caller.workspaceId, query.limit + 1, before);
    const { page, nextCursor } = pageOf("keys", rows, query.limit);
    return { data: page.map(apiKeyBody), next_cursor: nextCursor };
  },
);

addRoute(
  keyRoutes,
  {
    method: "delete",
    path: "/v1/keys/{id}",
    tag,
    summary: "Revoke a key",
    description: "It stops working within 10 seconds.",
    access: "settings",
    status: 204,
  },
  async ({ env, caller, param }) => {
    const deleted = await deleteKey(env.DB, caller.workspaceId, param("id"));
    forgetKeys();
    if (!deleted) throw new ApiError("not_found", `There is no key ${param("id")}.`);
    return undefined;
  },
);
