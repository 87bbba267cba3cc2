/** An attempt as its receiver saw it: what every judge of the promises looks at. Times are of any clock, in milliseconds. */
export interface SeenAttempt {
  /** The event that it brought. */
  event: string;
  /** The endpoint's number for the delivery; null = its dialect sends none. */
  sequence: number | null;
  /** In which life of its sender it was made, counted from 1: a crash begins a new one. */
  life: number;
  startedAt: number;
  /** When the answer left, or the connection broke; null = it was open to the end. */
  endedAt: number | null;
  isSuccess: boolean;
}

/** How a violation names an attempt. */
export function nameOf({ event, sequence, life, isSuccess }: SeenAttempt): string {
  return `the attempt of event ${event} (sequence ${sequence}, life ${life}, ${isSuccess ? "a success" : "a failure"})`;
}
