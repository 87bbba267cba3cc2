import type { z } from "@hono/zod-openapi";
import { listQuery } from "../contract/fields.ts";
import {
  apiKeyList,
  createdApiKey,
  currentKey,
  type NewApiKeyBody,
  newApiKey,
} from "../contract/workspace.ts";
import type { ChangeRecord } from "../d1/change.ts";
import {
  deleteKey,
  findKeyById,
  hasWorkspace,
  insertKey,
  listKeys,
  newApiKey as makeApiKey,
} from "../d1/keys.ts";
import { KEYS_PER_WORKSPACE, PORTAL_SESSIONS_PER_WORKSPACE } from "../d1/limits.ts";
import type { ApiKeyRow } from "../d1/tables.ts";
import type { AuditedChange } from "../domain/audit.ts";
import { MASK } from "../domain/mask.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { forgetKeys } from "./auth.ts";
import { type Author, operatorOf, recordOf } from "./author.ts";
import { newApi } from "./context.ts";
import { pageOf, startOf } from "./cursor.ts";
import { apiKeyBody, scopeBody, timeTextOrNull } from "./render.ts";
import { addOperatorRoute, addRoute } from "./route.ts";
import { showWorkspace, unknownWorkspace } from "./workspace-settings.ts";

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
    status: 204,
    errors: ["last_admin_key"],
  },
  async ({ env, author, param }) => {
    const { workspaceId } = author;
    const id = param("id");
    const row = await findKeyById(env.DB, workspaceId, id);
    const record = await recordOf(env, author, row && keyChange("key.revoked", id, row, null));
    const deleted = row !== null && (await deleteKey(env.DB, workspaceId, id, record, Date.now()));
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

/** Makes a key of the author's workspace. Throws 404 if there is none, and 422. */
async function createKey(
  env: Env,
  author: Author,
  { name, role, expires_at, rate_limit }: NewApiKeyBody,
): Promise<z.input<typeof createdApiKey>> {
  const nowMs = Date.now();
  const expiresAt = expires_at ? Date.parse(expires_at) : null;
  if (expiresAt !== null && expiresAt <= nowMs) {
    throw invalid([{ path: "expires_at", message: "must lie in the future" }]);
  }
  if (role === "portal" && expiresAt === null) {
    throw invalid([{ path: "expires_at", message: "is required: a portal key expires" }]);
  }
  const made = makeApiKey(author.workspaceId, name, role, expiresAt, nowMs, { rateLimit: rate_limit });
  const answer = { ...apiKeyBody(made.row), key: made.key };
  const change = keyChange("key.created", made.row.id, null, made.row);
  await storeKey(env, author, made.row, await recordOf(env, author, change, { body: answer }));
  return answer;
}

/**
 * Stores a key with its record. Throws 409 if the workspace has as many as it may have, 404 if it is none, or no longer.
 * The operator's is never one too many: it is for a workspace that cannot help itself.
 */
export async function storeKey(
  env: Env,
  { actor }: Author,
  row: ApiKeyRow,
  record: ChangeRecord,
): Promise<void> {
  if ((await insertKey(env.DB, row, record, actor.kind !== "operator")) !== null) return;
  if (!(await hasWorkspace(env.DB, row.workspaceId))) throw unknownWorkspace(row.workspaceId);
  throw row.role === "portal"
    ? new ApiError(
        "limit_reached",
        `A workspace may have ${PORTAL_SESSIONS_PER_WORKSPACE} portal sessions that have not expired; revoke one, or wait.`,
      )
    : new ApiError("limit_reached", `A workspace may have ${KEYS_PER_WORKSPACE} keys; revoke one first.`);
}

/** The audit log's entry of a key that is made or revoked. */
export function keyChange(
  action: "key.created" | "key.revoked" | "portal_session.created",
  target: string,
  before: ApiKeyRow | null,
  after: ApiKeyRow | null,
): AuditedChange {
  const shown = (row: ApiKeyRow | null) => row && { ...apiKeyBody(row), key: MASK };
  return { action, target, before: shown(before), after: shown(after) };
}
