/**
 * Finds many byte strings at once: Aho and Corasick's automaton, so that a text costs one step per byte whatever is
 * looked for and whatever the text is made of. Letters of ASCII are found in either case.
 */
export class Matcher {
  /** Length of the shortest pattern. */
  readonly shortest: number;
  /** Column of each byte in the table, one for both cases of a letter; 0 = a byte that no pattern has. */
  readonly #column = new Uint8Array(256);
  readonly #columns: number;
  /** The next state, by state and column. */
  readonly #next: Uint16Array | Int32Array;
  /** How long the longest pattern is that ends in each state; 0 = none does. */
  readonly #found: Int32Array;
  /** How many bytes of a pattern have been seen in each state. */
  readonly #depth: Int32Array;

  /** @param patterns not empty, none of them empty */
  constructor(patterns: readonly Uint8Array[]) {
    this.shortest = Math.min(...patterns.map(({ length }) => length));
    let columns = 1;
    let states = 1;
    for (const pattern of patterns) {
      states += pattern.length;
      for (const byte of pattern) {
        if (this.#column[byte] !== 0) continue;
        for (const one of bothCases(byte)) this.#column[one] = columns;
        columns++;
      }
    }
    this.#columns = columns;
    this.#next = new (states > 0xffff ? Int32Array : Uint16Array)(states * columns);
    this.#found = new Int32Array(states);
    this.#depth = new Int32Array(states);
    this.#link(this.#addAll(patterns));
  }

  /** Bytes that the automaton takes. */
  get bytes(): number {
    return this.#next.byteLength;
  }

  #addAll(patterns: readonly Uint8Array[]): number {
    let count = 1;
    for (const pattern of patterns) {
      let state = 0;
      for (const byte of pattern) {
        const cell = state * this.#columns + (this.#column[byte] as number);
        if (this.#next[cell] === 0) {
          this.#depth[count] = (this.#depth[state] as number) + 1;
          this.#next[cell] = count++;
        }
        state = this.#next[cell] as number;
      }
      this.#found[state] = pattern.length;
    }
    return count;
  }

  /** Breadth first, fills in where each state goes on after a byte that its patterns do not have next. */
  #link(count: number): void {
    const fallback = new Int32Array(count);
    const queue = [0];
    for (const state of queue) {
      const back = fallback[state] as number;
      this.#found[state] = Math.max(this.#found[state] as number, this.#found[back] as number);
      for (let column = 1; column < this.#columns; column++) {
        const cell = state * this.#columns + column;
        const other = state === 0 ? 0 : (this.#next[back * this.#columns + column] as number);
        const child = this.#next[cell] as number;
        if (child === 0) this.#next[cell] = other;
        else {
          fallback[child] = other;
          queue.push(child);
        }
      }
    }
  }

  /**
   * Calls `hit` for each byte at which a pattern ends, with the place after it and the longest one's length. Returns how
   * many of the last bytes are the beginning of a pattern, and not a whole one.
   */
  scan(text: Uint8Array, hit: (end: number, length: number) => void): number {
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      state = this.#next[state * this.#columns + (this.#column[text[i] as number] as number)] as number;
      const length = this.#found[state] as number;
      if (length > 0) hit(i + 1, length);
    }
    const depth = this.#depth[state] as number;
    return this.#found[state] === depth ? 0 : depth;
  }
}

function bothCases(byte: number): number[] {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? [lower, lower - 0x20] : [byte];
}
