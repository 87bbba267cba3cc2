import type { Delivery } from "../sdk/client/index.ts";

/** What the last attempt came to, in a word or two: `200 in 12 ms`, `timeout`. */
export function lastAttemptText(last: Delivery["last_attempt"]): string {
  if (last === null) return "-";
  const answer = last.status === null ? (last.error ?? last.outcome) : String(last.status);
  const why = last.error === null || last.error === "status" || last.status === null ? "" : ` ${last.error}`;
  return `${answer}${why} in ${last.duration_ms} ms`;
}
