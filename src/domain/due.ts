/** D1's note of an object's next due time is rewritten only when that moves earlier by more than this. */
export const NOTE_GRAIN_MS = 60_000;

/**
 * Whether D1's note of when an object has work to do must be rewritten. The note is the safety net behind alarms:
 * late by a minute is good enough, and a write per event would not be.
 * @param noted what D1 holds as far as the object knows, `dueAt` what would be true; null = nothing to do
 */
export function mustNoteDueAt(noted: number | null, dueAt: number | null, nowMs: number): boolean {
  if (dueAt === null) return noted !== null;
  return noted === null || noted <= nowMs || dueAt < noted - NOTE_GRAIN_MS;
}
