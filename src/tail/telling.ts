import { troubledEndpoints } from "../d1/endpoints.ts";
import { Deadlines } from "../deadlines.ts";
import { settleInGroups } from "../domain/groups.ts";
import type { PlainLogAnswer } from "../domain/log-shards.ts";
import type { Surroundings, Timers } from "../domain/surroundings.ts";
import type { Watch } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { askLogsPlainly } from "../logs/ask-logs.ts";
import { endpointOf } from "../objects/objects.ts";

/** Endpoints that are told at once by name, each time; those that are left come with the next. */
const TOLD_AT_ONCE = 50;
const WITHIN_MS = 5000;

/**
 * Tells who has something to tell that somebody watches. The log passes it on with what it hands over. Endpoints that were
 * handed something a moment before are told themselves, as are those with something pending or failing, which may have
 * retries to make without anything new: of these a bounded number at a time. What is idle is left asleep.
 */
export class Telling {
  readonly #env: Env;
  readonly #workspaceId: string;
  readonly #timers: Timers;
  readonly #deadlines: Deadlines;
  /** The round through the troubled ones goes on after this id; null = it is over. */
  #after: string | null = null;

  constructor(env: Env, workspaceId: string, surroundings: Surroundings) {
    this.#env = env;
    this.#workspaceId = workspaceId;
    this.#timers = surroundings;
    this.#deadlines = new Deadlines(surroundings);
  }

  /**
   * Tells the log; whatever it hands over from here on is told. Returns the endpoints that are at work, for `tellEndpoints`.
   * Rejects if the log does not answer.
   */
  async tellLog(watch: Watch): Promise<string[]> {
    const told = askLogsPlainly(
      this.#env,
      this.#workspaceId,
      // A log of older code names none.
      async (log): Promise<PlainLogAnswer<string[]>> => (await log.watch(watch)) ?? [],
    );
    return [...new Set((await this.#deadlines.within(WITHIN_MS, told)).flat())];
  }

  /** Tells endpoints, and begins a new round through those with something to retry. Never rejects: others are told the next time. */
  async tellEndpoints(watch: Watch, atWork: readonly string[]): Promise<void> {
    this.#after = "";
    const { endpointIds } = watch;
    if (endpointIds === null || endpointIds.length > TOLD_AT_ONCE) {
      await this.#tell(watch, atWork);
      return this.goOn(watch);
    }
    this.#after = null;
    return this.#tell(watch, endpointIds);
  }

  /** Tells the next of those that may have something to retry, until all were. Never rejects. */
  async goOn(watch: Watch): Promise<void> {
    if (this.#after === null) return;
    const after = this.#after;
    const ids = await troubledEndpoints(this.#env.DB, this.#workspaceId, after, TOLD_AT_ONCE).catch(
      () => null,
    );
    if (ids === null || this.#after !== after) return;
    this.#after = ids.length < TOLD_AT_ONCE ? null : (ids.at(-1) ?? null);
    await this.#tell(watch, ids);
  }

  async #tell(watch: Watch, ids: readonly string[]): Promise<void> {
    const watched = watch.endpointIds === null ? ids : ids.filter((id) => watch.endpointIds?.includes(id));
    await settleInGroups(watched, this.#timers, (id) =>
      this.#deadlines.within(WITHIN_MS, endpointOf(this.#env, id).watch(watch)),
    );
  }
}
