/** What one list of endpoint numbers takes for each of them, in bytes. */
const BYTES_PER_NUMBER = 8;

/** What a list takes beside its numbers, as so many of them. */
const NUMBERS_PER_LIST = 16;

const NONE: readonly number[] = [];

/**
 * Lists of endpoint numbers, each once: events that go to the same thousands of endpoints share one array. Who works
 * through them sees by its identity which are the same.
 */
export class SharedLists {
  readonly #lists = new Map<number, readonly number[]>();
  readonly #maxNumbers: number;
  #numbers = 0;

  /** @param maxNumbers the oldest lists are forgotten beyond so many numbers in all of them */
  constructor(maxNumbers: number = Number.POSITIVE_INFINITY) {
    this.#maxNumbers = maxNumbers;
  }

  /** An array of these numbers that was given before; null = there is none. */
  find(numbers: readonly number[]): readonly number[] | null {
    if (numbers.length === 0) return NONE;
    const known = this.#lists.get(hash(numbers));
    return known !== undefined && isSame(known, numbers) ? known : null;
  }

  add(numbers: readonly number[]): void {
    const key = hash(numbers);
    this.#forget(key);
    this.#lists.set(key, numbers);
    this.#numbers += numbers.length + NUMBERS_PER_LIST;
    for (const oldest of this.#lists.keys()) {
      if (this.#numbers <= this.#maxNumbers || this.#lists.size === 1) return;
      this.#forget(oldest);
    }
  }

  #forget(key: number): void {
    const known = this.#lists.get(key);
    if (known === undefined) return;
    this.#numbers -= known.length + NUMBERS_PER_LIST;
    this.#lists.delete(key);
  }
}

/** What a list takes in memory, bytes. */
export function listBytes(numbers: readonly number[]): number {
  return numbers.length * BYTES_PER_NUMBER;
}

/** FNV-1a over whole numbers: two lists that fall together are not shared, no more. */
function hash(numbers: readonly number[]): number {
  let h = 0x811c9dc5;
  for (const number of numbers) h = Math.imul(h ^ number, 0x01000193);
  return h;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((number, i) => number === b[i]));
}
