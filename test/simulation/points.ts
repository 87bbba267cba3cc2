/** A named dangerous point: a fault that must have happened at a place, or something that must have been done. */
export const POINTS: readonly string[] = [];

/** The points that were not reached. */
export function neverReached(reached: ReadonlyMap<string, number>): string[] {
  return POINTS.filter((point) => !reached.has(point));
}

/** The point that a seed leans on: what is rare elsewhere is likely there. */
export function leaningOf(seed: number): string | null {
  return POINTS[seed % POINTS.length] ?? null;
}
