import type { Client } from "./client.ts";
import { eventually } from "./eventually.ts";

const TICK_MS = 20;

/**
 * So many publishes wait for their answers at once. A machine too busy for the rate gets fewer events: thousands of open
 * connections would be closed by the service, as of anybody.
 */
const MOST_OPEN = 50;

/** An event of a load. The times are of this process's `performance.now()`: they order what happened here. */
export interface LoadedEvent {
  type: string;
  sentAt: number;
  /** Both null until it is answered. */
  id: string | null;
  answeredAt: number | null;
}

/**
 * Publishes single events at a steady rate, as far as the machine goes along, of its types in turn, without waiting for one
 * answer before the next request. Their `data` tells when they were sent (`sentAt`, Unix milliseconds).
 */
export class SteadyLoad {
  readonly events: LoadedEvent[] = [];
  readonly #client: Client;
  readonly #types: readonly string[];
  readonly #perSecond: number;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  /** Events that were due and not sent, since so many waited for their answers. */
  #skipped = 0;

  constructor(client: Client, types: readonly string[], perSecond: number) {
    this.#client = client;
    this.#types = types;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#catchUp(), TICK_MS);
  }

  /** Until this many more of a type were sent, and all of those sent before are answered. */
  async sent(count: number, type: string): Promise<void> {
    const ofType = () => this.events.filter((event) => event.type === type).length;
    const target = ofType() + count;
    await eventually(`${count} more events of ${type}`, () => ofType() >= target);
    await Promise.all(this.#open);
  }

  /** Ends it, and waits for what is not answered yet. Throws if a publish failed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  #catchUp(): void {
    const due = ((performance.now() - this.#startedAt) / 1000) * this.#perSecond;
    while (this.events.length + this.#skipped < due) {
      if (this.#open.size >= MOST_OPEN) {
        this.#skipped = due - this.events.length;
        return;
      }
      const sending = this.#publish().finally(() => this.#open.delete(sending));
      this.#open.add(sending);
      // It is looked at by whoever waits for it; until then it is not unhandled.
      sending.catch(() => {});
    }
  }

  async #publish(): Promise<void> {
    const number = this.events.length;
    const type = this.#types[number % this.#types.length] ?? "";
    const event: LoadedEvent = { type, sentAt: performance.now(), id: null, answeredAt: null };
    this.events.push(event);
    event.id = await this.#client.publish({ type, data: { number, sentAt: Date.now() } });
    event.answeredAt = performance.now();
  }
}
