/** Half of the subrequests that Cloudflare lets one invocation make: the other half is for what else it does. */
const SUBREQUESTS = 5000;

/** Far below the 15 minutes of an alarm, and short enough for a deploy to find work at a rest. */
const DURATION_MS = 10_000;

/** What long work of an object may do in one invocation before it goes on from a fresh alarm. */
export class InvocationBudget {
  #startedAt: number;
  #subrequests = 0;
  readonly #most: number;

  /** `now` in Unix milliseconds; what shares an invocation with others gets `most` subrequests of it. */
  constructor(nowMs: number, most = SUBREQUESTS) {
    this.#startedAt = nowMs;
    this.#most = most;
  }

  /** A new invocation begins; `now` in Unix milliseconds. */
  renew(nowMs: number): void {
    this.#startedAt = nowMs;
    this.#subrequests = 0;
  }

  spend(subrequests: number): void {
    this.#subrequests += subrequests;
  }

  isSpent(nowMs: number): boolean {
    return this.#subrequests >= this.#most || nowMs - this.#startedAt >= DURATION_MS;
  }
}
