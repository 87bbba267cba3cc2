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

/** An attempt that ended, with what it means for its endpoint. */
export interface DecidedAttempt extends EndedAttempt {
  /** Unix milliseconds; 0 = it holds nothing. */
  holdUntil: number;
  change: Decision["change"];
  counts: Decision["counts"];
}

/**
 * What a group that is stored together means for its endpoint.
 * @param before how the endpoint stands by what is on record
 * @param failures failed attempts in a row after all that ended, where the group is all of that; null = others are without a
 *   record then: they are made again after a crash, and count then
 */
export function effectsOf(
  group: readonly DecidedAttempt[],
  before: Pick<EndpointEffects, "consecutiveFailures" | "holdUntil">,
  failures: number | null,
): EndpointEffects {
  const { consecutiveFailures, holdUntil } = before;
  const stored = group.reduce(failuresAfter, consecutiveFailures);
  const changes = group.map(({ change }) => change).filter((change) => change !== null);
  return {
    consecutiveFailures: failures ?? stored,
    holdUntil: Math.max(holdUntil, ...group.map((ended) => ended.holdUntil)),
    // To be disabled is more than to be paused, whichever of a group came first.
    change: changes.find(({ status }) => status === "disabled") ?? changes.at(-1) ?? null,
    ended: group.filter(({ claimed }) => !claimed.isCanceled),
    recorded: group,
  };
}

function failuresAfter(failures: number, { counts }: DecidedAttempt): number {
  if (counts === "nothing") return failures;
  return counts === "failure" ? failures + 1 : 0;
}
