import { HOUR_MS } from "../domain/durations.ts";
import { SHORT_WAIT_MS } from "./drain/short-wait.ts";
import type { EndpointParts } from "./parts.ts";

/* The one place that decides when an endpoint object must be awake again; all times are Unix milliseconds. */

/** When D1 is told again of a status that it could not be told, and the log with it. */
const REPORT_AGAIN_MS = 8000;

/** Old records leave at most this often: each time costs an alarm. */
const RETENTION_GRAIN_MS = HOUR_MS;

/**
 * When something is due, for the alarm and, should that be lost, for cron; null = never by itself.
 * @param hasNet whether the object is woken anyway, should it be lost now: its alarm's handler is running
 */
export function nextDueAt(parts: EndpointParts, hasNet: boolean, nowMs: number): number | null {
  const {
    configuration,
    delays,
    departure,
    leases,
    operational,
    queue,
    retention,
    standing,
    sweeps,
    transport,
  } = parts;
  const { policy, config } = configuration.current;
  const { status } = config;
  const netAt = hasNet ? null : nowMs + delays.safetyNetMs;
  const isBusy = queue.inFlight > 0 || !sweeps.isDone;
  const dueAt = queue.nextDueAt(policy.order, nowMs);
  const startsAt = dueAt === null ? null : Math.max(dueAt, standing.holdUntil);
  // What is due starts at once, or waits for what memory knows of: an attempt that ends, room, the rate, a short while.
  // An alarm for "now" would find it waiting, and be set again, without end.
  const queueAt = startsAt !== null && startsAt <= nowMs + SHORT_WAIT_MS ? netAt : startsAt;
  // What waits for somebody to come is due by itself no more than what waits for the endpoint to be resumed.
  return earliest(nowMs, [
    isBusy ? netAt : null,
    configuration.isUnreported ? nowMs + REPORT_AGAIN_MS : null,
    status === "enabled" && transport.lacks === null ? queueAt : retention.nextExpiryAt(),
    operational.nextDueAt(),
    departure.endsAt,
    leases.endsAt,
  ]);
}

/** When there is something to do at leisure, that may as well be lost with an alarm; null = never. */
export function nextChoreAt({ health, retention }: EndpointParts, nowMs: number): number | null {
  const dropAt = retention.nextDropAt();
  return earliest(nowMs, [
    dropAt === null ? null : Math.max(dropAt, nowMs + RETENTION_GRAIN_MS),
    health.nextSummaryAt(),
  ]);
}

function earliest(nowMs: number, candidates: (number | null)[]): number | null {
  const times = candidates.filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(nowMs, Math.min(...times));
}
