/** An endpoint's object that was not called for so long may have to be opened first, as one that was never called. */
const OPEN_FOR_MS = 10_000;

/** Of so many endpoints it is remembered; one more, and all are forgotten. */
const REMEMBERED_CALLS = 20_000;

/** When a log called each endpoint last, in this life. Times in Unix milliseconds. */
export class LastCalls {
  readonly #calledAt = new Map<number, number>();

  note(endpointNumber: number, nowMs: number): void {
    if (this.#calledAt.size >= REMEMBERED_CALLS) this.#calledAt.clear();
    this.#calledAt.set(endpointNumber, nowMs);
  }

  /** Whether it is known to have been called. */
  has(endpointNumber: number): boolean {
    return this.#calledAt.has(endpointNumber);
  }

  /** Whether its object may have to be opened. */
  mustOpen(endpointNumber: number, nowMs: number): boolean {
    return nowMs - (this.#calledAt.get(endpointNumber) ?? Number.NEGATIVE_INFINITY) >= OPEN_FOR_MS;
  }
}
