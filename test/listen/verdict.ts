import type { SeenAttempt } from "../promises/attempt.ts";
import { lossesOf } from "../promises/losses.ts";
import { orderViolations } from "../promises/order.ts";
import { allowedRepeats, type Repeats, repeatsOf, tooManyRepeats } from "../promises/repeats.ts";

/**
 * What an app saw of an attempt. A life ends wherever an answer may have been lost: at a kill, a cut, a suspension. Until the
 * command is connected again lasts a gap, half a life.
 */
export type Seen = Omit<SeenAttempt, "sequence">;

export interface Verdict {
  failed: number;
  repeats: number;
  violations: string[];
}

/** Judges what came to an app that listens, by promises 1, 2 and 3; `published` in the order in which it was accepted. */
export function judge(seen: readonly Seen[], published: readonly string[]): Verdict {
  const place = new Map(published.map((event, index) => [event, index + 1]));
  const attempts = seen.map((one): SeenAttempt => ({ ...one, sequence: place.get(one.event) ?? null }));
  const received = new Set(seen.filter(({ isSuccess }) => isSuccess).map(({ event }) => event));
  const repeats = repeatsOf(attempts, ({ event }) => event);
  return {
    failed: seen.filter(({ isSuccess }) => !isSuccess).length,
    repeats: repeats.count,
    violations: [
      ...lossesOf(
        published.map((event) => {
          const wasReceived = received.has(event);
          return { event, fate: wasReceived ? "delivered" : null, wasReceived };
        }),
      ),
      ...attempts
        .filter(({ sequence }) => sequence === null)
        .map(({ event }) => `event ${event} came, which was not published`),
      ...orderViolations(attempts, { endsInSuccess: true, slackMs: 1 }),
      ...repeats.withoutCrash,
      ...tooManyRepeats(withGaps(repeats), allowedRepeats({ serialize: true, inFlight: 1 })),
    ],
  };
}

/** The gap after a life is of the same crash as its end. */
function withGaps({ byCrash, ...repeats }: Repeats): Repeats {
  const byLife = new Map<number, number>();
  for (const [life, count] of byCrash)
    byLife.set(Math.floor(life), (byLife.get(Math.floor(life)) ?? 0) + count);
  return { ...repeats, byCrash: byLife };
}
