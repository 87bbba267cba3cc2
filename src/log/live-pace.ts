/** How long an endpoint object counts as live after its last use: workerd evicts it 10 s after. */
const LIVE_MS = 15_000;

/**
 * How many distinct endpoint objects may be touched within 15 s. A live object holds open files, of which one
 * machine has few; on Cloudflare there is no such limit.
 */
export class LivePace {
  readonly #limit: number | null;
  /** Last use by endpoint number, oldest first. */
  readonly #usedAt = new Map<number, number>();

  constructor(limit: number | null) {
    this.#limit = limit;
  }

  /** When this endpoint may be touched: now, or the time at which a place is free. Unix milliseconds. */
  freeAt(endpointNumber: number, now: number): number {
    if (this.#limit === null || this.#usedAt.has(endpointNumber)) return now;
    for (const [number, usedAt] of this.#usedAt) {
      if (usedAt + LIVE_MS > now) break;
      this.#usedAt.delete(number);
    }
    if (this.#usedAt.size < this.#limit) return now;
    const oldest = this.#usedAt.values().next().value ?? now;
    return oldest + LIVE_MS;
  }

  touch(endpointNumber: number, now: number): void {
    if (this.#limit === null) return;
    this.#usedAt.delete(endpointNumber);
    this.#usedAt.set(endpointNumber, now);
  }
}
