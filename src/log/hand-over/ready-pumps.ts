import type { Pump } from "./pump.ts";

/** An event that goes to so many endpoints is one for many: it takes tens of milliseconds of the thread. */
const MANY_ENDPOINTS = 30;

/**
 * Pumps that ask for a turn, in the order in which they asked; but those that have one event for many endpoints, or go through a
 * backlog, and all the others take turns. So an event to one endpoint does not wait until the one before it has gone to thousands.
 */
export class ReadyPumps implements Iterable<Pump> {
  readonly #few = new Set<Pump>();
  readonly #many = new Set<Pump>();
  /** Those that had an event for many are of many until they have nothing left, after a rest or an answer, too. */
  readonly #ofMany = new WeakSet<Pump>();
  #beginsWithMany = false;

  get size(): number {
    return this.#few.size + this.#many.size;
  }

  /** Adds one, unless it asks already; `endpoints`: as many have the same event. */
  add(pump: Pump, endpoints = 1): void {
    if (this.#few.has(pump) || this.#many.has(pump)) return;
    if (endpoints >= MANY_ENDPOINTS || !pump.isLive) this.#ofMany.add(pump);
    (this.#ofMany.has(pump) ? this.#many : this.#few).add(pump);
  }

  /** Takes one out, which has its turn. */
  take(pump: Pump): void {
    this.#beginsWithMany = this.#few.has(pump);
    this.delete(pump);
  }

  delete(pump: Pump): void {
    this.#few.delete(pump);
    this.#many.delete(pump);
  }

  /** In the order of their turns; one that is given may be taken out meanwhile. */
  *[Symbol.iterator](): Iterator<Pump> {
    const [few, many] = [this.#few.values(), this.#many.values()];
    const turns = this.#beginsWithMany ? [many, few] : [few, many];
    for (let rest = turns; rest.length > 0; ) {
      const left: typeof turns = [];
      for (const pumps of rest) {
        const { done, value } = pumps.next();
        if (done) continue;
        left.push(pumps);
        yield value;
      }
      rest = left;
    }
  }
}
