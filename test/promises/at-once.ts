import type { SeenAttempt } from "./attempt.ts";

/** The most attempts that were under way at once; in the order in which they began. */
export function mostAtOnce(attempts: readonly Pick<SeenAttempt, "startedAt" | "endedAt">[]): number {
  let ends: number[] = [];
  let most = 0;
  for (const { startedAt, endedAt } of attempts) {
    ends = ends.filter((end) => end > startedAt);
    ends.push(endedAt ?? Number.POSITIVE_INFINITY);
    most = Math.max(most, ends.length);
  }
  return most;
}
