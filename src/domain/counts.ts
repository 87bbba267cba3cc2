import type { AttemptError } from "./delivery.ts";
import { always, named, type Stored } from "./stored.ts";

/**
 * What an endpoint counts since it was made: numbers that only rise, by name. Names without a count are absent. It is
 * stored as flat as it is here, so that SQL adds up many.
 */
export type Counts = Record<string, number>;

const countsIn = named(always<number>());

/** What was counted as D1 holds it; nothing was told yet = nothing counted. */
export function readCounts(counts: Stored<Counts> | null): Counts {
  return counts === null ? {} : countsIn(counts);
}

/** Adds counts to others; whatever their names. */
export function addCounts(total: Counts, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
}

/** What an attempt is counted as: `success`, or why it failed. */
export function attemptCount(error: AttemptError | null): string {
  return `attempts.${error ?? "success"}`;
}

/**
 * Durations that are counted by size: the upper bounds of their buckets in milliseconds, beside a last one without a
 * bound. Once counted, what lies between two bounds cannot be told apart: a bound may be left out later, never be new.
 */
export const DURATIONS = {
  /** From the acceptance of an event (of a replay: its request) to the record that it is delivered. */
  latency: [
    50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000, 43_200_000,
    86_400_000,
  ],
  /** By how much attempts start after they were due. */
  lateness: [10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000],
  /** How long an attempt takes: to the end of the answer, or to what went wrong. */
  attempt: [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000, 30_000],
} as const;

export type DurationName = keyof typeof DURATIONS;

/** Counts a duration in milliseconds; one that a clock set back makes negative counts as none. */
export function countDuration(counts: Counts, name: DurationName, durationMs: number): void {
  const duration = Math.max(0, durationMs);
  const bound = DURATIONS[name].find((upper) => duration <= upper) ?? "more";
  addCounts(counts, { [`${name}.${bound}`]: 1, [`${name}.sum`]: duration });
}

/** A histogram of durations: how many were at most each bound, bounds rising, and all; sums in milliseconds. */
export interface DurationHistogram {
  buckets: { upToMs: number; count: number }[];
  sumMs: number;
  count: number;
}

/** The histogram of a kind of durations among some counts. */
export function histogramOf(counts: Counts, name: DurationName): DurationHistogram {
  let count = 0;
  const buckets = DURATIONS[name].map((upToMs) => {
    count += counts[`${name}.${upToMs}`] ?? 0;
    return { upToMs, count };
  });
  count += counts[`${name}.more`] ?? 0;
  return { buckets, sumMs: counts[`${name}.sum`] ?? 0, count };
}
