/**
 * A histogram of durations of fixed size: 64 buckets, each 1.2 times the one before, from 1 ms to beyond two
 * minutes. A percentile read from it is at most 10 % off, whatever was counted.
 */
const GROWTH = 1.2;
const BUCKETS = 64;

/** Counts by bucket; buckets without a count are absent. */
export type Histogram = Record<number, number>;

/** The bucket of a duration in milliseconds. */
export function bucketOf(durationMs: number): number {
  if (durationMs <= 1) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(durationMs) / Math.log(GROWTH)));
}

/** Adds counts to a histogram. */
export function addTo(total: Histogram, counts: Histogram): void {
  for (const [bucket, count] of Object.entries(counts)) {
    total[Number(bucket)] = (total[Number(bucket)] ?? 0) + count;
  }
}

/** The duration, in milliseconds, that a share (0–1) of what was counted stays within; null if nothing was. */
export function percentile(counts: Histogram, share: number): number | null {
  const entries = Object.entries(counts).map(([bucket, count]) => [Number(bucket), count] as const);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let rank = Math.ceil(total * share);
  for (const [bucket, count] of entries.sort(([a], [b]) => a - b)) {
    rank -= count;
    if (rank <= 0) return bucketMiddle(bucket);
  }
  return null;
}

/** The geometric middle of a bucket, in milliseconds. */
function bucketMiddle(bucket: number): number {
  return bucket === 0 ? 1 : Math.round(GROWTH ** (bucket - 0.5) * 10) / 10;
}
