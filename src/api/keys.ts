import { operatorOf, recordOf } from "../changes/author.ts";
import { listQuery } from "../contract/fields.ts";
import { apiKeyList, createdApiKey, currentKey, newApiKey } from "../contract/workspace.ts";
import { deleteKey, findKeyById, listKeys } from "../d1/keys.ts";
import { ApiError } from "../errors.ts";
import { forgetKeys } from "../http/auth.ts";
import { newApi } from "../http/context.ts";
import { platform } from "../platform.ts";
import { timeTextOrNull } from "../rendering/time.ts";
import { apiKeyBody, scopeBody } from "../rendering/workspaces.ts";
import { createKey, keyChange } from "../workspaces/keys.ts";
import { showWorkspace } from "../workspaces/settings.ts";
import { pageOf, startOf } from "./cursors.ts";
import { addOperatorRoute, addRoute } from "./routes.ts";

/** `/v1/keys`. */
export const keyRoutes = newApi();

const tag = "Keys";

addRoute(
  keyRoutes,
  {
    method: "post",
    path: "/v1/keys",
    operationId: "createKey",
    tag,
    summary: "Create a key",
    access: "settings",
    body: newApiKey,
    inTurn: true,
    status: 201,
    answer: createdApiKey,
    errors: ["limit_reached"],
  },
  async ({ env, author, body }) => createKey(env, author, await body()),
);

addOperatorRoute(
  keyRoutes,
  {
    method: "post",
    path: "/v1/workspaces/{id}/keys",
    operationId: "createWorkspaceKey",
    tag: "Workspaces",
    summary: "Create a key of a workspace",
    description: "For one whose keys are lost: with an admin key the others can be listed and revoked.",
    access: "operator",
    body: newApiKey,
    status: 201,
    answer: createdApiKey,
  },
  async ({ env, once, param, body }) => createKey(env, operatorOf(param("id"), once), await body()),
);

addRoute(
  keyRoutes,
  {
    method: "get",
    path: "/v1/keys",
    operationId: "listKeys",
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
    method: "get",
    path: "/v1/keys/current",
    operationId: "getCurrentKey",
    tag,
    summary: "Get the key that asks",
    description: "For a page or a program that was handed a key: whose it is, and for how long.",
    access: "itself",
    status: 200,
    answer: currentKey,
  },
  async ({ env, caller }) => ({
    id: caller.keyId,
    name: caller.keyName,
    role: caller.role,
    expires_at: timeTextOrNull(caller.expiresAt),
    workspace: { id: caller.workspaceId, name: caller.workspaceName },
    scope: scopeBody(caller.scope),
    portal: (await showWorkspace(env, caller.workspaceId)).portal,
  }),
);

addRoute(
  keyRoutes,
  {
    method: "delete",
    path: "/v1/keys/{id}",
    operationId: "revokeKey",
    tag,
    summary: "Revoke a key",
    description:
      "It stops working within 10 seconds. The last admin key that has not expired stays: 409 `last_admin_key`.",
    access: "settings",
    inTurn: true,
    status: 204,
    errors: ["last_admin_key"],
  },
  async ({ env, author, param }) => {
    const { workspaceId } = author;
    const id = param("id");
    const row = await findKeyById(env.DB, workspaceId, id);
    const record = await recordOf(env, author, row && keyChange("key.revoked", id, row, null));
    const deleted = row !== null && (await deleteKey(env.DB, workspaceId, id, record, platform.nowMs()));
    forgetKeys();
    if (!deleted) {
      // Another request may have revoked it between the look and the statement.
      const stays = row !== null && (await findKeyById(env.DB, workspaceId, id)) !== null;
      if (!stays) throw new ApiError("not_found", `There is no key ${id}.`);
      throw new ApiError("last_admin_key", "No other admin key of the workspace works: make one first.");
    }
    return undefined;
  },
);
