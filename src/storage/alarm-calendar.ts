/** Alarms are counted by spans of this length. */
const SPAN_MS = 100;

/** So many spans are remembered, at least, before those that have passed are forgotten. */
const REMEMBERED_SPANS = 5000;

/**
 * When alarms may ring: an alarm opens its object before anything can ask whether there is a place for it, so no more
 * than a few may ring at the same moment. One that was moved still counts where it was.
 */
export class AlarmCalendar {
  readonly #perSpan: number;
  readonly #booked = new Map<number, number>();
  /** How many spans are remembered before it is looked for some that have passed. */
  #forgetsAt = REMEMBERED_SPANS;

  constructor(perSpan: number) {
    this.#perSpan = perSpan;
  }

  /** The first time from `time` on at which one more alarm may ring; Unix milliseconds, as `now`. */
  book(time: number, now: number): number {
    if (this.#booked.size > this.#forgetsAt) this.#forgetBefore(now);
    const asked = Math.max(time, now);
    let span = Math.floor(asked / SPAN_MS);
    while ((this.#booked.get(span) ?? 0) >= this.#perSpan) span++;
    this.#booked.set(span, (this.#booked.get(span) ?? 0) + 1);
    return Math.max(time, span * SPAN_MS);
  }

  #forgetBefore(now: number): void {
    const present = Math.floor(now / SPAN_MS);
    for (const span of this.#booked.keys()) if (span < present) this.#booked.delete(span);
    // Where most are yet to come, not every booking is to walk them all.
    this.#forgetsAt = Math.max(REMEMBERED_SPANS, 2 * this.#booked.size);
  }
}
