import type { SeenAttempt } from "../../promises/attempt.ts";
import { allowedRepeats, repeatsOf, tooManyRepeats } from "../../promises/repeats.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Play } from "../play.ts";
import { UPGRADED_AT_MS } from "../released.ts";
import { seenAt } from "./seen.ts";
import type { Violation } from "./violation.ts";

/** A crash repeats at most what was in flight, or not yet on record: promise 2. */
export function repeats(play: Play): { count: number; violations: Violation[] } {
  let count = 0;
  const found: string[] = [];
  for (const endpoint of play.all) {
    if (endpoint.hasNoSequence) continue;
    const seen = seenAt(endpoint, play.service.receivers.arrivals);
    const repeated = repeatsOf(seen, sequenceOf);
    count += repeated.count;
    const broken = [...repeated.withoutCrash, ...tooManyRepeats(repeated, allowed(endpoint))];
    found.push(...broken.map((text) => `endpoint ${endpoint.number}: ${text}`));
    // An upgrade ends what runs, and is the one crash of calm weather: it may repeat what went before it, once.
    const upgradedAt = play.plan.released ? UPGRADED_AT_MS : 0;
    const calm = [
      seen.filter(({ startedAt }) => startedAt <= upgradedAt),
      seen.filter(({ startedAt }) => startedAt > upgradedAt),
    ];
    if (play.plan.isCalm && calm.some((part) => repeatsOf(part, sequenceOf).count > 0))
      found.push(`endpoint ${endpoint.number}: a success was repeated without a crash`);
  }
  return { count, violations: found.map((text) => ({ kind: "repeats", text })) };
}

const sequenceOf = ({ sequence }: SeenAttempt) => sequence ?? 0;

function allowed(endpoint: PlayedEndpoint): number {
  const most = endpoint.during("max_in_flight", 0, Number.POSITIVE_INFINITY).map((one) => one ?? 0);
  return allowedRepeats({
    serialize: endpoint.isSurely("serialize", true),
    inFlight: Math.max(...most),
  });
}
