import type { Clock, Timers } from "../domain/surroundings.ts";
import { type TailReport, TELLS_EVERY_MS } from "../domain/tail.ts";
import type { Frame, Frames } from "./frames.ts";

/** What one frame may hold; what is beyond it is counted only. */
const DELIVERIES_PER_FRAME = 500;

/** What endpoints told since the last frame: it is kept and shown together, at most every so often. */
export class NextFrame {
  readonly #frames: Frames;
  readonly #surroundings: Clock & Timers;
  /** Never rejects. */
  readonly #show: (frame: Frame) => Promise<void>;
  #reports: TailReport[] = [];
  #deliveries = 0;
  /** When what was told is kept; null = nothing waits for that. */
  #kept: Promise<void> | null = null;
  #keptAtMs = 0;
  /** Frames are shown one after the other. */
  #shown: Promise<void> = Promise.resolve();

  constructor(frames: Frames, surroundings: Clock & Timers, show: (frame: Frame) => Promise<void>) {
    this.#frames = frames;
    this.#surroundings = surroundings;
    this.#show = show;
  }

  /** Whether anything was told that is not kept yet. */
  get isWaiting(): boolean {
    return this.#kept !== null;
  }

  /** Takes a report; resolves once it is kept, so that a reset loses nothing of it. */
  add(report: TailReport, nowMs: number): Promise<void> {
    const room = Math.max(0, DELIVERIES_PER_FRAME - this.#deliveries);
    const deliveries = report.deliveries.slice(0, room);
    this.#deliveries += deliveries.length;
    const skipped = report.skipped + report.deliveries.length - deliveries.length;
    this.#reports.push({ ...report, deliveries, skipped });
    this.#kept ??= this.#keepSoon(nowMs);
    return this.#kept;
  }

  #keepSoon(nowMs: number): Promise<void> {
    const waitMs = Math.max(0, Math.min(TELLS_EVERY_MS, this.#keptAtMs + TELLS_EVERY_MS - nowMs));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#surroundings.after(waitMs, () => {
      this.#kept = null;
      try {
        const frame = this.#keep(this.#surroundings.nowMs());
        resolve();
        this.#shown = this.#shown.then(() => this.#show(frame));
      } catch (error) {
        reject(error);
      }
    });
    return promise;
  }

  #keep(nowMs: number): Frame {
    const reports = this.#reports;
    this.#keptAtMs = nowMs;
    this.#reports = [];
    this.#deliveries = 0;
    return this.#frames.add(reports, nowMs);
  }
}
