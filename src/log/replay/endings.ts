import type { Deadlines } from "../../deadlines.ts";

/** Whoever waits for something to end, by its id. */
export class Endings {
  readonly #deadlines: Deadlines;
  readonly #waiting = new Map<string, () => void>();

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Resolves once it is told that this one ended, or after a time in milliseconds. */
  async wait(id: string, withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const endDeadline = this.#deadlines.in(withinMs, resolve);
      this.#waiting.set(id, () => {
        endDeadline();
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
