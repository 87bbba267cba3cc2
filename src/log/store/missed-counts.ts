import { DAY_MS, MINUTE_MS } from "../../domain/durations.ts";
import type { LoggedEvent } from "../../domain/event.ts";

/** Counts are kept by slots of this length. */
const SLOT_MS = 5 * MINUTE_MS;

/** Longer than the longest window of an endpoint's stats. */
const KEPT_MS = 31 * DAY_MS;

/**
 * How many events each disabled endpoint missed, by time. Counted in memory and stored by the object's alarm, so
 * that accepting costs the same however many endpoints are disabled; the events themselves name who missed them.
 */
export class MissedCounts {
  readonly #sql: SqlStorage;
  readonly #unstored = new Map<number, Map<number, number>>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Counts the events of a committed group. */
  countCommitted(events: readonly LoggedEvent[]): void {
    // By distinct list first: a group's events mostly share one, of as many endpoints as there may be.
    const byList = new Map<readonly number[], Map<number, number>>();
    for (const { missed, acceptedAt } of events) {
      const counts = byList.get(missed) ?? new Map<number, number>();
      byList.set(missed, counts);
      const slot = Math.floor(acceptedAt / SLOT_MS) * SLOT_MS;
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    for (const [missed, added] of byList) {
      for (const endpoint of missed) {
        const counts = this.#unstored.get(endpoint) ?? new Map<number, number>();
        this.#unstored.set(endpoint, counts);
        for (const [slot, count] of added) counts.set(slot, (counts.get(slot) ?? 0) + count);
      }
    }
  }

  /** Whether something was counted that is in memory only. */
  get hasUnstored(): boolean {
    return this.#unstored.size > 0;
  }

  /** Stores what was counted. */
  store(): void {
    for (const [endpoint, counts] of this.#unstored) {
      for (const [slot, count] of counts) {
        this.#sql.exec(
          `INSERT INTO missed (endpoint, slot, count) VALUES (?1, ?2, ?3)
           ON CONFLICT (endpoint, slot) DO UPDATE SET count = count + ?3`,
          endpoint,
          slot,
          count,
        );
      }
      const newest = Math.max(...counts.keys());
      this.#sql.exec("DELETE FROM missed WHERE endpoint = ? AND slot < ?", endpoint, newest - KEPT_MS);
    }
    this.#unstored.clear();
  }

  /** How many events an endpoint missed since a time, Unix milliseconds. */
  countSince(endpoint: number, sinceMs: number): number {
    const { stored } = this.#sql
      .exec<{ stored: number }>(
        "SELECT total(count) AS stored FROM missed WHERE endpoint = ? AND slot > ?",
        endpoint,
        sinceMs - SLOT_MS,
      )
      .one();
    let unstored = 0;
    for (const [slot, count] of this.#unstored.get(endpoint) ?? [])
      if (slot > sinceMs - SLOT_MS) unstored += count;
    return stored + unstored;
  }

  /** Forgets a deleted endpoint. */
  drop(endpoint: number): void {
    this.#unstored.delete(endpoint);
    this.#sql.exec("DELETE FROM missed WHERE endpoint = ?", endpoint);
  }
}
