/** How often it is looked how late it is; a gap much longer than that is a sleep of the computer, or of this process. */
const TICK_MS = 250;
const ASLEEP_MS = 3000;

/**
 * Time in which this process ran. A computer that sleeps, or a process that is suspended, lets neither an app's time limit
 * pass nor the ping of a socket: what waited is told that time jumped, at once when it goes on.
 */
export class ActiveTime {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #woke = new Set<() => void>();
  #tickedAt = Date.now();
  #activeMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Milliseconds since it began, without those asleep. */
  get nowMs(): number {
    return this.#activeMs + Math.min(Date.now() - this.#tickedAt, ASLEEP_MS);
  }

  /** Calls this after each sleep; returns how to end that. */
  onWake(woke: () => void): () => void {
    this.#woke.add(woke);
    return () => this.#woke.delete(woke);
  }

  /** Calls this once so much of it has passed; returns how to end that. */
  after(limitMs: number, act: () => void): () => void {
    const endsAt = this.nowMs + limitMs;
    let timer: ReturnType<typeof setTimeout>;
    const look = () => {
      const leftMs = endsAt - this.nowMs;
      if (leftMs <= 0) act();
      // In steps, so that what passed asleep is known before it counts.
      else timer = setTimeout(look, Math.min(leftMs, 2 * TICK_MS));
    };
    timer = setTimeout(look, Math.min(limitMs, 2 * TICK_MS));
    return () => clearTimeout(timer);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const passedMs = Date.now() - this.#tickedAt;
    this.#tickedAt = Date.now();
    const wasAsleep = passedMs > ASLEEP_MS || passedMs < -ASLEEP_MS;
    this.#activeMs += wasAsleep ? TICK_MS : Math.max(0, passedMs);
    if (wasAsleep) for (const woke of [...this.#woke]) woke();
  }
}
