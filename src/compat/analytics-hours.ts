import { HOUR_MS } from "../domain/durations.ts";

/** Hours of analytics events (docs/contracts.md, atomic): each named by the hour that ended, in UTC. */

/** The longest range that may be asked for. */
const MAX_RANGE_MS = 30 * 24 * HOUR_MS;

const KEY = /^\d{4}-\d\d-\d\dT\d\d$/;
const TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** A span of an hour, Unix milliseconds. */
export interface Hour {
  key: string;
  from: number;
  to: number;
}

/** Unix milliseconds of a time, a day or an hour; without an offset it is UTC. Null if it is none of them. */
export function readTime(text: string): number | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const [, day, hour = "00", minute = "00", second = "00", offset = "Z"] = parts;
  const time = Date.parse(`${day}T${hour}:${minute}:${second}${offset}`);
  return Number.isNaN(time) ? null : time;
}

/** What is wrong with a range; null = nothing. */
export function rangeProblem(from: number, to: number): string | null {
  if (from >= to) return "must be later than from";
  return to - from > MAX_RANGE_MS ? "must lie at most 30 days after from" : null;
}

/**
 * The hours of a range, `from` rounded down and `to` up, oldest first: those that have begun, the running one included,
 * and that may still be read.
 * @param keptFrom nothing older is kept, Unix milliseconds
 */
export function hoursOf(from: number, to: number, keptFrom: number, nowMs: number): Hour[] {
  const hours: Hour[] = [];
  const end = Math.min(Math.ceil(to / HOUR_MS) * HOUR_MS, nowMs + HOUR_MS);
  for (let start = Math.floor(from / HOUR_MS) * HOUR_MS; start < end && start <= nowMs; start += HOUR_MS) {
    if (start + HOUR_MS > keptFrom) hours.push(hourFrom(start));
  }
  return hours;
}

/** The hour of this key; null if it is none. */
export function hourOfKey(key: string): Hour | null {
  if (!KEY.test(key)) return null;
  const to = Date.parse(`${key}:00:00Z`);
  return Number.isNaN(to) ? null : hourFrom(to - HOUR_MS);
}

function hourFrom(from: number): Hour {
  const to = from + HOUR_MS;
  return { key: new Date(to).toISOString().slice(0, 13), from, to };
}
