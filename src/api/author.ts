import { auditRow } from "../config/audit.ts";
import type { ChangeRecord } from "../config/change.ts";
import { sealText } from "../config/seal.ts";
import type { AnswerRow } from "../config/tables.ts";
import type { Actor, AuditedChange } from "../domain/audit.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import type { KeyConflict } from "../domain/messages.ts";
import { type Reach, wholeWorkspace } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import type { Caller } from "./auth.ts";

/** A request with an Idempotency-Key while it is worked on. */
export interface Once extends IdempotentRequest {
  /** The status of a good answer. */
  readonly status: number;
  /** Set once the answer goes into the commit of what the request makes. */
  isKept: boolean;
  /** Set once the answer is known to be that of an earlier request. */
  isReplayed: boolean;
}

/** Who changes the configuration, of which workspace, and the request that asks for it. */
export interface Author extends Reach {
  actor: Actor;
  /** Null without an Idempotency-Key. */
  once: Once | null;
}

/** What an object is told of such a request; undefined without an Idempotency-Key. */
export function requestOf(once: Once): IdempotentRequest;
export function requestOf(once: Once | null): IdempotentRequest | undefined;
export function requestOf(once: Once | null): IdempotentRequest | undefined {
  return once === null ? undefined : { id: once.id, digest: once.digest };
}

/** An object's answer, unless the key came with another body (409); notes whether it is that of an earlier request. */
export function done<Answer extends { outcome: string; isRepeated?: boolean }>(
  once: Once | null,
  answer: Answer,
): Exclude<Answer, KeyConflict> {
  if (answer.outcome === "key_conflict") throw idempotencyConflict();
  if (once !== null && answer.isRepeated) once.isReplayed = true;
  return answer as Exclude<Answer, KeyConflict>;
}

/** 409: the key came before with another body. */
export function idempotencyConflict(): ApiError {
  return new ApiError(
    "idempotency_conflict",
    "This Idempotency-Key came within 24 h with another body. Nothing was done.",
  );
}

/** A workspace's key as the author of a change. */
export function authorOf(caller: Caller, once: Once | null = null): Author {
  const actor: Actor = { kind: "key", id: caller.keyId, name: caller.keyName };
  return { workspaceId: caller.workspaceId, scope: caller.scope, actor, once };
}

/** The operator as the author of a change of a workspace. */
export function operatorOf(workspaceId: string, once: Once | null = null): Author {
  return { ...wholeWorkspace(workspaceId), actor: { kind: "operator" }, once };
}

/**
 * What is to be stored with a change, in its batch: its entry in the audit log (null = none) and, if the request
 * carried an Idempotency-Key, the answer. `endpointId`: the endpoint that the objects must have taken before the
 * answer may be given again.
 */
export async function recordOf(
  env: Env,
  author: Author,
  change: AuditedChange | null,
  answer?: { body: unknown; endpointId?: string },
): Promise<ChangeRecord> {
  const nowMs = Date.now();
  const { once, workspaceId, actor } = author;
  return {
    audit: change === null ? null : auditRow(workspaceId, actor, change, nowMs),
    answer:
      once === null || answer === undefined
        ? null
        : await answerRow(env, once, JSON.stringify(answer.body), answer.endpointId ?? null, nowMs),
  };
}

/** The row that keeps an answer, sealed. */
export async function answerRow(
  env: Env,
  once: Once,
  body: string,
  endpointId: string | null,
  nowMs: number,
): Promise<AnswerRow> {
  once.isKept = true;
  const { id, digest, status } = once;
  return { id, digest, status, answer: await sealText(body, env), endpointId, createdAt: nowMs };
}
