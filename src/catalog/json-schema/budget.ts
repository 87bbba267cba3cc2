/** What keeps data from fitting its schema. `path` is that of the value within data, empty for data itself. */
export interface DataProblem {
  path: (string | number)[];
  message: string;
}

/** Problems that are told: who mends twenty will ask again. */
export const MAX_PROBLEMS = 20;

/** Thrown to end a check: nothing more is to be found out, or nothing more may be spent. */
export class CheckEnded extends Error {}

/**
 * The steps of one check. A step is a look at one value by one rule, or at 16 characters of it: 5 to 20 ns (measured).
 * Counted instead of timed, because the clock of a Worker stands still while it computes.
 */
export class Budget {
  readonly #most: number;
  #spent = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get spent(): number {
    return this.#spent;
  }

  get isExceeded(): boolean {
    return this.#spent > this.#most;
  }

  /** Counts steps. Throws CheckEnded beyond the budget. */
  spend(steps: number): void {
    this.#spent += steps;
    if (this.#spent > this.#most) throw new CheckEnded();
  }

  spendCharacters(characters: number): void {
    this.spend(1 + (characters >> 4));
  }
}
