import type { Timers } from "../../domain/surroundings.ts";

/** Whoever waits for something to end, by its id. */
export class Endings {
  readonly #timers: Timers;
  readonly #waiting = new Map<string, () => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Resolves once it is told that this one ended, or after a time in milliseconds. */
  async wait(id: string, withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const takeBack = this.#timers.after(withinMs, resolve);
      this.#waiting.set(id, () => {
        takeBack();
        resolve();
      });
    });
    this.#waiting.delete(id);
  }

  /** This one ended. */
  tell(id: string): void {
    this.#waiting.get(id)?.();
  }
}
