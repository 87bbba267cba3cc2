import { MINUTE_MS } from "../../domain/durations.ts";
import { addTo, type Histogram } from "../../domain/histogram.ts";
import { added, always, named, record, shapeOf } from "../../domain/stored.ts";

/** What ended within a minute. */
export interface Slot {
  delivered: number;
  dead: number;
  canceled: number;
  attempts: number;
  retried: number;
  /** How long the successful attempts took, together. */
  latencySumMs: number;
  latencies: Histogram;
}

/** One hour: slots by minute. */
export type Hour = Record<number, Slot>;

/** An hour as it is stored. */
export const hourShape = shapeOf<Hour>(
  named(
    record<Slot>({
      delivered: added(0),
      dead: added(0),
      canceled: added(0),
      attempts: added(0),
      retried: added(0),
      latencySumMs: added(0),
      latencies: named(always()),
    }),
  ),
);

export const newSlot = (): Slot => ({
  delivered: 0,
  dead: 0,
  canceled: 0,
  attempts: 0,
  retried: 0,
  latencySumMs: 0,
  latencies: {},
});

/** The slots of an hour that reach beyond a time, each with the start of its minute; Unix milliseconds. */
export function* inRange(start: number, slots: Hour, from: number): Generator<[number, Slot]> {
  for (const [minute, slot] of Object.entries(slots)) {
    const at = start + Number(minute) * MINUTE_MS;
    if (at + MINUTE_MS > from) yield [at, slot];
  }
}

/** Adds what one slot counted to another. */
export function merge(total: Slot, slot: Slot): void {
  total.delivered += slot.delivered;
  total.dead += slot.dead;
  total.canceled += slot.canceled;
  total.attempts += slot.attempts;
  total.retried += slot.retried;
  total.latencySumMs += slot.latencySumMs;
  addTo(total.latencies, slot.latencies);
}

/** Average duration of the successful attempts, milliseconds; null = there were none. */
export function average(slot: Slot): number | null {
  const count = Object.values(slot.latencies).reduce((sum, n) => sum + n, 0);
  return count === 0 ? null : Math.round((slot.latencySumMs / count) * 10) / 10;
}
