import type { Delivery } from "../domain/delivery.ts";
import type { Timers } from "../domain/surroundings.ts";
import {
  DELIVERIES_PER_REPORT,
  isWatched,
  type TailAnswer,
  type TailReport,
  TELLS_EVERY_MS,
  type Watch,
} from "../domain/tail.ts";

/** Asked by what people do with deliveries, since they may look at what becomes of it; and no more often. */
const ASKS_EVERY_MS = 10_000;

export interface TellerPort {
  endpointId(): string;
  now(): number;
  timers: Timers;
  /** The delivery of a sequence, as it is now. */
  deliveryAt(sequence: number): Delivery | null;
  tell(report: TailReport): Promise<TailAnswer>;
  /** Whether somebody watches; null = nobody. */
  ask(): Promise<Watch | null>;
}

/**
 * Tells the workspace's hub which deliveries changed, while somebody watches; otherwise it does nothing at all. A delivery
 * that changes again before it is told is told once, as it is then. What could not be told is told with the next.
 */
export class TailTeller {
  readonly #port: TellerPort;
  #watch: Watch | null = null;
  /** Sequences, oldest change first. */
  #changed = new Set<number>();
  #skipped = 0;
  #isScheduled = false;
  #everyMs = TELLS_EVERY_MS;
  #toldAt = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(port: TellerPort) {
    this.#port = port;
  }

  /** Somebody watches, or nobody does. Of two who say so, the one that holds longer is right. */
  hear(watch: Watch | null | undefined): void {
    if (watch && watch.until >= (this.#watch?.until ?? 0)) this.#watch = watch;
  }

  /** Deliveries changed, from one sequence to another. */
  changed(from: number, to = from): void {
    if (this.#watch === null || !this.#isWatched()) return;
    const room = DELIVERIES_PER_REPORT - this.#changed.size;
    const first = Math.max(from, to - room + 1);
    for (let sequence = first; sequence <= to; sequence++) this.#changed.add(sequence);
    this.skipped(Math.min(first, to + 1) - from);
    this.#schedule();
  }

  /** Deliveries changed that nobody names. */
  skipped(count: number): void {
    if (count === 0 || this.#watch === null || !this.#isWatched()) return;
    this.#skipped += count;
    this.#schedule();
  }

  /** Somebody did something by hand, and may watch what becomes of it. */
  ask(): void {
    const now = this.#port.now();
    if (now - this.#askedAt < ASKS_EVERY_MS || this.#isWatched()) return;
    this.#askedAt = now;
    this.#port.ask().then(
      (watch) => this.hear(watch),
      // It goes on unwatched.
      () => {},
    );
  }

  /** It tells nothing any more. */
  stop(): void {
    this.#watch = null;
    this.#changed.clear();
    this.#skipped = 0;
  }

  #isWatched(): boolean {
    return isWatched(this.#watch, this.#port.endpointId(), this.#port.now());
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const waitMs = Math.max(0, Math.min(this.#everyMs, this.#toldAt + this.#everyMs - this.#port.now()));
    this.#port.timers.after(waitMs, () => this.#tell());
  }

  async #tell(): Promise<void> {
    const { endpointId, now, deliveryAt, tell } = this.#port;
    const [sequences, skipped] = [[...this.#changed], this.#skipped];
    this.#changed.clear();
    this.#skipped = 0;
    this.#toldAt = now();
    try {
      const deliveries = sequences.map(deliveryAt).filter((delivery) => delivery !== null);
      const { watch, everyMs } = await tell({ endpointId: endpointId(), deliveries, skipped });
      this.#watch = watch;
      this.#everyMs = Math.max(TELLS_EVERY_MS, everyMs);
    } catch {
      // The hub was reset, or cannot be reached: those who come back to it are told then.
      this.#everyMs = Math.min(2 * this.#everyMs, 5000);
      this.#skipped += skipped;
      for (const sequence of sequences) {
        if (this.#changed.size < DELIVERIES_PER_REPORT) this.#changed.add(sequence);
        else this.#skipped++;
      }
    }
    this.#isScheduled = false;
    if (!this.#isWatched()) {
      this.#changed.clear();
      this.#skipped = 0;
    } else if (this.#changed.size > 0 || this.#skipped > 0) this.#schedule();
  }
}
