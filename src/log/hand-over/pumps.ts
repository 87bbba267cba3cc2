import { Pump } from "./pump.ts";

/** The pumps of a log's endpoints, and how far these are. An endpoint without one has all that there was for it. */
export class Pumps {
  readonly #byNumber = new Map<number, Pump>();
  /** A position up to which all endpoints are known to have everything. */
  #allHaveUpTo = 0;

  get size(): number {
    return this.#byNumber.size;
  }

  [Symbol.iterator](): Iterator<Pump> {
    return this.#byNumber.values();
  }

  find(number: number): Pump | undefined {
    return this.#byNumber.get(number);
  }

  /** @param rowPosition where its row has it go on; null = it has none */
  add(number: number, rowPosition: number | null): Pump {
    const pump = new Pump(number, rowPosition);
    this.#byNumber.set(number, pump);
    return pump;
  }

  /** Whether it is still the endpoint's: one that came to its end is taken out, and the next event makes another one. */
  has(pump: Pump): boolean {
    return this.#byNumber.get(pump.number) === pump;
  }

  delete(pump: Pump): void {
    this.#byNumber.delete(pump.number);
  }

  /** Endpoints that have a row. */
  get withRow(): number {
    let count = 0;
    for (const { rowPosition } of this) if (rowPosition !== null) count++;
    return count;
  }

  /** The lowest position that an endpoint with a row may have yet to take, up to the last one; Infinity = there is none. */
  lowestBehindRow(lastPosition: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { rowPosition } of this) {
      if (rowPosition !== null && rowPosition < lastPosition) lowest = Math.min(lowest, rowPosition + 1);
    }
    return lowest;
  }

  /** Whether an endpoint has all of its events up to a committed position. */
  isHandedOver(number: number, position: number): boolean {
    const pump = this.find(number);
    const confirmed = pump && (pump.positionBeforeQueue() ?? pump.rowPosition);
    return confirmed === undefined || confirmed === null || position <= confirmed;
  }

  /** Whether all endpoints have all of their events up to a committed position. */
  isHandedOverToAll(position: number): boolean {
    // What they have they keep: of many that ask, the first look that finds it so is the last one.
    if (position > this.#allHaveUpTo) {
      for (const { number } of this) if (!this.isHandedOver(number, position)) return false;
      this.#allHaveUpTo = position;
    }
    return true;
  }
}
