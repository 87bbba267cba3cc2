/** So many of the 1,000 that Cloudflare lets one invocation make (D1 limits): the rest is for second tries and what comes late. */
const QUERIES = 600;

/** Calls of objects to push rows, of the 10,000 subrequests of one invocation: an endpoint of 32 logs takes 33. The rest is for waking. */
const CALLS = 7000;

/** Less than the minute until the next run, so that two do not meet. */
const DURATION_MS = 50_000;

/** What one run of cron may do, all of its steps together: queries to D1, calls of objects, and time. What is left over waits for the next. */
export class CronBudget {
  readonly #endsAt: number;
  #queries = QUERIES;
  #calls = CALLS;

  /** @param nowMs Unix milliseconds */
  constructor(nowMs: number) {
    this.#endsAt = nowMs + DURATION_MS;
  }

  /** Spends so many queries; false, and nothing is spent, where there are not as many left. */
  spend(queries: number): boolean {
    if (this.#queries < queries) return false;
    this.#queries -= queries;
    return true;
  }

  /** Spends as many as there are, at most so many. Returns how many. */
  spendUpTo(queries: number): number {
    const spent = Math.min(queries, this.#queries);
    this.#queries -= spent;
    return spent;
  }

  /** Gives back what was spent and not used. */
  giveBack(queries: number): void {
    this.#queries += queries;
  }

  /** Whether it may push yet another row: how many calls that takes is known once they are made. */
  get mayPush(): boolean {
    return this.#calls > 0;
  }

  /** Counts calls of objects that were made. */
  noteCalls(calls: number): void {
    this.#calls -= calls;
  }

  msLeft(nowMs: number): number {
    return Math.max(0, this.#endsAt - nowMs);
  }
}
