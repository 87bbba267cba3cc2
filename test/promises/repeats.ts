import { nameOf, type SeenAttempt } from "./attempt.ts";

export interface Repeats {
  count: number;
  /** By the life whose crash took the record of the success. */
  byCrash: ReadonlyMap<number, number>;
  /** Repeated though nothing crashed in between. */
  withoutCrash: string[];
}

/** Attempts that may have ended and wait for their record, where the order does not have each wait for that of the one before. */
const MOST_UNRECORDED = 64;

/** Promise 2: how many successes one crash may repeat. In order one, by key of each key, otherwise what was in flight or is not on record. */
export function allowedRepeats({ serialize, inFlight }: { serialize: boolean; inFlight: number }): number {
  return serialize ? 1 : inFlight + MOST_UNRECORDED;
}

/** The successes that came again. A delivery is an event, or a sequence where an event may have several. */
export function repeatsOf(
  attempts: readonly SeenAttempt[],
  deliveryOf: (attempt: SeenAttempt) => string | number,
): Repeats {
  const lives = new Map<string | number, number>();
  const byCrash = new Map<number, number>();
  const withoutCrash: string[] = [];
  let count = 0;
  for (const attempt of [...attempts].sort((a, b) => a.life - b.life || a.startedAt - b.startedAt)) {
    if (!attempt.isSuccess) continue;
    const before = lives.get(deliveryOf(attempt));
    lives.set(deliveryOf(attempt), attempt.life);
    if (before === undefined) continue;
    count++;
    if (before === attempt.life) withoutCrash.push(`${nameOf(attempt)} was repeated without a crash`);
    else byCrash.set(before, (byCrash.get(before) ?? 0) + 1);
  }
  return { count, byCrash, withoutCrash };
}

/** Crashes that repeated more than may be. */
export function tooManyRepeats({ byCrash }: Repeats, allowed: number): string[] {
  return [...byCrash]
    .filter(([, count]) => count > allowed)
    .map(([life, count]) => `the crash of life ${life} repeated ${count} successes, where ${allowed} may be`);
}

/** The most that one crash repeated. */
export function mostOfOneCrash({ byCrash }: Repeats): number {
  return Math.max(0, ...byCrash.values());
}
