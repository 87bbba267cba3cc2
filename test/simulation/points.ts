/** A named dangerous point: something that may go wrong there, or that must have happened for a run to say anything. */
export interface Point {
  name: string;
}

export const POINTS: readonly Point[] = [];
