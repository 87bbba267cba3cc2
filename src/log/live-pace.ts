/** How long an endpoint object counts as live after its last use: workerd evicts it 10 s after. */
const LIVE_MS = 15_000;

/** An endpoint's place: when it took it, and when it was last used. Unix milliseconds. */
interface Place {
  since: number;
  usedAt: number;
}

/**
 * How many distinct endpoint objects may be touched within 15 s. A live object holds open files, of which one
 * machine has few; on Cloudflare there is no such limit. While others wait for a place, nobody renews one for longer
 * than 15 s: endpoints with events all the time would otherwise keep the others from ever getting theirs.
 */
export class LivePace {
  readonly #limit: number | null;
  /** By endpoint number, the longest unused first. */
  readonly #places = new Map<number, Place>();
  /** When an endpoint was last told to wait for a place: it asks again within 15 s, if it still waits. */
  #refusedAt = Number.NEGATIVE_INFINITY;

  constructor(limit: number | null) {
    this.#limit = limit;
  }

  /** When this endpoint may be touched: now, or the time at which to ask again. Unix milliseconds. */
  freeAt(endpointNumber: number, now: number): number {
    if (this.#limit === null) return now;
    for (const [number, { usedAt }] of this.#places) {
      if (usedAt + LIVE_MS > now) break;
      this.#places.delete(number);
    }
    const own = this.#places.get(endpointNumber);
    if (own) {
      const othersWait = this.#refusedAt + 2 * LIVE_MS > now;
      return othersWait && own.since + LIVE_MS <= now ? own.usedAt + LIVE_MS : now;
    }
    if (this.#places.size < this.#limit) return now;
    this.#refusedAt = now;
    const [oldest] = this.#places.values();
    return (oldest?.usedAt ?? now) + LIVE_MS;
  }

  touch(endpointNumber: number, now: number): void {
    if (this.#limit === null) return;
    const since = this.#places.get(endpointNumber)?.since ?? now;
    this.#places.delete(endpointNumber);
    this.#places.set(endpointNumber, { since, usedAt: now });
  }
}
