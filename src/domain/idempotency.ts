/** A request that its sender may repeat without doing it twice: it carried an Idempotency-Key. */
export interface IdempotentRequest {
  /** SHA-256 of workspace, route and key, base64url: one name for "the same request". */
  id: string;
  /** SHA-256 of the body, base64url: the same id with another digest is a mistake of the sender's. */
  digest: string;
}

/** How long the first answer is given again. */
export const ANSWERS_KEPT_MS = 24 * 3600 * 1000;

/** What is known of a request: nothing, the answer of the first one, or that it came with another body. */
export type KnownAnswer<Answer> =
  | { outcome: "none" }
  | { outcome: "repeated"; answer: Answer }
  | { outcome: "key_conflict" };
