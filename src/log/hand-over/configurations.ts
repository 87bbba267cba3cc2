import type { Deadlines } from "../../deadlines.ts";
import type { EndpointConfig } from "../../domain/endpoint.ts";
import type { Timers } from "../../domain/surroundings.ts";

/** So many in one query: each may be some kilobytes. */
const MOST_AT_ONCE = 100;

/** A query that takes longer fails for all that asked, so that the next one runs. */
const LOADED_MS = 5000;

/** What D1 has of some endpoints, by id; those that do not exist are not among them. */
export type LoadConfigurations = (endpointIds: readonly string[]) => Promise<Map<string, EndpointConfig>>;

/** Null = there is no such endpoint any more. */
type Asked = PromiseWithResolvers<EndpointConfig | null>;

/**
 * Configurations for objects that have none, as D1 has them after they asked. A new endpoint's object is first made by what is
 * handed over to it, and one event may make hundreds: what they ask for while a query is under way is the next one.
 */
export class Configurations {
  readonly #load: LoadConfigurations;
  readonly #timers: Timers;
  readonly #deadlines: Deadlines;
  readonly #waiting = new Map<string, Asked>();
  #isLoading = false;

  constructor(load: LoadConfigurations, timers: Timers, deadlines: Deadlines) {
    this.#load = load;
    this.#timers = timers;
    this.#deadlines = deadlines;
  }

  /** The endpoint's configuration; null = there is no such endpoint any more. Rejects where D1 cannot be asked. */
  of(endpointId: string): Promise<EndpointConfig | null> {
    const asked = this.#waiting.get(endpointId) ?? Promise.withResolvers<EndpointConfig | null>();
    this.#waiting.set(endpointId, asked);
    if (!this.#isLoading) {
      this.#isLoading = true;
      this.#timers.after(0, () => this.#loadAll());
    }
    return asked.promise;
  }

  /** Never rejects. */
  async #loadAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const asked = [...this.#waiting].slice(0, MOST_AT_ONCE);
      for (const [id] of asked) this.#waiting.delete(id);
      try {
        const loading = this.#load(asked.map(([id]) => id));
        const found = await this.#deadlines.within(LOADED_MS, loading);
        for (const [id, { resolve }] of asked) resolve(found.get(id) ?? null);
      } catch (error) {
        for (const [, { reject }] of asked) reject(error);
      }
    }
    this.#isLoading = false;
  }
}
