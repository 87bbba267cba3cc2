/** Waits up to this long are timed in memory; longer ones leave it to the alarm, so that the object can sleep. */
export const SHORT_WAIT_MS = 1000;
