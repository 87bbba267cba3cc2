/*
 * Work on large bodies takes turns on the one thread that everybody shares, over all requests of the isolate: one piece
 * at a time, and after it as long a rest as it took. However many send the largest body there is, half of the thread is
 * left for small requests, and none of them waits for more than one piece. Only a time is shared: a request that is cut
 * off takes nothing with it.
 */

/** A body of this size never waits for larger ones, neither here nor for memory: nearly all events are far smaller. */
export const SMALL_BYTES = 64 * 1024;

/** A rest is longer than this only where the clock was set back: no piece takes so long. */
const MAX_REST_MS = 1000;

/** Unix milliseconds. */
let nextAt = 0;

/** The pieces of work on one body, each begun by `turn`. */
export class LargeWork {
  readonly #isLarge: boolean;
  #startedAt: number | null = null;

  /** @param characters of the body; a small one never waits. */
  constructor(characters: number) {
    this.#isLarge = characters > SMALL_BYTES;
  }

  /** Ends the piece that was begun before, if one was, and waits for the turn of the next: at least a macrotask. */
  async turn(): Promise<void> {
    if (!this.#isLarge) return;
    this.end();
    for (let waitMs = 0; ; ) {
      await new Promise((resume) => setTimeout(resume, waitMs));
      waitMs = nextAt - Date.now();
      if (waitMs <= 0 || waitMs > MAX_REST_MS) break;
    }
    this.#startedAt = Date.now();
  }

  /** Ends the piece: now is the others' time. */
  end(): void {
    if (this.#startedAt === null) return;
    const now = Date.now();
    nextAt = now + Math.min(MAX_REST_MS, now - this.#startedAt);
    this.#startedAt = null;
  }
}

/** One piece of work on a body of so many characters, when it is its turn. */
export async function inTurn<Result>(characters: number, work: () => Result): Promise<Result> {
  const piece = new LargeWork(characters);
  await piece.turn();
  try {
    return work();
  } finally {
    piece.end();
  }
}
