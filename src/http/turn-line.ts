/** A waiting one looks so often, times its place in the line. */
const LOOK_MS = 2;

/** Who did not look when it meant to, and so long after, waits no more: its request was ended. */
const GONE_MS = 1000;

/** Who has waited so long comes first, whatever it has had already: of smaller work there may always be more. */
const LONGEST_WAIT_MS = 5000;

/** Who has had less than this is served before who has had more, milliseconds: most work is never more than small. */
const LEVELS_MS = [5, 50];

/** One that waits for its next piece. */
export interface Waiting {
  /** Which one it was of all to ask for its first piece. */
  arrival: number;
  /** How long it has had the thread, milliseconds. */
  hadMs: number;
  /** Since when it waits, and when it looks next, Unix milliseconds. */
  waitsSince: number;
  looksAt: number;
}

/**
 * Who is next: of those that had little so far the oldest, then of those that had more, and so on. Small work overtakes
 * large work, and of many equal ones the first is done first, instead of all of them at the end. Each looks for itself
 * whether it is its turn: a request must not await a promise of another, which may be cut off.
 */
export class TurnLine {
  readonly #line: Waiting[] = [];

  /** Puts one in line, or puts it where it belongs by now. */
  enter(waiting: Waiting, nowMs: number): void {
    this.leave(waiting);
    const after = this.#line.findIndex((other) => isBefore(waiting, other, nowMs));
    this.#line.splice(after < 0 ? this.#line.length : after, 0, waiting);
  }

  leave(waiting: Waiting): void {
    const at = this.#line.indexOf(waiting);
    if (at >= 0) this.#line.splice(at, 1);
  }

  /** How long until it is worth looking again, milliseconds; 0 = nobody is before it. */
  waitMs(waiting: Waiting, nowMs: number): number {
    for (let first = this.#line[0]; first !== undefined && first !== waiting; first = this.#line[0]) {
      if (nowMs - first.looksAt <= GONE_MS) break;
      this.#line.shift();
    }
    return Math.min(GONE_MS / 2, LOOK_MS * Math.max(0, this.#line.indexOf(waiting)));
  }
}

function isBefore(one: Waiting, other: Waiting, nowMs: number): boolean {
  const levels = levelOf(one, nowMs) - levelOf(other, nowMs);
  return levels < 0 || (levels === 0 && one.arrival < other.arrival);
}

function levelOf({ waitsSince, hadMs }: Waiting, nowMs: number): number {
  if (nowMs - waitsSince > LONGEST_WAIT_MS) return -1;
  const level = LEVELS_MS.findIndex((mostMs) => hadMs < mostMs);
  return level < 0 ? LEVELS_MS.length : level;
}
