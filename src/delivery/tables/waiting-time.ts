/** A row, as far as it says for what a pending delivery waits. */
interface Waiting {
  next_attempt_at: number | null;
}

/** The time that is stored for a delivery that lies in the indexes because of its key, and waits for none: see pending-deliveries.ts. */
export const WAITS_FOR_NO_TIME = 0;

/**
 * The time that a pending delivery waits for, Unix milliseconds: that of its next attempt, or the end of its lease. Null = none,
 * since it was never attempted.
 */
export function waitsUntil({ next_attempt_at: time }: Waiting): number | null {
  return time === WAITS_FOR_NO_TIME ? null : time;
}

/** Whether a pending delivery lies in the indexes: it waits for a time, or has a key. */
export function isIndexed({ next_attempt_at: time }: Waiting): boolean {
  return time !== null;
}
