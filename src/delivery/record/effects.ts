import type { Decision } from "../../domain/retry.ts";
import type { EndedAttempt } from "./claim.ts";

/** What a group of ended attempts means for the endpoint itself. */
export interface EndpointEffects {
  consecutiveFailures: number;
  holdUntil: number;
  change: Decision["change"];
  /** The attempts of the group, but those whose delivery was canceled meanwhile. */
  ended: EndedAttempt[];
  /** All of the group. */
  recorded: readonly EndedAttempt[];
}
