import { troubledEndpoints } from "../d1/endpoints.ts";
import { Deadlines } from "../deadlines.ts";
import { settleInGroups } from "../domain/groups.ts";
import type { Surroundings, Timers } from "../domain/surroundings.ts";
import type { Watch } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { endpointOf, logOf } from "../objects/objects.ts";

/** Endpoints that are told at once by name, each time; those that are left come with the next. */
const TOLD_AT_ONCE = 50;
const WITHIN_MS = 5000;

/**
 * Tells who has something to tell that somebody watches. The log passes it on with what it hands over. Endpoints with
 * something pending or failing may have retries to make without anything new: they are told themselves, a bounded number
 * at a time. What is idle is left asleep.
 */
export class Telling {
  readonly #env: Env;
  readonly #workspaceId: string;
  readonly #timers: Timers;
  readonly #deadlines: Deadlines;
  #after = "";

  constructor(env: Env, workspaceId: string, surroundings: Surroundings) {
    this.#env = env;
    this.#workspaceId = workspaceId;
    this.#timers = surroundings;
    this.#deadlines = new Deadlines(surroundings);
  }

  /** Never rejects: who was not told is told the next time. */
  async tell(watch: Watch): Promise<void> {
    const log = this.#deadlines.within(WITHIN_MS, logOf(this.#env, this.#workspaceId).watch(watch));
    await log.catch(() => undefined);
    const ids = await this.#mayHaveNews(watch).catch(() => []);
    await settleInGroups(ids, this.#timers, (id) =>
      this.#deadlines.within(WITHIN_MS, endpointOf(this.#env, id).watch(watch)),
    );
  }

  async #mayHaveNews({ endpointIds }: Watch): Promise<string[]> {
    if (endpointIds !== null && endpointIds.length <= TOLD_AT_ONCE) return endpointIds;
    const ids = await troubledEndpoints(this.#env.DB, this.#workspaceId, this.#after, TOLD_AT_ONCE);
    this.#after = ids.length < TOLD_AT_ONCE ? "" : (ids.at(-1) ?? "");
    return endpointIds === null ? ids : ids.filter((id) => endpointIds.includes(id));
  }
}
