import { TELLS_EVERY_MS } from "../domain/tail.ts";

/** Each endpoint that tells takes this much of a second, so that all of them together leave the hub its time. */
const MS_PER_TELLER = 3;
const SLOWEST_MS = 5000;

/** How many endpoints tell a hub, and so how often each of them may. */
export class Tellers {
  /** Endpoints that told within this second, and how many did in the one before. */
  #tellers = new Set<string>();
  #tellersBefore = 0;
  #countsFrom = 0;

  /** An endpoint tells something; returns how long it is to wait before the next time, milliseconds. */
  everyMs(endpointId: string, nowMs: number): number {
    if (nowMs - this.#countsFrom > 1000) {
      this.#tellersBefore = nowMs - this.#countsFrom > 2000 ? 0 : this.#tellers.size;
      this.#tellers = new Set();
      this.#countsFrom = nowMs;
    }
    this.#tellers.add(endpointId);
    const tellers = Math.max(this.#tellers.size, this.#tellersBefore);
    return Math.min(SLOWEST_MS, Math.max(TELLS_EVERY_MS, tellers * MS_PER_TELLER));
  }
}
