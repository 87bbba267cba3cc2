import { DAY_MS } from "./durations.ts";
/*
 * A request with an Idempotency-Key may be repeated without being done twice. How its first answer is kept, and given
 * again, is in `idempotency/`.
 */

/** What an object is told of such a request. */
export interface IdempotentRequest {
  /** SHA-256 of workspace, route and key, base64url: one name for "the same request". */
  id: string;
  /** SHA-256 of the body, base64url: the same id with another digest is a mistake of the sender's. */
  digest: string;
}

/** How long the first answer is given again. */
export const ANSWERS_KEPT_MS = DAY_MS;

/** The key came before with another body: nothing was done. */
export type KeyConflict = { outcome: "key_conflict" };

/** `isRepeated`: this is the answer to an earlier request with the same key, and nothing was done again. */
export type Repeatable = { isRepeated?: boolean };

/** What is known of a request: nothing, the answer of the first one, or that it came with another body. */
export type KnownAnswer<Answer> = { outcome: "none" } | { outcome: "repeated"; answer: Answer } | KeyConflict;
