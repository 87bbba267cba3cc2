import type { AttemptError, Delivery } from "./delivery.ts";

/** What a delivery's last attempt must have come to; absent = whatever. */
export interface LastAttemptFilter {
  error?: AttemptError;
  /** A status such as `503`, or a class such as `5xx`. */
  responseStatus?: string;
}

/** Whether a delivery whose last attempt was this one, null = none, is asked for. */
export function lastAttemptMatches(
  { error, responseStatus }: LastAttemptFilter,
  last: Delivery["lastAttempt"],
): boolean {
  if (error !== undefined && last?.error !== error) return false;
  if (responseStatus === undefined) return true;
  const status = last?.status ?? null;
  if (status === null) return false;
  return responseStatus.endsWith("xx")
    ? String(status).startsWith(responseStatus.charAt(0))
    : status === Number(responseStatus);
}
