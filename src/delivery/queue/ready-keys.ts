import type { Held } from "../record/claim.ts";

/** The deliveries that may start, one of each key, by sequence. There are no more than the window holds. */
export class ReadyKeys {
  readonly #bySequence: Held[] = [];
  readonly #ofKey = new Map<object, Held>();

  /** The one with the lowest sequence; null = there is none. */
  get first(): Held | null {
    return this.#bySequence[0] ?? null;
  }

  /** Sets the one of a key; null = none. */
  set(key: object, held: Held | null): void {
    const before = this.#ofKey.get(key) ?? null;
    if (before === held) return;
    if (before !== null) {
      this.#bySequence.splice(this.#placeOf(before.sequence), 1);
      this.#ofKey.delete(key);
    }
    if (held === null) return;
    this.#bySequence.splice(this.#placeOf(held.sequence), 0, held);
    this.#ofKey.set(key, held);
  }

  /** Where one of a sequence is, or would be. */
  #placeOf(sequence: number): number {
    let [from, to] = [0, this.#bySequence.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#bySequence[middle]?.sequence ?? 0) < sequence) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
