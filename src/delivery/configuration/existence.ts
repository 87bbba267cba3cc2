/**
 * Whether an endpoint is erased, for good: the one owner of it. Its parts ask before they store anything, and after each
 * call that may have come back to an object without tables.
 */
export class Existence {
  #isErased = false;

  get isErased(): boolean {
    return this.#isErased;
  }

  /** From now on nothing is stored or told. */
  end(): void {
    this.#isErased = true;
  }
}
