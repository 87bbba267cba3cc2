import { createHash } from "node:crypto";
import { and, desc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { DAY_MS, HOUR_MS } from "../domain/durations.ts";
import { newId } from "../domain/ids.ts";
import type { Role } from "../domain/roles.ts";
import type { PortalScope } from "../domain/scope.ts";
import { stored } from "../domain/stored.ts";
import { type Chance, secretBytes } from "../domain/surroundings.ts";
import { type ChangeRecord, commitChange } from "./change.ts";
import { KEYS_PER_WORKSPACE, PORTAL_SESSIONS_PER_WORKSPACE } from "./limits.ts";
import { isAmong, rowIf } from "./queries.ts";
import { type ApiKeyRow, apiKeys, type WorkspaceRow, workspaces } from "./tables.ts";
import { isLivingWorkspace } from "./workspaces.ts";

/** `ak_` + base64url of 24 random bytes: 192 bits, so a plain SHA-256 is enough to store them safely. */
const KEY_FORM = /^ak_[A-Za-z0-9_-]{32}$/;

/** How fine `last_used_at` is: one write an hour and key at most, since each is billed. */
const LAST_USED_GRAIN_MS = HOUR_MS;

/** An expired key stays in lists for a day; each portal session makes one. */
const PORTAL_KEYS_KEPT_MS = DAY_MS;
/** More than all sessions that a workspace can open in a minute: each lives a minute at the least. */
const PRUNED_PER_RUN = 2000;

/** A new key with its row; the key is shown once and not stored. */
export function newApiKey(
  workspaceId: string,
  name: string,
  role: Role,
  expiresAt: number | null,
  { nowMs, chance }: { nowMs: number; chance: Chance },
  { rateLimit = null, scope = null }: { rateLimit?: number | null; scope?: PortalScope | null } = {},
): { key: string; row: ApiKeyRow } {
  const key = `ak_${Buffer.from(secretBytes(chance, 24)).toString("base64url")}`;
  const id = newId("key", nowMs, chance);
  return {
    key,
    row: {
      ...{ id, workspaceId, name, role, hash: hashOf(key) },
      ...{ createdAt: nowMs, expiresAt, lastUsedAt: null, rateLimit, scope: scope && stored(scope) },
    },
  };
}

/**
 * Stores a key. Null, and nothing is recorded either: its workspace is unknown or deleted, also just now, or has as many
 * as it may have.
 * @param limited false = beyond the limit, too
 */
export async function insertKey(
  db: D1Database,
  row: ApiKeyRow,
  record: ChangeRecord,
  limited: boolean,
): Promise<ApiKeyRow | null> {
  const isLiving = isLivingWorkspace(row.workspaceId);
  const condition = limited ? sql`${isLiving} AND ${hasRoomForKey(row)}` : isLiving;
  const insert = (d1: DrizzleD1Database) => [d1.insert(apiKeys).select(rowIf(apiKeys, row, condition))];
  return (await commitChange(db, insert, record, condition)) === 1 ? row : null;
}

/** The condition that a workspace has room for one more key of this kind. */
function hasRoomForKey({ workspaceId, role, createdAt }: ApiKeyRow): SQL {
  // Literal roles: with bound parameters SQLite would not use the partial indexes.
  return role === "portal"
    ? sql`NOT EXISTS (SELECT 1 FROM api_keys WHERE workspace_id = ${workspaceId} AND role = 'portal' AND expires_at > ${createdAt} LIMIT 1 OFFSET ${PORTAL_SESSIONS_PER_WORKSPACE - 1})`
    : sql`NOT EXISTS (SELECT 1 FROM api_keys WHERE workspace_id = ${workspaceId} AND role <> 'portal' LIMIT 1 OFFSET ${KEYS_PER_WORKSPACE - 1})`;
}

/** Stores a workspace's first key. */
export function firstKeyInsert(d1: DrizzleD1Database, row: ApiKeyRow) {
  return d1.insert(apiKeys).values(row);
}

/** Revokes all keys of a workspace. */
export function keysDelete(d1: DrizzleD1Database, workspaceId: string) {
  return d1.delete(apiKeys).where(eq(apiKeys.workspaceId, workspaceId));
}

/** A workspace's key by its id; null if it has none. */
export async function findKeyById(
  db: D1Database,
  workspaceId: string,
  keyId: string,
): Promise<ApiKeyRow | null> {
  const row = await drizzle(db).select().from(apiKeys).where(ofWorkspace(workspaceId, keyId)).get();
  return row ?? null;
}

/** The row of a key, and its workspace's. */
export interface FoundKey {
  key: ApiKeyRow;
  workspace: WorkspaceRow;
}

/** A key by itself; null if it is unknown or its workspace deleted. */
export async function findKey(db: D1Database, key: string): Promise<FoundKey | null> {
  return KEY_FORM.test(key) ? found(db, eq(apiKeys.hash, hashOf(key))) : null;
}

/** A key by its id; null if it is unknown or its workspace deleted. */
export async function findLivingKey(db: D1Database, keyId: string): Promise<FoundKey | null> {
  return found(db, eq(apiKeys.id, keyId));
}

/** The ids, of some, whose keys were not revoked and have not expired. */
export async function workingKeys(db: D1Database, keyIds: string[], nowMs: number): Promise<string[]> {
  const works = sql`(expires_at IS NULL OR expires_at > ${nowMs})`;
  const rows = await drizzle(db)
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(isAmong(apiKeys.id, keyIds), works));
  return rows.map(({ id }) => id);
}

async function found(db: D1Database, which: SQL): Promise<FoundKey | null> {
  const row = await drizzle(db)
    .select({ key: apiKeys, workspace: workspaces })
    .from(apiKeys)
    .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
    .where(and(which, isNull(workspaces.deletedAt)))
    .get();
  return row ?? null;
}

/** Notes that a key is in use, at most once an hour. */
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

/**
 * Revokes a key; false if the workspace has none of this id, or if it is the last admin key that works now: without one
 * nobody could make another. Judged within the statement, so that of two keys that revoke each other one stays.
 */
export async function deleteKey(
  db: D1Database,
  workspaceId: string,
  keyId: string,
  record: ChangeRecord,
  nowMs: number,
): Promise<boolean> {
  const works = sql`(expires_at IS NULL OR expires_at > ${nowMs})`;
  const otherAdmin = sql`EXISTS (SELECT 1 FROM api_keys AS other WHERE other.workspace_id = ${workspaceId} AND other.role = 'admin' AND other.id <> ${keyId} AND (other.expires_at IS NULL OR other.expires_at > ${nowMs}))`;
  const mine = sql`${ofWorkspace(workspaceId, keyId)} AND (role <> 'admin' OR NOT ${works} OR ${otherAdmin})`;
  const guard = sql`EXISTS (SELECT 1 FROM api_keys WHERE ${mine})`;
  return (await commitChange(db, (d1) => [d1.delete(apiKeys).where(mine)], record, guard)) === 1;
}

/** Removes portal keys that expired a day ago or earlier, a bounded part per run, found by index. */
export async function prunePortalKeys(db: D1Database, nowMs: number): Promise<void> {
  // A literal role: with a bound parameter SQLite would not use the partial index.
  await drizzle(db)
    .delete(apiKeys)
    .where(
      sql`id IN (SELECT id FROM api_keys WHERE role = 'portal' AND expires_at < ${nowMs - PORTAL_KEYS_KEPT_MS} ORDER BY expires_at LIMIT ${PRUNED_PER_RUN})`,
    );
}

function ofWorkspace(workspaceId: string, keyId: string): SQL {
  return sql`${apiKeys.id} = ${keyId} AND ${apiKeys.workspaceId} = ${workspaceId}`;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
