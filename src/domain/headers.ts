/**
 * Header names that an endpoint may not set, lower case: they belong to the connection, to the message's framing, or
 * say what the body is (RFC 9110, 7.6.1 and 8; RFC 9112, 6), or keep content networks from calling in circles (RFC 8586).
 */
const HTTP_HEADERS = new Set([
  "accept-encoding",
  "cdn-loop",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/** Set by a proxy or by Cloudflare itself, and trusted as such by receivers. */
const HTTP_PREFIXES = ["proxy-", "cf-", "x-forwarded-", "x-real-ip", "sec-"];

/** What is wrong with an endpoint setting this header; null = nothing. `reserved`: its dialect's, lower case. */
export function headerProblem(name: string, reserved: readonly string[]): string | null {
  const lower = name.toLowerCase();
  if (HTTP_HEADERS.has(lower) || HTTP_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return "belongs to HTTP";
  }
  return reserved.includes(lower) ? "belongs to the dialect" : null;
}
