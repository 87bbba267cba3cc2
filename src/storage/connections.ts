/*
 * How many connections to receivers may be open at once, beside one for each open object: where the machine has few
 * files. Counted at module level, over all objects of the isolate.
 */

/** How long a connection stays open after its last request, at most: it is kept for 2 to 4 s, and then closed. */
const KEPT_MS = 6000;

/** How often it is looked who holds less than before. */
const LOOK_MS = 100;

interface Holder {
  /** Connections beside the first that its object may have open. */
  held: number;
  /** When it had all of them in use last, Unix milliseconds. */
  usedAt: number;
  /** What its object has under way now. */
  underWay(): number;
}

/**
 * Connections for everybody, of which each object may hold no more than are left over: one whose receivers all hang has
 * half of them, the next one a quarter, and there is always one for who comes new.
 */
export class Connections {
  readonly #capacity: number;
  readonly #holders = new Map<string, Holder>();
  #held = 0;
  #lookedAt = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether an object with so many under way may have one more. An earlier object of its name counts for nothing. */
  holder(name: string, underWay: () => number): (nowMs: number) => boolean {
    this.#forget(name);
    return (nowMs) => this.#mayOpen(name, underWay, nowMs);
  }

  #mayOpen(name: string, underWay: () => number, nowMs: number): boolean {
    const inUse = underWay();
    // Its first one goes with its place among the open objects.
    if (inUse === 0) return true;
    const own = this.#holders.get(name) ?? { held: 0, usedAt: nowMs, underWay };
    if (inUse > own.held) {
      if (own.held >= this.#free(nowMs)) return false;
      own.held++;
      this.#held++;
      this.#holders.set(name, own);
    }
    if (inUse >= own.held) own.usedAt = nowMs;
    return true;
  }

  #free(nowMs: number): number {
    if (this.#lookedAt + LOOK_MS <= nowMs) {
      this.#lookedAt = nowMs;
      for (const [name, holder] of this.#holders) this.#look(name, holder, nowMs);
    }
    return this.#capacity - this.#held;
  }

  /** What was not in use for a while is closed by now. */
  #look(name: string, holder: Holder, nowMs: number): void {
    const needed = Math.max(0, holder.underWay() - 1);
    if (needed >= holder.held || holder.usedAt + KEPT_MS > nowMs) return;
    this.#held -= holder.held - needed;
    holder.held = needed;
    holder.usedAt = nowMs;
    if (needed === 0) this.#holders.delete(name);
  }

  #forget(name: string): void {
    this.#held -= this.#holders.get(name)?.held ?? 0;
    this.#holders.delete(name);
  }
}
