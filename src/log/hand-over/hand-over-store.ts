import type { LoggedEvent } from "../../domain/event.ts";
import { readMeta, writeMeta } from "../../storage/schema.ts";
import { decodeChunk } from "../store/chunk.ts";
import { Unread } from "../store/unread.ts";

/**
 * What hand-over has stored: one position, which lies with the newest chunk, and a row for each endpoint that lags.
 */
export class HandOverStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The stored position: every endpoint that does not lag has all up to here. */
  handedOver(): number {
    const newest = this.#sql
      .exec<{ handed_over: number }>("SELECT handed_over FROM chunks ORDER BY first DESC LIMIT 1")
      .toArray()[0];
    return Math.max(newest?.handed_over ?? 0, readMeta<number>(this.#sql, "handed_over") ?? 0);
  }

  /** For when no chunk is left to hold the position, or the newest is far behind it. */
  keepHandedOver(position: number): void {
    writeMeta(this.#sql, "handed_over", position);
  }

  /** Positions of the endpoints that lag, by number. */
  lagging(): [number, number][] {
    return this.#sql
      .exec<{ number: number; position: number }>("SELECT number, position FROM lagging")
      .toArray()
      .map(({ number, position }) => [number, position]);
  }

  storeLag(endpointNumber: number, position: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO lagging (number, position) VALUES (?, ?)",
      endpointNumber,
      position,
    );
  }

  clearLag(endpointNumber: number): void {
    this.#sql.exec("DELETE FROM lagging WHERE number = ?", endpointNumber);
    new Unread(this.#sql).forget(endpointNumber);
  }

  /** The hot events after a position, in the groups in which they were committed. */
  *groupsAfter(position: number): Generator<LoggedEvent[]> {
    // From the chunk on that holds the position: a condition on `last` alone would read them all, in each life.
    for (const chunk of this.#sql.exec<{ body: ArrayBuffer }>(
      `SELECT body FROM chunks
       WHERE first >= coalesce((SELECT max(first) FROM chunks WHERE first <= ?), 0) AND last > ? ORDER BY first`,
      position,
      position,
    )) {
      const events = decodeChunk(new Uint8Array(chunk.body), (event) => event.position > position);
      if (events.length > 0) yield events;
    }
  }
}
