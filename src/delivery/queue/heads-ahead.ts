import type { KeyHead } from "../tables/order-keys.ts";

/** Heads that are read beyond those that may not start. */
const READ_AHEAD = 32;

/** The first of the stored heads of keys, read some at a time: one attempt after the other begins without a look at the disk. */
export class HeadsAhead {
  /** Null = not known. */
  #heads: KeyHead[] | null = null;
  /** Whether there may be more behind them. */
  #isCut = false;

  /** What is stored has changed. */
  noteChanged(): void {
    this.#heads = null;
  }

  /**
   * The first whose key does not rest; null = there is none.
   * @param read the first so many that are stored
   */
  next(read: (most: number) => KeyHead[], resting: ReadonlySet<string>): KeyHead | null {
    const found = this.#heads?.find(({ key }) => !resting.has(key));
    if (found !== undefined) return found;
    if (this.#heads !== null && !this.#isCut) return null;
    const most = resting.size + READ_AHEAD;
    this.#heads = read(most);
    this.#isCut = this.#heads.length === most;
    return this.#heads.find(({ key }) => !resting.has(key)) ?? null;
  }
}
