import type { EndpointParts } from "./parts.ts";

/* The one place that decides when an endpoint object must be awake again; all times are Unix milliseconds. */

/**
 * How soon the object is woken while it has work in hand, should it be lost: the longest standstill after a crash. That
 * alarm also stores what was counted, so it comes before the object may hibernate, 10 s after its last work.
 */
export const SAFETY_NET_MS = 8000;

/** When dropping old records goes on, where it was cut. */
const RETENTION_PAUSE_MS = 1000;

/** Old records leave at most this often: each time costs an alarm. */
const RETENTION_GRAIN_MS = 3600 * 1000;

/**
 * When something is due, for the alarm and, should that be lost, for cron; null = never by itself.
 * @param waitsForRoom whether what is due waits for room, which is looked for by a timer: an alarm would ring at once,
 *   again and again
 */
export function nextDueAt(parts: EndpointParts, waitsForRoom: boolean, now: number): number | null {
  const { configuration, operational, queue, retention, standing, sweeps } = parts;
  const { status, policy } = configuration.current.config;
  const isEnabled = status === "enabled";
  const queueAt = waitsForRoom ? now + SAFETY_NET_MS : queue.nextDueAt(policy.serialize);
  const dueAt = isEnabled ? queueAt : retention.nextExpiryAt();
  const isBusy = queue.inFlight > 0 || !sweeps.isDone || configuration.isUnreported;
  return earliest(now, [
    isBusy ? now + SAFETY_NET_MS : null,
    dueAt === null ? null : Math.max(dueAt, isEnabled ? standing.holdUntil : 0),
    operational.nextDueAt(),
  ]);
}

/** When there is something to do that may as well be lost with an alarm; null = never. */
export function nextChoreAt(
  { health, retention }: EndpointParts,
  hasMoreToDrop: boolean,
  now: number,
): number | null {
  const dropAt = retention.nextDropAt();
  return earliest(now, [
    hasMoreToDrop ? now + RETENTION_PAUSE_MS : null,
    dropAt === null ? null : Math.max(dropAt, now + RETENTION_GRAIN_MS),
    health.nextSummaryAt(),
  ]);
}

function earliest(now: number, candidates: (number | null)[]): number | null {
  const times = candidates.filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(now, Math.min(...times));
}
