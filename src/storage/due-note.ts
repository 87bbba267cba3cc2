import { mustNoteDueAt, NOTE_GRAIN_MS } from "../domain/due.ts";
import type { Clock, Timers } from "../domain/surroundings.ts";
import { logLine } from "../service-log.ts";

/**
 * A note that failed is made again after these times, milliseconds: where the alarm is lost too, nobody else would come. An
 * outage that is longer is left to what the object notes next.
 */
const AGAIN_AFTER_MS = [1000, 5000, 30_000];

/**
 * Tells D1 when an object is due next, Unix milliseconds; null = never by itself. `ifMoved`: writes only where D1's note is
 * far off, so that a right note costs no row.
 */
export type NoteDueAt = (dueAt: number | null, ifMoved: { nowMs: number } | null) => Promise<void>;

interface Wanted {
  dueAt: number | null;
  ifMoved: { nowMs: number } | null;
}

/** D1's note of when an object is due, which tells cron of it should the alarm be lost. One is under way at a time, the newest last. */
export class DueNote {
  readonly #clock: Clock & Timers;
  readonly #tell: NoteDueAt;
  /** What D1 holds; undefined = it is not known: that of an earlier life, or what a note that failed may have left. */
  #held: number | null | undefined;
  /** What D1 is to hold, and does not for all that is known; null = nothing else than it does. */
  #wanted: Wanted | null = null;
  #telling: Promise<void> | null = null;
  #failures = 0;

  constructor(clock: Clock & Timers, tell: NoteDueAt) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Rewrites it where it matters. */
  async rewriteIfMoved(dueAt: number | null): Promise<void> {
    // Where it is due now, each later moment would be told after the other, without end.
    if (this.#isBeingTold(dueAt)) return this.#tellWanted();
    const nowMs = this.#clock.nowMs();
    const known = this.#wanted === null ? this.#held : this.#wanted.dueAt;
    if (mustNoteDueAt(known ?? null, dueAt, nowMs))
      await this.rewrite(dueAt, known === undefined ? { nowMs } : null);
  }

  /** Rewrites it. Comes true once it was tried; a failure is reported, and it is tried again a few times. */
  rewrite(dueAt: number | null, ifMoved: { nowMs: number } | null = null): Promise<void> {
    this.#wanted = { dueAt, ifMoved };
    this.#failures = 0;
    return this.#tellWanted();
  }

  /** Whether what D1 is being told is as good. */
  #isBeingTold(dueAt: number | null): boolean {
    if (this.#telling === null || this.#wanted === null) return false;
    const told = this.#wanted.dueAt;
    return told === null || dueAt === null ? told === dueAt : Math.abs(dueAt - told) <= NOTE_GRAIN_MS;
  }

  #tellWanted(): Promise<void> {
    this.#telling ??= this.#tellAll();
    return this.#telling;
  }

  async #tellAll(): Promise<void> {
    for (let wanted = this.#wanted; wanted !== null; wanted = this.#wanted) {
      const hasFailed = await this.#failsToTell(wanted);
      if (this.#wanted !== wanted) continue;
      if (hasFailed) this.#tryAgain(wanted);
      else this.#wanted = null;
      break;
    }
    this.#telling = null;
  }

  /** Whether it failed. */
  async #failsToTell({ dueAt, ifMoved }: Wanted): Promise<boolean> {
    try {
      await this.#tell(dueAt, ifMoved);
      this.#held = dueAt;
      return false;
    } catch (error) {
      logLine("warn", "could not note the next due time", { error });
      this.#held = undefined;
      return true;
    }
  }

  #tryAgain(wanted: Wanted): void {
    const delayMs = AGAIN_AFTER_MS[this.#failures++];
    if (delayMs === undefined) {
      this.#wanted = null;
      return;
    }
    this.#clock.after(delayMs, () => {
      if (this.#wanted === wanted) void this.#tellWanted();
    });
  }
}
