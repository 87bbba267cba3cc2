/** So many spans are remembered, at least, before those that have passed are forgotten. */
const REMEMBERED_SPANS = 5000;

/**
 * When alarms may ring: an alarm opens its object before anything can ask whether there is a place for it, or whether the
 * thread has time for it, so no two ring within the same short span. One that was moved still counts where it was.
 */
export class AlarmCalendar {
  readonly #spanMs: number;
  /** For each span that an alarm has, one behind it before which all are had. So nobody walks them one by one. */
  readonly #behind = new Map<number, number>();
  /** How many spans are remembered before it is looked for some that have passed. */
  #forgetsAt = REMEMBERED_SPANS;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** The first time from `atMs` on at which one more alarm may ring, Unix milliseconds; null = there is none before `endMs`. */
  book(atMs: number, nowMs: number): number;
  book(atMs: number, nowMs: number, endMs: number): number | null;
  book(atMs: number, nowMs: number, endMs = Number.POSITIVE_INFINITY): number | null {
    if (this.#behind.size > this.#forgetsAt) this.#forgetBefore(nowMs);
    const asked = Math.max(atMs, nowMs);
    const span = this.#firstFree(Math.floor(asked / this.#spanMs));
    if (span * this.#spanMs >= endMs) return null;
    this.#behind.set(span, span + 1);
    return Math.max(atMs, span * this.#spanMs);
  }

  /** The first span from one on that no alarm has; those passed on the way lead to it from now on. */
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
    const present = Math.floor(nowMs / this.#spanMs);
    for (const span of this.#behind.keys()) {
      if (span < present) this.#behind.delete(span);
    }
    // Where most are yet to come, not every booking is to walk them all.
    this.#forgetsAt = Math.max(REMEMBERED_SPANS, 2 * this.#behind.size);
  }
}
