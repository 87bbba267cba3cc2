import { createHash, randomBytes } from "node:crypto";
import { and, desc, eq, isNull, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { newId } from "../domain/ids.ts";
import type { Role } from "../domain/roles.ts";
import { type ApiKeyRow, apiKeys, type WorkspaceRow, workspaces } from "./tables.ts";

/** `ak_` + base64url of 24 random bytes: 192 bits, so a plain SHA-256 is enough to store them safely. */
const KEY_FORM = /^ak_[A-Za-z0-9_-]{32}$/;

/** How fine `last_used_at` is: one write a minute and key at most. */
const LAST_USED_GRAIN_MS = 60_000;

/** A new key with its row; the key is shown once and not stored. */
export function newApiKey(
  workspaceId: string,
  name: string,
  role: Role,
  expiresAt: number | null,
  nowMs: number,
): { key: string; row: ApiKeyRow } {
  const key = `ak_${randomBytes(24).toString("base64url")}`;
  const id = newId("key", nowMs);
  return {
    key,
    row: { id, workspaceId, name, role, hash: hashOf(key), createdAt: nowMs, expiresAt, lastUsedAt: null },
  };
}

export async function insertKey(db: D1Database, row: ApiKeyRow): Promise<void> {
  await drizzle(db).insert(apiKeys).values(row);
}

/** The row and the workspace of a key; null if the key is unknown or its workspace deleted. */
export async function findKey(
  db: D1Database,
  key: string,
): Promise<{ key: ApiKeyRow; workspace: WorkspaceRow } | null> {
  if (!KEY_FORM.test(key)) return null;
  const found = await drizzle(db)
    .select({ key: apiKeys, workspace: workspaces })
    .from(apiKeys)
    .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
    .where(and(eq(apiKeys.hash, hashOf(key)), isNull(workspaces.deletedAt)))
    .get();
  return found ?? null;
}

/** Notes that a key is in use, at most once a minute. */
export async function noteKeyUse(db: D1Database, row: ApiKeyRow, nowMs: number): Promise<void> {
  if (row.lastUsedAt !== null && nowMs - row.lastUsedAt < LAST_USED_GRAIN_MS) return;
  await drizzle(db).update(apiKeys).set({ lastUsedAt: nowMs }).where(eq(apiKeys.id, row.id));
}

/** Newest first; `before` is the id where the page before ended. */
export async function listKeys(
  db: D1Database,
  workspaceId: string,
  limit: number,
  before?: string,
): Promise<ApiKeyRow[]> {
  const older = before === undefined ? undefined : lt(apiKeys.id, before);
  return drizzle(db)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.workspaceId, workspaceId), older))
    .orderBy(desc(apiKeys.id))
    .limit(limit);
}

/** Revokes a key; false if the workspace has none of this id. */
export async function deleteKey(db: D1Database, workspaceId: string, keyId: string): Promise<boolean> {
  const { meta } = await drizzle(db)
    .delete(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.workspaceId, workspaceId)));
  return meta.changes === 1;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
