import { type Pace, Rounds } from "../../src/storage/rounds.ts";

/** A thread by hand: what is due runs one after the other, and timers look again only in the next round. */
export class Thread {
  now = 1_000_000;
  #timers: { at: number; ring: () => void }[] = [];
  readonly rounds = new Rounds();
  readonly surroundings = {
    nowMs: () => this.now,
    after: (delayMs: number, ring: () => void) => {
      const timer = { at: this.now + delayMs, ring };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      };
    },
  };

  pace(workspaceId: string, isLater = false): Pace {
    return this.rounds.of(workspaceId, this.surroundings, isLater);
  }

  /** All timers that are due, and what follows from them; a millisecond passes where none was. */
  round(): void {
    const due = this.#timers.filter(({ at }) => at <= this.now).toSorted((a, b) => a.at - b.at);
    if (due.length === 0) this.now++;
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { ring } of due) ring();
  }

  /** As of an object that is reset. */
  loseTimers(): void {
    this.#timers = [];
  }
}
