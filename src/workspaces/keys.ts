import type { z } from "@hono/zod-openapi";
import { type Author, recordOf } from "../changes/author.ts";
import type { createdApiKey, NewApiKeyBody } from "../contract/workspace.ts";
import type { ChangeRecord } from "../d1/change.ts";
import { insertKey, newApiKey } from "../d1/keys.ts";
import { KEYS_PER_WORKSPACE, PORTAL_SESSIONS_PER_WORKSPACE } from "../d1/limits.ts";
import type { ApiKeyRow } from "../d1/tables.ts";
import { hasWorkspace } from "../d1/workspaces.ts";
import type { AuditedChange } from "../domain/audit.ts";
import { MASK } from "../domain/mask.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { platform } from "../platform.ts";
import { apiKeyBody } from "../rendering/workspaces.ts";
import { unknownWorkspace } from "./settings.ts";

/* What is done to the keys of a workspace. */

/** Makes a key of the author's workspace. Throws 404 if there is none, and 422. */
export async function createKey(
  env: Env,
  author: Author,
  { name, role, expires_at, rate_limit }: NewApiKeyBody,
): Promise<z.input<typeof createdApiKey>> {
  const nowMs = platform.nowMs();
  const expiresAt = expires_at ? Date.parse(expires_at) : null;
  if (expiresAt !== null && expiresAt <= nowMs) {
    throw invalid([{ path: "expires_at", message: "must lie in the future" }]);
  }
  if (role === "portal" && expiresAt === null) {
    throw invalid([{ path: "expires_at", message: "is required: a portal key expires" }]);
  }
  const made = newApiKey(
    author.workspaceId,
    name,
    role,
    expiresAt,
    { nowMs, chance: platform },
    { rateLimit: rate_limit },
  );
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
