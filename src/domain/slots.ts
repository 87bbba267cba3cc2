/** Connections that Cloudflare gives an object: what waits for response headers at once, D1, R2 and sockets included. */
export const CLOUDFLARE_SLOTS = 6;

/**
 * A semaphore over what an object may have under way at once: on Cloudflare it has six connections, and a seventh
 * request would wait inside `fetch` while its timeout runs.
 */
export class Slots {
  readonly capacity: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];
  #onFree = (): void => {};
  #mayHoldMore = (): boolean => true;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** How many are taken. */
  get held(): number {
    return this.#held;
  }

  /** Has one more be free only where this says so, too: while none is held it must. */
  limitTo(mayHoldMore: () => boolean): void {
    this.#mayHoldMore = mayHoldMore;
  }

  /** Whether one may be taken; who waits comes first. */
  get isFree(): boolean {
    return this.#held < this.capacity && this.#mayHoldMore();
  }

  get isUnused(): boolean {
    return this.#held === 0;
  }

  /** Takes a slot that is free. */
  take(): void {
    this.#held++;
  }

  /** Takes a slot as soon as there is one, before the queue's next attempt. */
  async takeWhenFree(): Promise<void> {
    if (this.isFree) this.take();
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Gives a slot back, to the one who waits longest if one does. */
  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#held--;
  }

  /** Does something in a slot, as soon as there is one. */
  async within<T>(act: () => Promise<T>): Promise<T> {
    await this.takeWhenFree();
    try {
      return await act();
    } finally {
      this.release();
      this.#onFree();
    }
  }

  /** Calls this whenever something else than an attempt has given its slot back: an attempt may be waiting for it. */
  whenFreed(onFree: () => void): void {
    this.#onFree = onFree;
  }
}
