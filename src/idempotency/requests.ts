import type { IdempotentRequest, KeyConflict } from "../domain/idempotency.ts";
import { ApiError } from "../errors.ts";

/* A request with an Idempotency-Key, as those see it who do what it asks for. */

/** Such a request while it is worked on. */
export interface Once extends IdempotentRequest {
  /** The status of a good answer. */
  readonly status: number;
  /** Set once the answer goes into the commit of what the request makes. */
  isKept: boolean;
  /** Set once the answer is known to be that of an earlier request. */
  isRepeated: boolean;
}

/** What an object is told of such a request; undefined without an Idempotency-Key. */
export function requestOf(once: Once): IdempotentRequest;
export function requestOf(once: Once | null): IdempotentRequest | undefined;
export function requestOf(once: Once | null): IdempotentRequest | undefined {
  return once === null ? undefined : { id: once.id, digest: once.digest };
}

/** An object's answer, unless the key came with another body (409); notes whether it is that of an earlier request. */
export function answerOf<Answer extends { outcome: string; isRepeated?: boolean }>(
  once: Once | null,
  answer: Answer,
): Exclude<Answer, KeyConflict> {
  if (answer.outcome === "key_conflict") throw idempotencyConflict();
  if (once !== null && answer.isRepeated) once.isRepeated = true;
  return answer as Exclude<Answer, KeyConflict>;
}

/** 409: the key came before with another body. */
export function idempotencyConflict(): ApiError {
  return new ApiError(
    "idempotency_conflict",
    "This Idempotency-Key came within 24 h with another body. Nothing was done; send another request with a key of its own.",
  );
}
