/* Times as the API says them: RFC 3339 with milliseconds, UTC. Inside they are Unix milliseconds. */

/** RFC 3339 with milliseconds, UTC. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** As `timeText`; null stays null. */
export function timeTextOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : timeText(timeMs);
}
