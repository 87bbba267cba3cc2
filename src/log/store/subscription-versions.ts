import type { LogSubscription } from "../../domain/endpoint.ts";
import { acceptedAt } from "../../domain/ids.ts";
import type { StoredText } from "../../domain/stored.ts";
import type { SchemaStep } from "../../storage/schema.ts";
import { subscriptionShape } from "./subscription-shape.ts";

/** Which subscriptions were in force when: what explains, later, why an event did not go to an endpoint. */
export const SUBSCRIPTION_VERSIONS_SCHEMA: SchemaStep = {
  statements: [
    `CREATE TABLE subscription_versions (
      number INTEGER NOT NULL,
      since INTEGER NOT NULL,
      entry TEXT NOT NULL,
      PRIMARY KEY (number, since)
    ) WITHOUT ROWID`,
    // Nobody knows since when a subscription is in force that is older than this table: it is on record from now on.
    `INSERT INTO subscription_versions (number, since, entry)
      SELECT number, CAST(unixepoch('subsec') * 1000 AS INTEGER) * 1024, entry FROM subscriptions WHERE deleted = 0`,
  ],
  olderCodeMayRead: true,
};

/** Versions that one endpoint keeps: enough for a change a day within the time that events are kept. */
const KEPT = 40;

interface Row extends Record<string, SqlStorageValue> {
  /** A log position. */
  since: number;
  entry: StoredText<LogSubscription>;
}

export interface SubscriptionVersion {
  /** The first log position from which it was in force. */
  fromPosition: number;
  entry: LogSubscription;
}

function toVersion({ since, entry }: Row): SubscriptionVersion {
  return { fromPosition: since, entry: subscriptionShape.read(entry) };
}

/** The subscriptions of a log's endpoints by the position from which they were in force. */
export class SubscriptionVersions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Notes that a subscription is in force from a position on. */
  put(number: number, fromPosition: number, entry: LogSubscription): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO subscription_versions (number, since, entry) VALUES (?, ?, ?)",
      number,
      fromPosition,
      subscriptionShape.write(entry),
    );
    this.#sql.exec(
      `DELETE FROM subscription_versions WHERE number = ?1 AND since < (
        SELECT min(since) FROM (SELECT since FROM subscription_versions WHERE number = ?1 ORDER BY since DESC LIMIT ?2))`,
      number,
      KEPT,
    );
  }

  /** Forgets an endpoint's. */
  drop(number: number): void {
    this.#sql.exec("DELETE FROM subscription_versions WHERE number = ?", number);
  }

  /** The versions that were in force at a position and before it, newest first; at most so many. */
  until(number: number, position: number, limit: number): SubscriptionVersion[] {
    return this.#sql
      .exec<Row>(
        "SELECT since, entry FROM subscription_versions WHERE number = ? AND since <= ? ORDER BY since DESC LIMIT ?",
        number,
        position,
        limit,
      )
      .toArray()
      .map(toVersion);
  }

  /** The first that is on record; null = none is. */
  first(number: number): SubscriptionVersion | null {
    const row = this.#sql
      .exec<Row>(
        "SELECT since, entry FROM subscription_versions WHERE number = ? ORDER BY since LIMIT 1",
        number,
      )
      .toArray()[0];
    return row ? toVersion(row) : null;
  }

  /** Since when an endpoint had been disabled at a position, Unix milliseconds; null = since before there is a record. */
  disabledSince(number: number, position: number): number | null {
    let sinceMs: number | null = null;
    for (const version of this.until(number, position, KEPT)) {
      if (!version.entry.disabled) return sinceMs;
      sinceMs = acceptedAt(version.fromPosition);
    }
    // The oldest on record is disabled: it may have been so before, unless it is the endpoint's first.
    return this.first(number)?.entry.version === 1 ? sinceMs : null;
  }
}
