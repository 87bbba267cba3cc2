import type { Clock, Timers } from "./domain/surroundings.ts";

/**
 * How long nothing may look at what is open. Whatever was met leaves its timer behind, and that keeps an object awake,
 * which Cloudflare bills: so the first tick after a rest comes soon there, and the next ones after twice the time each, up
 * to a second. On one machine nobody pays for it, and the ticks of hundreds of objects would hold each other up.
 */
const FIRST_TICK_MS = 10;
const LAST_TICK_MS = 1000;

/** What is opened later than this after the last tick finds the object at rest; sooner, it is busy and ticks go on. */
const REST_MS = 200;

/** A timer is never this early, and late by more than a second only where nothing ran: else the clock was set. */
const EARLY_MS = 50;
const LATE_MS = 1000;

interface Deadline {
  /** Unix milliseconds; moved with the clock, since workerd has none that only goes forward. */
  at: number;
  miss(): void;
}

/**
 * Many time limits on a timer or two. A timer for each would be a leak: workerd keeps some 260 bytes of every timer
 * that is cleared until the object is evicted, and a busy object never is. So no timer is ever cleared here; each ends
 * within a second, and looks whether a deadline has passed.
 */
export class Deadlines {
  readonly #surroundings: Clock & Timers;
  readonly #firstTickMs: number;
  readonly #open = new Set<Deadline>();
  /** When the next timer rings that counts; others that are still set find that they do not. */
  #tickAt = Number.POSITIVE_INFINITY;
  #tickMs = LAST_TICK_MS;
  /** When the last timer rang that counted, Unix milliseconds. */
  #tickedAt = 0;

  /** @param isAwakeBilled whether a timer that rings for nothing costs more than the time of the thread */
  constructor(surroundings: Clock & Timers, isAwakeBilled = true) {
    this.#surroundings = surroundings;
    this.#firstTickMs = isAwakeBilled ? FIRST_TICK_MS : LAST_TICK_MS;
  }

  /** Those of an object, which its parts share, and their ticks with them. */
  static ofObject(env: { EGRESS?: unknown }, surroundings: Clock & Timers): Deadlines {
    return new Deadlines(surroundings, env.EGRESS === undefined);
  }

  /** Calls `miss` in so many milliseconds, unless the function that it returns was called before. */
  in(limitMs: number, miss: () => void): () => void {
    const deadline = { at: this.#surroundings.nowMs() + limitMs, miss };
    this.#open.add(deadline);
    this.#tickBy(deadline.at);
    return () => {
      this.#open.delete(deadline);
    };
  }

  /** The promise's outcome, or an error after so many milliseconds; what the promise stands for goes on. */
  async within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
    const { promise: missed, reject } = Promise.withResolvers<never>();
    const end = this.in(limitMs, () => reject(new Error(`no answer within ${limitMs} ms`)));
    try {
      return await Promise.race([promise, missed]);
    } finally {
      end();
    }
  }

  #tickBy(atMs: number): void {
    const nowMs = this.#surroundings.nowMs();
    if (this.#tickAt === Number.POSITIVE_INFINITY) {
      const isRested = Math.abs(nowMs - this.#tickedAt) > REST_MS;
      this.#tickMs = isRested ? this.#firstTickMs : Math.min(2 * this.#tickMs, LAST_TICK_MS);
    }
    const tickAt = Math.min(atMs, nowMs + this.#tickMs);
    if (tickAt >= this.#tickAt) return;
    this.#tickAt = tickAt;
    this.#surroundings.after(Math.max(0, tickAt - nowMs), () => this.#tick(tickAt));
  }

  #tick(tickAt: number): void {
    if (tickAt !== this.#tickAt) return;
    this.#tickAt = Number.POSITIVE_INFINITY;
    const nowMs = this.#surroundings.nowMs();
    const lateMs = nowMs - tickAt;
    this.#tickedAt = nowMs;
    if (lateMs < -EARLY_MS || lateMs > LATE_MS) for (const deadline of this.#open) deadline.at += lateMs;
    try {
      for (const deadline of [...this.#open]) {
        // One that is missed may end another.
        if (deadline.at <= nowMs && this.#open.delete(deadline)) deadline.miss();
      }
    } finally {
      let next = Number.POSITIVE_INFINITY;
      for (const { at } of this.#open) next = Math.min(next, at);
      if (this.#open.size > 0) this.#tickBy(next);
    }
  }
}
