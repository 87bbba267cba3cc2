import type { Clock, Timers } from "../src/domain/surroundings.ts";

/** A clock that goes on by hand, and rings what is due by then, each at its time. */
export class HandClock implements Clock, Timers {
  #nowMs = 1_000_000;
  #timers: { at: number; ring: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, ring: () => void): () => void {
    const timer = { at: this.#nowMs + delayMs, ring };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets so many milliseconds pass. What waits for what was rung goes on when the caller next waits. */
  pass(milliseconds: number): void {
    const until = this.#nowMs + milliseconds;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.at);
      next.ring();
    }
    this.#nowMs = until;
  }
}
