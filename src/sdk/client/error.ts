import type { ErrorCode, FieldError } from "../../errors.ts";

/** What failed before there was an answer: `timeout`, `network`, or `aborted` by the caller's own signal. */
export type ConnectionCode = "timeout" | "network" | "aborted";

/** A request that did not do what was asked. `code` is for programs; the message is for people. */
export class AtlasError extends Error {
  override readonly name = "AtlasError";
  /** The API's code, or what kept the answer from coming. */
  readonly code: ErrorCode | ConnectionCode;
  /** The answer's status; 0 where there was none. */
  readonly status: number;
  /** Every bad field, with how to mend it. */
  readonly errors: readonly FieldError[];
  /** The id that the answer gave: quote it when asking for help. */
  readonly requestId: string | null;
  /** How long the service asks to wait, milliseconds; null = it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode | ConnectionCode,
    message: string,
    more: {
      status?: number;
      errors?: readonly FieldError[];
      requestId?: string | null;
      retryAfterMs?: number | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.status = more.status ?? 0;
    this.errors = more.errors ?? [];
    this.requestId = more.requestId ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}
