import { randomUuid, type Surroundings } from "../domain/surroundings.ts";
import type { Watch, Watcher } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { readMeta, writeMeta } from "../storage/schema.ts";
import { Telling } from "./telling.ts";
import { WatchNotice } from "./watch-notice.ts";

/**
 * Has the log and endpoints know that somebody watches. As long as that holds, whatever changes is told to the hub; a cursor
 * counts for that time, and no longer. It holds for a while after the last one left, for those who come back.
 */
export class Announcing {
  readonly #sql: () => SqlStorage;
  readonly #surroundings: Surroundings;
  readonly #notice: WatchNotice;
  readonly #telling: () => Telling;
  /** The log is being told. */
  #saying: Promise<void> = Promise.resolve();

  constructor(sql: () => SqlStorage, env: Env, workspaceId: () => string, surroundings: Surroundings) {
    this.#sql = sql;
    this.#surroundings = surroundings;
    this.#notice = new WatchNotice(sql);
    let telling: Telling | null = null;
    this.#telling = () => {
      telling ??= new Telling(env, workspaceId(), surroundings);
      return telling;
    };
  }

  /** What was last said, if it still holds. */
  living(nowMs: number): Watch | null {
    return this.#notice.living(nowMs);
  }

  /** Tells cursors of the time since which changes are told without a gap from those of before. */
  get epoch(): string {
    return readMeta<string>(this.#sql(), "epoch") ?? this.#newEpoch();
  }

  /** Nobody was said to watch for a while, in which anything may have changed: cursors of before count no longer. */
  noteLapse(): void {
    this.#newEpoch();
  }

  /** One more watches. Resolves once all that is handed over from here on is told; rejects if the log does not answer. */
  addWatcher(watchers: readonly Watcher[], nowMs: number): Promise<void> {
    return this.#say(watchers, nowMs, true);
  }

  /** Says it again in good time, and goes on with those who were not told yet. Rejects if the log does not answer. */
  async lookAfter(watchers: readonly Watcher[], nowMs: number): Promise<void> {
    await this.#say(watchers, nowMs, false);
    const watch = this.#notice.living(nowMs);
    if (watch !== null && watchers.length > 0) await this.#telling().goOn(watch);
  }

  /** The hub is erased. */
  forget(): void {
    this.#notice.forget();
  }

  #say(watchers: readonly Watcher[], nowMs: number, isNew: boolean): Promise<void> {
    const before = this.#notice.living(nowMs);
    const watch = this.#notice.next(watchers, nowMs, isNew);
    // What was said already may still be on its way.
    if (watch !== null) this.#saying = this.#tell(watch, before);
    return this.#saying;
  }

  async #tell(watch: Watch, before: Watch | null): Promise<void> {
    const telling = this.#telling();
    try {
      const atWork = await telling.tellLog(watch);
      void telling.tellEndpoints(watch, atWork);
    } catch (error) {
      this.#notice.takeBack(before);
      throw error;
    }
  }

  #newEpoch(): string {
    const epoch = randomUuid(this.#surroundings).slice(0, 8);
    writeMeta(this.#sql(), "epoch", epoch);
    return epoch;
  }
}
