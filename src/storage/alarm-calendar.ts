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
  /** For each full span, one behind it before which all are full. So nobody walks them one by one. */
  readonly #behind = new Map<number, number>();
  /** How many spans are remembered before it is looked for some that have passed. */
  #forgetsAt = REMEMBERED_SPANS;

  constructor(perSpan: number) {
    this.#perSpan = perSpan;
  }

  /** The first time from `time` on at which one more alarm may ring; Unix milliseconds, as `now`. */
  book(time: number, nowMs: number): number {
    if (this.#booked.size > this.#forgetsAt) this.#forgetBefore(nowMs);
    const asked = Math.max(time, nowMs);
    const span = this.#firstFree(Math.floor(asked / SPAN_MS));
    const booked = (this.#booked.get(span) ?? 0) + 1;
    this.#booked.set(span, booked);
    if (booked >= this.#perSpan) this.#behind.set(span, span + 1);
    return Math.max(time, span * SPAN_MS);
  }

  /** The first span from one on that is not full; those passed on the way lead to it from now on. */
  #firstFree(from: number): number {
    let free = from;
    for (let next = this.#behind.get(free); next !== undefined; next = this.#behind.get(free)) free = next;
    for (let span = from; span < free; ) {
      const next = this.#behind.get(span) ?? free;
      this.#behind.set(span, free);
      span = next;
    }
    return free;
  }

  #forgetBefore(nowMs: number): void {
    const present = Math.floor(nowMs / SPAN_MS);
    for (const span of this.#booked.keys()) {
      if (span >= present) continue;
      this.#booked.delete(span);
      this.#behind.delete(span);
    }
    // Where most are yet to come, not every booking is to walk them all.
    this.#forgetsAt = Math.max(REMEMBERED_SPANS, 2 * this.#booked.size);
  }
}
