/**
 * A semaphore over the attempts that an object may have in flight: on Cloudflare it has six connections, and a
 * seventh request would wait inside `fetch` while its timeout runs.
 */
export class Slots {
  readonly capacity: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Whether one may be taken; who waits comes first. */
  get isFree(): boolean {
    return this.#held < this.capacity;
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
}
