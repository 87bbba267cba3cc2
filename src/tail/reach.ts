import { livingAmong } from "../d1/endpoints.ts";
import { isPart, type PortalScope } from "../domain/scope.ts";
import type { Watcher } from "../domain/tail.ts";

/** How long what a portal session reaches is known without asking again: endpoints' metadata changes. */
const KNOWN_MS = 10_000;
const MOST_KNOWN = 20_000;

/** Which endpoints those who watch reach: a portal session sees nothing of the others. */
export class Reached {
  readonly #db: D1Database;
  readonly #known = new Map<string, boolean>();
  #sinceMs = 0;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Asks for what is not known yet of some endpoints. Rejects where D1 does not answer. */
  async learn(watchers: readonly Watcher[], endpointIds: readonly string[], nowMs: number): Promise<void> {
    if (nowMs - this.#sinceMs > KNOWN_MS || this.#known.size > MOST_KNOWN) {
      this.#known.clear();
      this.#sinceMs = nowMs;
    }
    const scopes = new Map<string, Watcher>();
    for (const watcher of watchers) if (isPart(watcher)) scopes.set(JSON.stringify(watcher.scope), watcher);
    for (const [name, { workspaceId, scope }] of scopes) {
      const unknown = endpointIds.filter((id) => !this.#known.has(`${name} ${id}`));
      if (unknown.length === 0) continue;
      const living = new Set(await livingAmong(this.#db, { workspaceId, scope }, unknown));
      for (const id of unknown) this.#known.set(`${name} ${id}`, living.has(id));
    }
  }

  /** Whether an endpoint is within a scope; one that was not asked for is not. */
  has(scope: PortalScope | null, workspaceId: string, endpointId: string): boolean {
    if (!isPart({ workspaceId, scope })) return true;
    return this.#known.get(`${JSON.stringify(scope)} ${endpointId}`) === true;
  }
}
