import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { type FoundKey, findKey, findLivingKey, noteKeyUse } from "../d1/keys.ts";
import { ONE_LOG } from "../domain/log-shards.ts";
import { isAllowed, type Permission, rolesWith } from "../domain/roles.ts";
import { readScope } from "../domain/scope.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import { noteUse } from "../storage/recent-use.ts";
import type { Caller } from "./caller.ts";
import type { ApiEnv } from "./context.ts";
import { limitRate } from "./rate-limit.ts";

interface KnownKey {
  caller: Caller;
  /** When D1 was asked, Unix milliseconds. */
  askedAt: number;
  refreshing: boolean;
}

/** A revoked key stops within 10 s: what is known of a key is used for less than that. */
const USABLE_MS = 9000;
/** From this age on one request asks again beside its own work, so that none has to wait. */
const REFRESH_AFTER_MS = 4000;
const MAX_KNOWN_KEYS = 10_000;

/** Per isolate. Values only: a promise of one request must not be awaited by another. */
const knownKeys = new Map<string, KnownKey>();

/** Who calls, if the key is valid, its role allows it and its rate limit too. Throws 401, 403 or 429. */
export async function authorize(c: Context<ApiEnv>, permission: Permission): Promise<Caller> {
  return allowed(c, await callerOf(c), permission);
}

/**
 * Who calls, if the key is valid, for a route that only passes calls on: what they may do, and how many, is judged where
 * they arrive. Throws 401.
 */
export async function identify(c: Context<ApiEnv>): Promise<Caller> {
  const caller = await callerOf(c);
  c.set("caller", caller);
  return caller;
}

/** Who calls by a key that is known by its id, as a ticket tells it; throws as `authorize` does. */
export async function authorizeKey(
  c: Context<ApiEnv>,
  keyId: string,
  permission: Permission,
): Promise<Caller> {
  const found = await findLivingKey(c.env.DB, keyId);
  return allowed(c, working(found && callerBy(found), platform.nowMs()), permission);
}

function allowed(c: Context<ApiEnv>, caller: Caller, permission: Permission): Caller {
  c.set("caller", caller);
  noteUse(caller.workspaceId, platform.nowMs());
  if (!isAllowed(caller.role, permission)) {
    throw new ApiError(
      "forbidden",
      `A key with the role ${caller.role} may not do this; keys that may have the role ${rolesWith(permission).join(" or ")}.`,
    );
  }
  if (!may(caller, permission))
    throw new ApiError("forbidden", "This portal session may only read: it was made with `read_only`.");
  if (caller.rateLimit !== null) limitRate(caller.keyId, caller.rateLimit, platform.nowMs());
  return caller;
}

/** Whether a caller's role, and the session that it may be, allow something. */
export function may({ role, scope }: Caller, permission: Permission): boolean {
  return isAllowed(role, permission) && !(scope?.readOnly && permission === "endpoints:write");
}

/** Throws unless the request carries ADMIN_TOKEN: 403 for a workspace's key, otherwise 401. */
export async function authorizeOperator(c: Context<ApiEnv>): Promise<void> {
  const expected = c.env.ADMIN_TOKEN;
  if (expected && isSame(keyIn(c), expected)) return;
  await callerOf(c);
  throw new ApiError("forbidden", "This is the operator's: it needs ADMIN_TOKEN, not a workspace's key.");
}

/** Makes this isolate ask D1 again for every key: after a change of keys or workspaces, its effect is at once here. */
export function forgetKeys(): void {
  knownKeys.clear();
}

async function callerOf(c: Context<ApiEnv>): Promise<Caller> {
  const key = keyIn(c);
  const nowMs = platform.nowMs();
  const known = knownKeys.get(key);
  const caller =
    known && nowMs - known.askedAt < USABLE_MS ? reuse(c, key, known, nowMs) : await ask(c, key, nowMs);
  return working(caller, nowMs);
}

/** Throws 401 for a key that does not work any more. */
function working(caller: Caller | null, nowMs: number): Caller {
  if (caller === null || (caller.expiresAt !== null && caller.expiresAt <= nowMs)) {
    throw new ApiError("unauthorized", "The key is unknown, expired or revoked; send another one.");
  }
  return caller;
}

function reuse(c: Context<ApiEnv>, key: string, known: KnownKey, nowMs: number): Caller {
  if (nowMs - known.askedAt > REFRESH_AFTER_MS && !known.refreshing) {
    known.refreshing = true;
    const refresh = ask(c, key, nowMs).catch(() => {
      known.refreshing = false;
    });
    c.executionCtx.waitUntil(refresh);
  }
  return known.caller;
}

async function ask(c: Context<ApiEnv>, key: string, nowMs: number): Promise<Caller | null> {
  const found = await findKey(c.env.DB, key);
  if (found === null) {
    knownKeys.delete(key);
    return null;
  }
  const caller = callerBy(found);
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear();
  knownKeys.set(key, { caller, askedAt: nowMs, refreshing: false });
  c.executionCtx.waitUntil(noteKeyUse(c.env.DB, found.key, nowMs).catch(() => undefined));
  return caller;
}

function callerBy(found: FoundKey): Caller {
  return {
    workspaceId: found.workspace.id,
    workspaceName: found.workspace.name,
    scope: readScope(found.key.scope),
    keyId: found.key.id,
    keyName: found.key.name,
    rateLimit: found.key.rateLimit,
    role: found.key.role,
    apiVersion: found.workspace.apiVersion,
    validateEvents: found.workspace.validateEvents,
    logs: found.workspace.logs ?? ONE_LOG,
    catalog: found.workspace.catalog,
    expiresAt: found.key.expiresAt,
  };
}

/** The key that a request carries. Throws 401 where it carries none. */
export function keyIn(c: Context<ApiEnv>): string {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    if (/^bearer /i.test(authorization)) return authorization.slice("bearer ".length).trim();
    throw new ApiError("unauthorized", "The Authorization header must read: Bearer <key>.");
  }
  const key = c.req.header("api-key");
  if (key === undefined) {
    throw new ApiError("unauthorized", "Send the key as `Authorization: Bearer <key>` or `api-key: <key>`.");
  }
  return key.trim();
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
