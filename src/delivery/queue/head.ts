import type { FreshDeliveries } from "./fresh.ts";
import type { InFlight } from "./in-flight.ts";
import type { Retries } from "./retries.ts";
import type { Window } from "./window.ts";

/** The delivery that is next. */
export interface NextDelivery {
  sequence: number;
  bytes: number;
  /** Unix milliseconds. */
  dueAt: number;
  isRetry: boolean;
}

/** Which of an endpoint's deliveries is next, of those that wait for their first attempt and of those that failed. */
export class Head {
  readonly #fresh: FreshDeliveries;
  readonly #retries: Retries;
  readonly #held: Window;
  readonly #inFlight: InFlight;

  constructor(fresh: FreshDeliveries, retries: Retries, held: Window, inFlight: InFlight) {
    this.#fresh = fresh;
    this.#retries = retries;
    this.#held = held;
    this.#inFlight = inFlight;
  }

  /**
   * With `serialize` the lowest pending sequence, otherwise the one with the smallest (next_attempt_at, sequence), due or
   * not; null = there is none, or the order has it wait.
   */
  at(serialize: boolean, nowMs: number): NextDelivery | null {
    if (serialize && this.#inFlight.count > 0) return null;
    const fresh = this.#freshAt(nowMs);
    const retryRow = serialize ? this.#retries.lowest() : this.#retries.first(this.#inFlight.all);
    const retry = retryRow && {
      sequence: retryRow.sequence,
      bytes: retryRow.bytes,
      dueAt: retryRow.next_attempt_at ?? 0,
      isRetry: true,
    };
    if (!fresh || !retry) return fresh ?? retry;
    if (serialize) return fresh.sequence < retry.sequence ? fresh : retry;
    return retry.dueAt <= fresh.dueAt ? retry : fresh;
  }

  /** What is stored has the lower sequence. */
  #freshAt(nowMs: number): NextDelivery | null {
    const row = this.#fresh.peek();
    const held = row === null ? this.#held.next() : null;
    const [first, createdAt] = [row ?? held, row?.created_at ?? held?.createdAt ?? nowMs];
    // A clock that was set back since must not hold up what was never attempted.
    const dueAt = Math.min(createdAt, nowMs);
    return first && { sequence: first.sequence, bytes: first.bytes, dueAt, isRetry: false };
  }
}
