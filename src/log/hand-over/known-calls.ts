/**
 * What a batch takes of the thread that no step waits for, with the attempts that it starts, about: after its step, in rounds of
 * which nobody knows how long they are. Milliseconds.
 */
export const TAKING_MS = 1;

/** What a batch takes where the endpoint's object has to be opened, which takes some 5 ms: so two of them are in a round. */
const OPENING_MS = 2;

/** An endpoint's object that was not called for so long may have to be opened first, as one that was never called. */
const OPEN_FOR_MS = 10_000;

/** A log remembers when it last called each of so many endpoints; one more, and it forgets all of them. */
const REMEMBERED_CALLS = 20_000;

/** An object that this life of the log never called may ask for its configuration: then it is called again. */
const CALLS_OF_NEW = 2;

/** When a log called each endpoint last, in this life, and so what the next call will take. Times in Unix milliseconds. */
export class KnownCalls {
  readonly #calledAt = new Map<number, number>();

  note(endpointNumber: number, nowMs: number): void {
    if (this.#calledAt.size >= REMEMBERED_CALLS) this.#calledAt.clear();
    this.#calledAt.set(endpointNumber, nowMs);
  }

  /** How many calls a batch to it may take. */
  callsOf(endpointNumber: number): number {
    return this.#calledAt.has(endpointNumber) ? 1 : CALLS_OF_NEW;
  }

  /** Whether its object may have to be opened. */
  mustOpen(endpointNumber: number, nowMs: number): boolean {
    return nowMs - (this.#calledAt.get(endpointNumber) ?? Number.NEGATIVE_INFINITY) >= OPEN_FOR_MS;
  }

  /** What a batch to it takes of the thread, milliseconds. */
  chargeMs(endpointNumber: number, nowMs: number): number {
    return this.mustOpen(endpointNumber, nowMs) ? OPENING_MS : TAKING_MS;
  }
}
