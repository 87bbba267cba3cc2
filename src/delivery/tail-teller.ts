import type { Delivery } from "../domain/delivery.ts";
import { HOUR_MS } from "../domain/durations.ts";
import type { Timers } from "../domain/surroundings.ts";
import {
  DELIVERIES_PER_REPORT,
  isNamed,
  isWatched,
  type TailAnswer,
  type TailReport,
  TELLS_EVERY_MS,
  WATCH_MS,
  type Watch,
} from "../domain/tail.ts";

/** Asked by what people do with deliveries, since they may look at what becomes of it; and no more often. */
const ASKS_EVERY_MS = 10_000;

/** One that was watched so lately asks in its next life whether it still is; others stay silent. */
const REMEMBERS_MS = HOUR_MS;

export interface TellerPort {
  endpointId(): string;
  nowMs(): number;
  timers: Timers;
  /** The delivery of a sequence, as it is now. */
  deliveryAt(sequence: number): Delivery | null;
  tell(report: TailReport): Promise<TailAnswer>;
  /** Whether somebody watches; null = nobody. */
  ask(): Promise<Watch | null>;
  /** What an earlier life kept of who watches; null = nothing. */
  kept(): Watch | null;
  /** Whether it may be kept now: not in front of the first attempt of an object that has stored nothing yet. */
  mayKeep(): boolean;
  /** Keeps who watches for the next life; null = nobody. */
  keep(watch: Watch | null): void;
}

/**
 * Tells the workspace's hub which deliveries changed, while somebody watches; otherwise it does nothing at all. A delivery
 * that changes again before it is told is told once, as it is then. What could not be told is told with the next. What is
 * left out is counted, so that who watches knows that the lists have more.
 */
export class TailTeller {
  readonly #port: TellerPort;
  #watch: Watch | null = null;
  /** What is kept for the next life; undefined = not read in this one. */
  #kept: Watch | null | undefined;
  /** Whether that is in memory alone. */
  #isUnkept = false;
  /** Whether this life heard from anybody who would know whether somebody watches. */
  #hasHeard = false;
  /** When it will have heard whether it is still watched; what changes until then is noted as if it were. */
  #asking: Promise<void> | null = null;
  /** Sequences, oldest change first. */
  #changed = new Set<number>();
  #skipped = 0;
  #isScheduled = false;
  /** Reports go to the hub one after the other; never rejects. */
  #told: Promise<void> = Promise.resolve();
  #isTelling = false;
  #isStopped = false;
  #everyMs = TELLS_EVERY_MS;
  #toldAt = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(port: TellerPort) {
    this.#port = port;
  }

  /** Whether something changed that is not told yet. */
  get hasNews(): boolean {
    return this.#changed.size > 0 || this.#skipped > 0 || this.#isTelling;
  }

  /**
   * Somebody watches; absent = as far as a log knows nobody does. Where two say that somebody watches, the one that holds
   * longer is right. Where it says that others are watched, this one is not: there is nothing to ask about once that is over.
   */
  hear(watch: Watch | null | undefined): void {
    this.#hasHeard = true;
    if (this.#isStopped || !watch || watch.until < (this.#watch?.until ?? 0)) return;
    this.#watch = isNamed(watch, this.#port.endpointId()) ? watch : null;
    if (!this.#isWatched()) return;
    // A row now and then, and only while somebody watches: a retry may find the object in its next life.
    if (watch.until - (this.#lastKept()?.until ?? 0) > WATCH_MS / 3) this.#keep(watch);
  }

  /** The end of every transaction: what was not to be the first to be stored is stored with what was. */
  keep(): void {
    if (!this.#isUnkept || this.#kept === undefined || this.#isStopped || !this.#port.mayKeep()) return;
    this.#isUnkept = false;
    this.#port.keep(this.#kept);
  }

  /** Deliveries changed, from one sequence to another. */
  noteChanged(from: number, to = from): void {
    if (!this.#mayBeWatched()) return;
    const room = DELIVERIES_PER_REPORT - this.#changed.size;
    const first = Math.max(from, to - room + 1);
    for (let sequence = first; sequence <= to; sequence++) this.#changed.add(sequence);
    this.#skipped += Math.max(0, Math.min(first, to + 1) - from);
    this.#schedule();
  }

  /** Deliveries changed that nobody names. */
  noteSkipped(count: number): void {
    if (count === 0 || !this.#mayBeWatched()) return;
    this.#skipped += count;
    this.#schedule();
  }

  /** Somebody did something by hand, and may watch what becomes of it. */
  ask(): void {
    const nowMs = this.#port.nowMs();
    if (nowMs - this.#askedAt < ASKS_EVERY_MS || this.#isWatched()) return;
    this.#askedAt = nowMs;
    this.#port.ask().then(
      (watch) => this.hear(watch),
      // It goes on unwatched.
      () => {},
    );
  }

  /** Tells what it has at once, since the object is about to be closed; what cannot be told remains. */
  async flush(): Promise<void> {
    await this.#asking;
    await this.#tell();
  }

  /** It tells nothing any more, and keeps nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#watch = null;
    this.#forgetNews();
  }

  #isWatched(): boolean {
    return isWatched(this.#watch, this.#port.endpointId(), this.#port.nowMs());
  }

  #mayBeWatched(): boolean {
    if (this.#isStopped) return false;
    if (this.#isWatched() || this.#asking !== null) return true;
    // What opened this life, such as a retry's alarm, told nothing of who watches.
    if (!this.#hasHeard) this.#watch = this.#lastKept();
    this.#hasHeard = true;
    if (this.#isWatched()) return true;
    // What it heard has run out. It may have been said again to those who were handed something since, and to others not.
    const last = this.#watch;
    this.#watch = null;
    if (last === null || this.#port.nowMs() - last.until > REMEMBERS_MS) return false;
    this.#asking = this.#askAgain();
    return true;
  }

  /** Asks whether it is still watched. Never rejects. */
  async #askAgain(): Promise<void> {
    const watch = await this.#port.ask().catch(() => null);
    this.#asking = null;
    this.hear(watch);
    if (this.#isWatched()) return this.#schedule();
    this.#forgetNews();
    this.#keep(null);
  }

  #lastKept(): Watch | null {
    if (this.#kept === undefined) this.#kept = this.#port.kept();
    return this.#kept;
  }

  #keep(watch: Watch | null): void {
    if (this.#isStopped || (watch === null && this.#lastKept() === null)) return;
    this.#kept = watch;
    this.#isUnkept = !this.#port.mayKeep();
    if (!this.#isUnkept) this.#port.keep(watch);
  }

  #forgetNews(): void {
    this.#changed.clear();
    this.#skipped = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#asking !== null) return;
    this.#isScheduled = true;
    const waitMs = Math.max(0, Math.min(this.#everyMs, this.#toldAt + this.#everyMs - this.#port.nowMs()));
    this.#port.timers.after(waitMs, async () => {
      await this.#tell();
      this.#isScheduled = false;
      if (this.hasNews) this.#schedule();
    });
  }

  #tell(): Promise<void> {
    this.#told = this.#told.then(() => this.#tellNext());
    return this.#told;
  }

  async #tellNext(): Promise<void> {
    if (this.hasNews && !this.#mayBeWatched()) this.#forgetNews();
    await this.#asking;
    if (!this.hasNews) return;
    this.#isTelling = true;
    await this.#report();
    this.#isTelling = false;
  }

  async #report(): Promise<void> {
    const { endpointId, nowMs, deliveryAt, tell } = this.#port;
    const [sequences, skipped] = [[...this.#changed], this.#skipped];
    this.#forgetNews();
    this.#toldAt = nowMs();
    try {
      const deliveries = sequences.map(deliveryAt).filter((delivery) => delivery !== null);
      // One that is on record no more changed all the same.
      const gone = sequences.length - deliveries.length;
      const answer = await tell({ endpointId: endpointId(), deliveries, skipped: skipped + gone });
      this.#everyMs = Math.max(TELLS_EVERY_MS, answer.everyMs);
      if (answer.watch) this.hear(answer.watch);
      else this.#watch = null;
    } catch {
      // The hub was reset, or cannot be reached: those who come back to it are told then.
      this.#everyMs = Math.min(2 * this.#everyMs, 5000);
      this.#skipped += skipped;
      for (const sequence of sequences) {
        if (this.#changed.size < DELIVERIES_PER_REPORT) this.#changed.add(sequence);
        else this.#skipped++;
      }
    }
  }
}
