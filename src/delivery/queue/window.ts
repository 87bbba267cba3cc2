import { acceptedAt } from "../../domain/ids.ts";
import type { ClaimedDelivery, EndedAttempt, Held } from "../record/claim.ts";

/**
 * What one endpoint's object may hold in memory alone: as many as a pump has on their way to it. What is more comes as
 * rows.
 */
export const WINDOW_DELIVERIES = 1000;
export const WINDOW_BYTES = 4 * 1024 * 1024;

/** So many rows a delivery may cost that is stored in a run: one of them is as dear as several of these. */
const ROWS_FOR_ONE_IN_RUN = 1 / 4;

/**
 * The deliveries that were taken and are not settled, in memory alone. They are settled from the front: whatever is stored has a
 * lower sequence than whatever is held, so that after a crash the log hands over again what was held, and the same events get
 * the same sequences.
 */
export class Window {
  #held: Held[] = [];
  /** Before this one of them all were claimed. */
  #first = 0;
  #waiting = 0;
  #bytes = 0;
  #ended = 0;
  #unclaimedBytes = 0;
  /** The log's position before the first of them. */
  #positionBefore = 0;

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  get count(): number {
    return this.#held.length;
  }

  /** What its events take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The deliveries that wait for their attempt. */
  get waiting(): { count: number; bytes: number } {
    return { count: this.#waiting, bytes: this.#unclaimedBytes };
  }

  /** The lowest sequence that is held; infinite = none is. */
  get from(): number {
    return this.#held[0]?.sequence ?? Number.POSITIVE_INFINITY;
  }

  /** The highest; null = none is. */
  get lastSequence(): number | null {
    return this.#held.at(-1)?.sequence ?? null;
  }

  /** The log's position up to which nothing is held; null = nothing is. */
  get positionBefore(): number | null {
    return this.isEmpty ? null : this.#positionBefore;
  }

  /** Holds a delivery with the next sequence. `positionBefore`: the log's position before it. */
  add(held: Held, positionBefore: number): void {
    if (this.isEmpty) this.#positionBefore = positionBefore;
    this.#held.push(held);
    this.#waiting++;
    this.#bytes += held.bytes;
    this.#unclaimedBytes += held.bytes;
  }

  /** The first that waits for its attempt; null = none does. */
  next(): Held | null {
    while (this.#held[this.#first]?.isClaimed) this.#first++;
    return this.#held[this.#first] ?? null;
  }

  /** Takes one that waits, by its sequence: it is attempted now. */
  claim(at: number): ClaimedDelivery {
    const held = this.at(at);
    if (held === null || held.isClaimed) throw new Error("no such delivery is held that waits");
    held.isClaimed = true;
    this.#waiting--;
    this.#unclaimedBytes -= held.bytes;
    const { sequence, keyPlace, event, firedAt, createdAt, bytes } = held;
    const sinceMs = acceptedAt(event.position);
    return {
      ...{ sequence, keyPlace, event, firedAt, createdAt, bytes, sinceMs, dueAt: sinceMs },
      ...{ attemptCount: 0, scheduleStart: 0, isReplay: false, isIndexed: false, isCanceled: false },
    };
  }

  /** A delivery that is held; null = this one is not. */
  at(sequence: number): Held | null {
    return this.#held[sequence - this.from] ?? null;
  }

  /** The attempt of one that is held ended. */
  noteEnded(ended: EndedAttempt): void {
    const held = this.at(ended.claimed.sequence);
    if (held === null) return;
    held.ended = ended;
    this.#ended++;
  }

  /**
   * Up to which sequence all have ended, and further as long as more than so many that ended wait behind one that has not;
   * what lies before is settled as it is. The sequence before the first = none.
   */
  endedUpTo(mostBehind: number): number {
    let upTo = this.from - 1;
    let behind = this.#ended;
    for (const { sequence, ended } of this.#held) {
      if (ended === null && behind <= mostBehind) break;
      if (ended !== null) behind--;
      upTo = sequence;
    }
    return upTo;
  }

  /**
   * Up to which sequence it is worth to store, where one must be stored anyway: as far as few of those that lie before have not
   * ended, since each of these gets a row of its own.
   */
  worthStoringFrom(least: number): number {
    let upTo = least;
    let rows = 0;
    let inRun = 0;
    for (const { sequence, ended } of this.#held) {
      if (ended === null) rows++;
      else inRun++;
      if (ended !== null && sequence > least && rows <= inRun * ROWS_FOR_ONE_IN_RUN) upTo = sequence;
    }
    return upTo;
  }

  /** Forgets all of them: the endpoint is erased. */
  clear(): void {
    this.settle(Number.POSITIVE_INFINITY);
  }

  /** Lets go of those up to a sequence, which the caller stores. */
  settle(upTo: number): Held[] {
    if (this.isEmpty) return [];
    const held = this.#held.splice(0, Math.max(0, upTo - this.from + 1));
    for (const { bytes, ended, isClaimed } of held) {
      this.#bytes -= bytes;
      if (ended !== null) this.#ended--;
      if (isClaimed) continue;
      this.#waiting--;
      this.#unclaimedBytes -= bytes;
    }
    this.#first = Math.max(0, this.#first - held.length);
    this.#positionBefore = held.at(-1)?.event.position ?? this.#positionBefore;
    return held;
  }
}
