import type { LoggedEvent } from "../../domain/event.ts";
import { approximateBytes } from "../store/chunk.ts";

/** So much that is handed over again in each life is worth the row that has it end. */
const WORTH_A_ROW = { groups: 16, bytes: 64 * 1024 };

/** Endpoints answer a call within this, or it is lost. */
const HEARD_WITHIN_MS = 10_000;

/** A committed group on its way: done once every endpoint it concerns has confirmed its share, or has a row. */
export interface Group {
  /** Positions of its first and last event. */
  first: number;
  last: number;
  /** Shares (an event for an endpoint) that are not confirmed yet. */
  outstanding: number;
}

/** The committed groups that some endpoint has yet to take, in order: they tell up to where all is handed over. */
export class Groups {
  readonly #groups: Group[] = [];
  #handedOver: number;
  /** What an earlier life had committed, and may have handed over: it is handed over again. */
  #again = { groups: 0, bytes: 0, upTo: 0 };

  /** When this life began, Unix milliseconds. */
  readonly #beganAt: number;

  /** @param handedOver the position up to which all is handed over, as stored */
  constructor(handedOver: number, nowMs: number) {
    this.#handedOver = handedOver;
    this.#beganAt = nowMs;
  }

  /** Every endpoint that does not lag has all up to here. */
  get handedOver(): number {
    return this.#handedOver;
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  /**
   * Position of the first event that is not handed over, as far as this life can know: what an earlier one may have handed over
   * counts once endpoints had the time to say that they have it. Who asks may have opened the log. Null = there is none.
   */
  firstPosition(nowMs: number): number | null {
    const isNew = Math.abs(nowMs - this.#beganAt) < HEARD_WITHIN_MS;
    const after = isNew ? this.#again.upTo : 0;
    return this.#groups.find(({ first }) => first > after)?.first ?? null;
  }

  /** Takes a committed group, whose shares are counted. */
  add(group: Group): void {
    this.#groups.push(group);
  }

  /** An earlier life had committed these. */
  noteAgain(events: readonly LoggedEvent[]): void {
    this.#again.groups++;
    this.#again.bytes += events.reduce((total, event) => total + approximateBytes(event), 0);
    this.#again.upTo = events.at(-1)?.position ?? 0;
  }

  /** Moves on over the groups that are done. */
  settle(): void {
    let done = 0;
    for (const group of this.#groups) {
      if (group.outstanding > 0) break;
      this.#handedOver = group.last;
      done++;
    }
    this.#groups.splice(0, done);
  }

  /**
   * Whether the position is worth a row of its own: all that an earlier life left is handed over, and was much. Where each event
   * opens the object, no later one would tell the next life how far this one came. Once in a life.
   */
  isWorthKeeping(): boolean {
    const { groups, bytes, upTo } = this.#again;
    if (this.#handedOver < upTo || (groups < WORTH_A_ROW.groups && bytes < WORTH_A_ROW.bytes)) return false;
    this.#again = { groups: 0, bytes: 0, upTo: 0 };
    return true;
  }
}
