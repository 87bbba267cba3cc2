import type { Delivery, Endpoint } from "../../../sdk/client/index.ts";
import type { State } from "../../components/glyph/glyph.tsx";
import { statusText } from "../../text/format.ts";
import { text } from "../../text/text.ts";

/** The state that the page shows: a pending delivery that failed before is one that is retried. */
export function stateOf({ status, attempt_count }: Pick<Delivery, "status" | "attempt_count">): State {
  return status === "pending" && attempt_count > 0 ? "retrying" : status;
}

/** What came last, in a few words; where nothing came yet, why. */
export function answerText({ last_attempt: last, status }: Delivery, endpoint: Endpoint | undefined): string {
  if (last !== null) {
    if (last.status !== null && (last.error === null || last.error === "status" || last.error === "redirect"))
      return statusText(last.status);
    return text.attemptErrors[last.error ?? ""]?.short ?? last.error ?? "–";
  }
  if (status === "canceled") return text.deliveries.canceled;
  if (endpoint?.status === "paused") return text.deliveries.endpointPaused;
  if (endpoint?.status === "disabled") return text.deliveries.endpointDisabled;
  return endpoint?.serialize ? text.deliveries.waitsTurn : text.deliveries.notTried;
}
