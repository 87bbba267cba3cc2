import type { AcceptedEvent, NewEvent } from "./bodies.ts";

/** How long the first event of a batch waits for others. */
const LINGER_MS = 20;

const MOST_EVENTS = 1000;

/** Well below the API's limit for a batch, 8 MiB. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

interface Waiting {
  event: NewEvent;
  resolve(accepted: AcceptedEvent): void;
  reject(error: unknown): void;
}

/**
 * Collects events for 20 ms, or until there are 1,000, and publishes them in one request. Each `publish` resolves once
 * its event is stored. A batch is taken whole or not at all: if one event is wrong, those beside it are sent singly.
 */
export class EventBatching {
  readonly #send: (events: NewEvent[]) => Promise<AcceptedEvent[]>;
  #waiting: Waiting[] = [];
  #characters = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(send: (events: NewEvent[]) => Promise<AcceptedEvent[]>) {
    this.#send = send;
  }

  publish(event: NewEvent): Promise<AcceptedEvent> {
    const size = JSON.stringify(event).length;
    if (this.#characters + size > MOST_CHARACTERS) this.flush();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      this.#characters += size;
      if (this.#waiting.length >= MOST_EVENTS) this.flush();
      else this.#timer ??= setTimeout(() => this.flush(), LINGER_MS);
    });
  }

  /** Sends what waits, now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#characters = 0;
    if (batch.length > 0) this.#publish(batch);
  }

  async #publish(batch: readonly Waiting[]): Promise<void> {
    try {
      const accepted = await this.#send(batch.map(({ event }) => event));
      for (const [index, { resolve }] of batch.entries()) resolve(accepted[index] as AcceptedEvent);
    } catch (error) {
      const isOneWrong = batch.length > 1 && isRefusal(error);
      for (const one of batch) {
        if (isOneWrong) await this.#publish([one]);
        else one.reject(error);
      }
    }
  }
}

/** A refusal concerns what was sent: the next request with the same events would be refused as well. */
function isRefusal(error: unknown): boolean {
  const { status = 0 } = error as { status?: number };
  return status === 409 || status === 413 || status === 422;
}
