import { WATCH_MS, type Watch, type Watcher, watchedEndpoints, watchShape } from "../domain/tail.ts";
import { forgetMeta, readStored, writeStored } from "../storage/schema.ts";

/** Sockets that are opened one after the other have it said anew no more often. */
const TELLS_NEW_EVERY_MS = 2000;

/** What a hub last said of who watches: to its log, and to endpoints. */
export class WatchNotice {
  readonly #sql: () => SqlStorage;
  /** Undefined = not read yet. */
  #said: Watch | null | undefined;
  /** When it was said in this life, Unix milliseconds: others may have been reset with it, and have forgotten. */
  #saidAtMs = 0;

  constructor(sql: () => SqlStorage) {
    this.#sql = sql;
  }

  /** What was last said, if it still holds. */
  living(nowMs: number): Watch | null {
    if (this.#said === undefined) this.#said = readStored(this.#sql(), "watch", watchShape);
    return this.#said && this.#said.until > nowMs ? this.#said : null;
  }

  /**
   * What is to be said of who watches now, kept from here on; null = nothing: nobody does, or it is still known.
   * @param isNew whether a socket was just opened
   */
  next(watchers: readonly Watcher[], nowMs: number, isNew: boolean): Watch | null {
    if (watchers.length === 0) return null;
    const endpointIds = watchedEndpoints(watchers);
    const said = this.living(nowMs);
    const isKnown =
      said !== null &&
      nowMs - this.#saidAtMs < (isNew ? TELLS_NEW_EVERY_MS : WATCH_MS / 2) &&
      (said.endpointIds === null || (endpointIds?.every((id) => said.endpointIds?.includes(id)) ?? false));
    if (isKnown) return null;
    const watch = { until: nowMs + WATCH_MS, endpointIds };
    this.#said = watch;
    this.#saidAtMs = nowMs;
    writeStored(this.#sql(), "watch", watchShape, watch);
    return watch;
  }

  /** The log did not hear it: what was said before holds, and it is said again the next time. */
  takeBack(before: Watch | null): void {
    this.#said = before;
    this.#saidAtMs = 0;
    if (before === null) forgetMeta(this.#sql(), "watch");
    else writeStored(this.#sql(), "watch", watchShape, before);
  }

  /** The hub is erased. */
  forget(): void {
    this.#said = null;
  }
}
