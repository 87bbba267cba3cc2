/*
 * Every error the API answers: a closed list, each code with its one status and title. A code names the problem for
 * programs and keeps its meaning; `detail` is for people and may change.
 */

export const errorCodes = {
  invalid_json: { status: 400, title: "The body is not readable JSON" },
  bad_request: { status: 400, title: "Fields are missing or wrong" },
  unauthorized: { status: 401, title: "No valid key" },
  forbidden: { status: 403, title: "The key's role does not allow this" },
  link_invalid: { status: 403, title: "The link is not ours, or has expired" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  request_timeout: { status: 408, title: "The body came too slowly" },
  event_conflict: { status: 409, title: "This event id was accepted with other content" },
  endpoint_disabled: { status: 409, title: "The endpoint is disabled" },
  endpoint_paused: { status: 409, title: "The endpoint is paused" },
  not_pending: { status: 409, title: "The delivery has ended" },
  in_flight: { status: 409, title: "An attempt of the delivery is under way" },
  not_head: { status: 409, title: "The delivery is not the head of its endpoint's order" },
  dialect_in_use: { status: 409, title: "The dialect of an endpoint with deliveries cannot change" },
  idempotency_conflict: { status: 409, title: "This Idempotency-Key came with another body" },
  in_progress: { status: 409, title: "The first request with this Idempotency-Key still runs" },
  event_type_exists: { status: 409, title: "An event type of this name exists already" },
  limit_reached: { status: 409, title: "A limit of the workspace is reached" },
  too_many_secrets: { status: 409, title: "The endpoint has as many valid secrets as it may have" },
  last_admin_key: { status: 409, title: "This is the workspace's last admin key" },
  write_conflict: { status: 409, title: "Somebody else changed it at the same time" },
  event_expired: { status: 410, title: "The event was accepted more than 30 days ago" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body must be application/json" },
  invalid_request: { status: 422, title: "Fields are missing or wrong" },
  batch_too_wide: { status: 422, title: "The batch goes to more endpoints than one request may" },
  too_many_endpoints: { status: 422, title: "Too many endpoints match" },
  upgrade_required: { status: 426, title: "This route takes WebSockets only" },
  rate_limited: { status: 429, title: "The rate limit is reached" },
  internal: { status: 500, title: "Something went wrong on our side" },
  storage_full: { status: 503, title: "There is no room left to store anything" },
  overloaded: { status: 503, title: "Too much is waiting" },
  not_set_up: { status: 503, title: "The service is deployed, but not set up" },
  sync_pending: { status: 503, title: "Stored, but not yet in effect everywhere" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One bad field: its path as in `retry.delays[2]`, and how to mend it. */
export interface FieldError {
  path: string;
  message: string;
}

/** A problem document (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: FieldError[];
  request_id: string;
}

/** An error that the caller is told about, as it is. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: FieldError[];
  /** With 503 always; with others only where waiting helps. */
  readonly retryAfterSeconds: number | null;
  /** Further response headers, as `Allow` with 405. */
  readonly headers: Record<string, string>;

  constructor(
    code: ErrorCode,
    detail: string,
    more: { errors?: FieldError[]; retryAfterSeconds?: number; headers?: Record<string, string> } = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = "ApiError";
    this.code = code;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
    const { status } = errorCodes[code];
    this.retryAfterSeconds = more.retryAfterSeconds ?? (status === 503 ? 1 : null);
  }
}

/** What an answer tells of bad fields at most: their number, and characters of one path or message, and of all. */
const MAX_TOLD = { errors: 1000, pathLength: 300, messageLength: 1000, characters: 64 * 1024 };

/**
 * 422 with every bad field; `errors` holds at least one. However many there are, and whatever names a caller made up,
 * the answer stays short: the first are told.
 */
export function invalid(errors: readonly FieldError[]): ApiError {
  const told = toldOf(errors);
  const isCut = told.length < errors.length;
  const detail = isCut ? `More fields need mending than the first ${told.length}.` : detailOf(told);
  return new ApiError("invalid_request", detail, { errors: told });
}

function toldOf(errors: readonly FieldError[]): FieldError[] {
  const told: FieldError[] = [];
  let characters = 0;
  for (const { path, message } of errors.slice(0, MAX_TOLD.errors)) {
    const one = {
      path: shortened(path, MAX_TOLD.pathLength),
      message: shortened(message, MAX_TOLD.messageLength),
    };
    characters += one.path.length + one.message.length;
    if (told.length > 0 && characters > MAX_TOLD.characters) break;
    told.push(one);
  }
  return told;
}

function shortened(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}

/** Bad fields in a sentence; an empty path is the whole body. */
export function detailOf(errors: readonly FieldError[]): string {
  const [first] = errors;
  if (first === undefined || errors.length > 1) return `${errors.length} fields need mending.`;
  return first.path === "" ? first.message : `${first.path}: ${first.message}`;
}

/** The response that tells of an error. */
export function problemResponse(error: ApiError, requestId: string): Response {
  const { status, title } = errorCodes[error.code];
  const problem: Problem = {
    type: `urn:atlas-webhooks:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
    request_id: requestId,
  };
  const headers = new Headers(error.headers);
  headers.set("Content-Type", "application/problem+json");
  headers.set("X-Request-Id", requestId);
  if (error.retryAfterSeconds !== null) headers.set("Retry-After", String(error.retryAfterSeconds));
  if (status === 401) headers.set("WWW-Authenticate", 'Bearer realm="atlas"');
  return new Response(JSON.stringify(problem), { status, headers });
}
