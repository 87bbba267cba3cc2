import type { Attempt, AttemptError } from "../../domain/delivery.ts";

/*
 * On Cloudflare a request that reaches no receiver does not fail: Cloudflare answers it itself, with statuses that are
 * its own, and with pages that name a code (documented under "Cloudflare 5xx errors" and "Cloudflare 1xxx errors").
 */

const BY_STATUS: Record<number, AttemptError> = {
  520: "reset", // the receiver sent an empty or unreadable answer
  521: "connect", // it refused the connection
  522: "timeout", // it did not answer the connection
  523: "connect", // it cannot be reached
  524: "timeout", // it did not answer in time
  525: "tls", // no TLS handshake
  526: "tls", // a certificate that nobody trusts
};

/** Codes of pages with status 530 or 403. */
const BY_CODE: Record<string, AttemptError> = {
  "1000": "blocked_address", // the name points to an address of Cloudflare's own
  "1001": "dns",
  "1002": "blocked_address",
  "1003": "blocked_address", // the host is an IP address
  "1016": "dns", // the name has no address
  "1033": "connect", // a tunnel without its other end
};

/** What an answer of Cloudflare's own means; null where it is the receiver's. */
export function cloudflareError({ status, body }: NonNullable<Attempt["response"]>): AttemptError | null {
  const byStatus = BY_STATUS[status];
  if (byStatus !== undefined) return byStatus;
  if (status !== 530 && status !== 403) return null;
  const code = /\berror(?: code)?:? ?(1\d{3})\b/i.exec(body)?.[1];
  const byCode = code === undefined ? undefined : BY_CODE[code];
  // 530 is nobody else's status. 403 is anybody's: only the page for hosts that are addresses is taken for one of these.
  if (status === 403) return code === "1003" ? "blocked_address" : null;
  return byCode ?? "connect";
}
