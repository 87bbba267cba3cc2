import type { LogSubscription } from "../../domain/endpoint.ts";
import type { StoredText } from "../../domain/stored.ts";
import type { Match, Matching } from "../../filter/matching.ts";
import type { Matchable } from "../../filter/subscription.ts";
import { SubscriptionIndex } from "../../filter/subscription-index.ts";
import { subscriptionShape } from "./subscription-shape.ts";
import { SubscriptionVersions } from "./subscription-versions.ts";

/** The log's subscriptions: a table for life, an index in memory for each event. Endpoints have a number here. */
export class SubscriptionStore {
  readonly #index = new SubscriptionIndex();
  readonly #sql: SqlStorage;
  readonly #ids = new Map<number, string>();
  readonly versions: SubscriptionVersions;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.versions = new SubscriptionVersions(sql);
    for (const row of sql.exec<{ number: number; endpoint_id: string; entry: StoredText<LogSubscription> }>(
      "SELECT number, endpoint_id, entry FROM subscriptions WHERE deleted = 0",
    )) {
      this.#ids.set(row.number, row.endpoint_id);
      this.#index.set(row.number, subscriptionShape.read(row.entry));
    }
  }

  /**
   * Takes a subscription, unless this version or a newer one is known, or the endpoint is deleted.
   * @param fromPosition the position that the next event gets at the least
   */
  put(entry: LogSubscription, fromPosition: number): void {
    const known = this.#find(entry.endpointId);
    if (known && (known.deleted || known.version >= entry.version)) return;
    const row = this.#sql
      .exec<{ number: number }>(
        `INSERT INTO subscriptions (endpoint_id, version, deleted, entry) VALUES (?, ?, 0, ?)
         ON CONFLICT (endpoint_id) DO UPDATE SET version = excluded.version, entry = excluded.entry
         RETURNING number`,
        entry.endpointId,
        entry.version,
        subscriptionShape.write(entry),
      )
      .one();
    this.versions.put(row.number, fromPosition, entry);
    this.#ids.set(row.number, entry.endpointId);
    this.#index.set(row.number, entry);
  }

  /**
   * Deletes an endpoint's subscription for good, unless a newer version is known; returns its number, or null if
   * there was none.
   */
  delete(endpointId: string, version: number): number | null {
    const known = this.#find(endpointId);
    if (known && known.version > version) return null;
    // A deletion that overtakes the creation must be remembered too, or what comes late would bring it back.
    this.#sql.exec(
      `INSERT INTO subscriptions (endpoint_id, version, deleted, entry) VALUES (?, ?, 1, '')
       ON CONFLICT (endpoint_id) DO UPDATE SET version = excluded.version, deleted = 1, entry = ''`,
      endpointId,
      version,
    );
    if (!known) return null;
    this.#index.delete(known.number);
    this.versions.drop(known.number);
    this.#ids.delete(known.number);
    return known.number;
  }

  /** Begins to match an event against the subscriptions as they are now. */
  begin(event: Matchable): Matching {
    return this.#index.begin(event);
  }

  /** A match without the endpoint that an operational event is about: it never gets it itself. */
  withoutAbout(match: Match, endpointId: string | undefined): Match {
    if (endpointId === undefined) return match;
    const about = this.numberOf(endpointId);
    const others = (numbers: readonly number[]) => numbers.filter((number) => number !== about);
    return { endpoints: others(match.endpoints), missed: others(match.missed) };
  }

  /** The living endpoint with the lowest number above one and up to another. */
  next(after: number, upTo: number): { number: number; isEnabled: boolean } | null {
    const row = this.#sql
      .exec<{ number: number; entry: StoredText<LogSubscription> }>(
        "SELECT number, entry FROM subscriptions WHERE number > ? AND number <= ? AND deleted = 0 ORDER BY number LIMIT 1",
        after,
        upTo,
      )
      .toArray()[0];
    if (!row) return null;
    return { number: row.number, isEnabled: !subscriptionShape.read(row.entry).disabled };
  }

  /** The highest number that was given. */
  get lastNumber(): number {
    return (
      this.#sql.exec<{ last: number | null }>("SELECT max(number) AS last FROM subscriptions").one().last ?? 0
    );
  }

  /** The id of a live endpoint; null for a deleted one. */
  endpointId(number: number): string | null {
    return this.#ids.get(number) ?? null;
  }

  /** The ids of endpoints by number, deleted ones too. */
  name(numbers: readonly number[]): { id: string; deleted: boolean }[] {
    return numbers.map((number) => {
      const live = this.#ids.get(number);
      if (live) return { id: live, deleted: false };
      const row = this.#sql
        .exec<{ endpoint_id: string }>("SELECT endpoint_id FROM subscriptions WHERE number = ?", number)
        .one();
      return { id: row.endpoint_id, deleted: true };
    });
  }

  numberOf(endpointId: string): number | null {
    return this.#find(endpointId)?.number ?? null;
  }

  #find(endpointId: string): { number: number; version: number; deleted: number } | undefined {
    return this.#sql
      .exec<{ number: number; version: number; deleted: number }>(
        "SELECT number, version, deleted FROM subscriptions WHERE endpoint_id = ?",
        endpointId,
      )
      .toArray()[0];
  }
}
