/*
 * How soon an object does what matters only should it be lost, or to lists: each of these costs rows, and one serves all
 * events until then. Where rows are free they come sooner; where each is billed, later (`SAFETY_NET_SECONDS`).
 */

/** The longest standstill after a crash, where nothing else is set. */
const DEFAULT_SAFETY_NET_SECONDS = 8;

/** What is told to D1 is as many times as late as the safety net, but never told more than once a minute. */
const TOLD_PER_NET = 5;
const LEAST_TOLD_MS = 60_000;

/** What is in memory only is lost 10 s after an object's last work: it is stored before that. */
export const HIBERNATES_AFTER_MS = 8000;

/** All in milliseconds. */
export interface Delays {
  /** An object that is lost with work in hand is woken after this long, unless an event comes first. */
  safetyNetMs: number;
  /** D1 hears after this long of what is not urgent: when a log is due, should its alarm be lost, and that all goes well. */
  toldAfterMs: number;
  /** After what is stored D1 hears of nothing before this: where the safety net is later than sleep, the alarm of that tells it. */
  toldNoSoonerMs: number;
}

/** The delays of the Worker's settings. What is no number of seconds counts as unset: the shorter time is the safer one. */
export function delaysOf({ SAFETY_NET_SECONDS: given }: { SAFETY_NET_SECONDS?: string }): Delays {
  const seconds = Number(given);
  const safetyNetMs = (seconds >= 1 && seconds <= 3600 ? seconds : DEFAULT_SAFETY_NET_SECONDS) * 1000;
  // An object falls asleep soon after its last work: what is told by then does not open it again.
  const toldNoSoonerMs = safetyNetMs > HIBERNATES_AFTER_MS ? safetyNetMs : safetyNetMs / 2;
  return {
    safetyNetMs,
    toldAfterMs: Math.max(LEAST_TOLD_MS, TOLD_PER_NET * safetyNetMs),
    toldNoSoonerMs,
  };
}
