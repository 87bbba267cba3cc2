import { newId } from "../domain/ids.ts";
import { platform } from "../platform.ts";

/* What every answer says, whatever route or failure it comes from. */

/** Ahead of a request with a key, a browser asks whether a page of another origin may send it. */
const PREFLIGHT_HEADERS = {
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
  "Access-Control-Allow-Headers":
    "Authorization, api-key, Content-Type, Idempotency-Key, If-None-Match, traceparent, tracestate",
  // Browsers keep it for two hours at the most.
  "Access-Control-Max-Age": "7200",
};

/** What clients need to see of an answer beyond what every page may. */
const EXPOSED = "X-Request-Id, Retry-After, Idempotency-Replayed, Allow, ETag, WWW-Authenticate";

/**
 * The answer to a browser's question whether a page may call `/v1`, or null if the request is none. Any page may: keys
 * are bearer tokens, which no browser sends by itself, so there is nothing that a foreign page could borrow. For the
 * same reason credentials are not allowed, and the answer is the same without a look at the path.
 */
export function preflightAnswer(request: Request): Response | null {
  if (request.method !== "OPTIONS" || !request.headers.has("Access-Control-Request-Method")) return null;
  return isForPages(request) ? new Response(null, { status: 204, headers: PREFLIGHT_HEADERS }) : null;
}

/**
 * Adds what every answer says. Nobody but its caller may keep an answer, since it may carry secrets and belongs to a
 * key, unless the route has said otherwise.
 */
export function withStandingHeaders(request: Request, response: Response): Response {
  const { headers } = response;
  headers.set("X-Content-Type-Options", "nosniff");
  if (!headers.has("X-Request-Id")) headers.set("X-Request-Id", newId("req", platform.nowMs(), platform));
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  if (isForPages(request)) {
    headers.set("Access-Control-Allow-Origin", "*");
    headers.set("Access-Control-Expose-Headers", EXPOSED);
  }
  return response;
}

function isForPages({ url }: Request): boolean {
  return url.startsWith("/v1/", url.indexOf("/", url.indexOf("://") + 3));
}
