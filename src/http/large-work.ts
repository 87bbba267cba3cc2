import { SMALL_BYTES } from "../domain/memory-budget.ts";
import { pause } from "../domain/surroundings.ts";
import { platform } from "../platform.ts";
import { isSharedWithOthers } from "../storage/recent-use.ts";
import { TurnLine, type Waiting } from "./turn-line.ts";

/*
 * Work that is large takes turns on the one thread that everybody shares, over all requests of the isolate: one piece
 * at a time, and where another workspace uses the thread too, after it as long a rest as it took. However many send the
 * largest body there is, half of the thread is left for small requests of others, and none of them waits for more than one
 * piece. No promise is shared: a request that is cut off takes nothing with it. How long a piece took is told by what it counted, because the clock of a Worker on Cloudflare
 * stands still while it computes; where the clock goes on and says that it took longer, the clock is believed.
 */

/** Characters that are read, or steps of a check, in a millisecond: 5 to 20 ns each (measured). */
export const STEPS_PER_MS = 50_000;

/** A rest is longer than this only where the clock was set back: no piece takes so long. */
const MAX_REST_MS = 1000;

/** Unix milliseconds. */
let nextAt = 0;

const line = new TurnLine();
let arrivals = 0;

/** The pieces of some work, each begun by `beginPiece`. */
export class LargeWork {
  readonly #workspaceId: string | null;
  readonly #isLarge: boolean;
  readonly #waiting: Waiting = { arrival: ++arrivals, hadMs: 0, waitsSince: 0, looksAt: 0 };
  #startedAt: number | null = null;
  #steps = 0;

  /**
   * @param workspaceId whose it is; null = nobody's that is known, and others are taken to be there
   * @param characters of the body; work on a small one never waits. Absent = it is large, whatever its body.
   */
  constructor(workspaceId: string | null, characters = Number.POSITIVE_INFINITY) {
    this.#workspaceId = workspaceId;
    this.#isLarge = characters > SMALL_BYTES;
  }

  /** Ends the piece that was begun before, if one was, and waits for the turn of the next: at least a macrotask. */
  async beginPiece(): Promise<void> {
    if (!this.#isLarge) return;
    this.end();
    const waiting = this.#waiting;
    waiting.waitsSince = platform.nowMs();
    for (let waitMs: number | null = 0; waitMs !== null; waitMs = waitOf(waiting)) {
      waiting.looksAt = platform.nowMs() + waitMs;
      line.enter(waiting, platform.nowMs());
      await pause(platform, waitMs);
    }
    line.leave(waiting);
    this.#startedAt = platform.nowMs();
    this.#steps = 0;
  }

  /** Counts what the piece has done: characters that it read, or steps of a check. */
  countSteps(steps: number): void {
    this.#steps += steps;
  }

  /** Ends the piece: now is the others' time. */
  end(): void {
    if (this.#startedAt === null) return;
    const nowMs = platform.nowMs();
    const tookMs = Math.max(nowMs - this.#startedAt, this.#steps / STEPS_PER_MS);
    const restMs = this.#isAlone(nowMs) ? 0 : Math.min(MAX_REST_MS, Math.ceil(tookMs));
    nextAt = nowMs + restMs;
    this.#waiting.hadMs += tookMs;
    this.#startedAt = null;
  }

  #isAlone(nowMs: number): boolean {
    return this.#workspaceId !== null && !isSharedWithOthers(this.#workspaceId, nowMs);
  }
}

/** How long until it looks again, milliseconds; null = it is its turn. */
function waitOf(waiting: Waiting): number | null {
  const nowMs = platform.nowMs();
  const restMs = nextAt - nowMs;
  const lineMs = line.waitMs(waiting, nowMs);
  if (restMs > 0 && restMs <= MAX_REST_MS) return restMs + lineMs;
  return lineMs > 0 ? lineMs : null;
}

/** One piece of work on a body of so many characters, when it is its turn. */
export async function asLargeWork<Result>(
  workspaceId: string | null,
  characters: number,
  work: () => Result,
): Promise<Result> {
  if (characters <= SMALL_BYTES) return work();
  const piece = new LargeWork(workspaceId, characters);
  await piece.beginPiece();
  piece.countSteps(characters);
  try {
    return work();
  } finally {
    piece.end();
  }
}
