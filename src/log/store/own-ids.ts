import { createHash } from "node:crypto";
import { DAY_MS } from "../../domain/durations.ts";
import { RETENTION_MS } from "../../domain/event.ts";
import { acceptedAt } from "../../domain/ids.ts";
import type { SchemaStep } from "../../storage/schema.ts";

/**
 * Publishers' own ids that are no event ids: any text. The day leads the key, so that what is old leaves from the front
 * and a look at one id is a seek per day. Ids stand there by their digest, all of one length.
 */
export const OWN_IDS_SCHEMA: SchemaStep = [
  `CREATE TABLE own_ids (
    day INTEGER,
    key BLOB,
    position INTEGER,
    digest BLOB NOT NULL,
    created INTEGER NOT NULL,
    endpoints INTEGER NOT NULL,
    PRIMARY KEY (day, key, position)
  ) WITHOUT ROWID`,
  // So that they can be counted without being looked at.
  "CREATE TABLE own_id_days (day INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
];

/** For so long the same id is the same event. */
export const DEDUPLICATED_MS = DAY_MS;

/** Two days longer than events are kept: so long the log knows that one has expired. */
const DAYS_KEPT = RETENTION_MS / DAY_MS + 2;

/** About 4 GB of the 10 GB that an object has. Beyond it the oldest go first, but never those that deduplicate. */
const MAX_KEPT = 40_000_000;

const KEY_BYTES = 16;

/** What is known of the event that was accepted under an own id. */
export interface KnownOwnId {
  position: number;
  /** The digest of its content, as `contentDigest` makes it. */
  digest: Uint8Array;
  /** Unix seconds. */
  created: number;
  endpoints: number;
}

interface Row extends Record<string, SqlStorageValue> {
  position: number;
  digest: ArrayBuffer;
  created: number;
  endpoints: number;
}

export class OwnIds {
  readonly #sql: SqlStorage;
  readonly #maxKept: number;

  constructor(sql: SqlStorage, maxKept = MAX_KEPT) {
    this.#sql = sql;
    this.#maxKept = maxKept;
  }

  /** Remembers the own ids of a group of events; part of the transaction that stores them. */
  insert(events: readonly (KnownOwnId & { id: string })[]): void {
    const counts = new Map<number, number>();
    for (const { id, position, digest, created, endpoints } of events) {
      const day = dayOf(acceptedAt(position));
      counts.set(day, (counts.get(day) ?? 0) + 1);
      this.#sql.exec(
        "INSERT INTO own_ids (day, key, position, digest, created, endpoints) VALUES (?, ?, ?, ?, ?, ?)",
        day,
        keyOf(id),
        position,
        digest,
        created,
        endpoints,
      );
    }
    for (const [day, count] of counts) this.#count(day, count);
  }

  /** The newest event of this id as far as the log knows, whether or not it has expired; null = it knows none. */
  find(id: string, nowMs: number): KnownOwnId | null {
    return this.#find(id, nowMs, DAYS_KEPT);
  }

  /** The event that this id stands for if it is sent again now; null = it is a new one. */
  findRecent(id: string, nowMs: number): KnownOwnId | null {
    const found = this.#find(id, nowMs, 1);
    return found && acceptedAt(found.position) > nowMs - DEDUPLICATED_MS ? found : null;
  }

  #find(id: string, nowMs: number, days: number): KnownOwnId | null {
    const key = keyOf(id);
    // Positions never go back, even where the clock does: the newest may be of a day that is yet to come.
    const newest = Math.max(dayOf(nowMs), this.#newestDay() ?? 0);
    for (let day = newest; day >= dayOf(nowMs) - days; day--) {
      const row = this.#sql
        .exec<Row>(
          "SELECT position, digest, created, endpoints FROM own_ids WHERE day = ? AND key = ? ORDER BY position DESC LIMIT 1",
          day,
          key,
        )
        .toArray()[0];
      if (row) return { ...row, digest: new Uint8Array(row.digest) };
    }
    return null;
  }

  #newestDay(): number | null {
    return this.#sql.exec<{ day: number | null }>("SELECT max(day) AS day FROM own_id_days").one().day;
  }

  /** Drops a bounded number of those that count no more, or are too many; part of the caller's transaction. */
  prune(nowMs: number, limit: number): void {
    const days = this.#sql
      .exec<{ day: number; count: number }>("SELECT day, count FROM own_id_days ORDER BY day")
      .toArray();
    const [oldest] = days;
    if (!oldest) return;
    const kept = days.reduce((sum, { count }) => sum + count, 0);
    const isTooMany = kept > this.#maxKept && oldest.day < dayOf(nowMs) - 1;
    if (oldest.day >= dayOf(nowMs) - DAYS_KEPT && !isTooMany) return;
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM own_ids WHERE (day, key, position) IN
         (SELECT day, key, position FROM own_ids WHERE day = ? ORDER BY key, position LIMIT ?)`,
      oldest.day,
      limit,
    );
    this.#count(oldest.day, -Math.min(rowsWritten, oldest.count));
    this.#sql.exec("DELETE FROM own_id_days WHERE day = ? AND count <= 0", oldest.day);
  }

  #count(day: number, count: number): void {
    this.#sql.exec(
      "INSERT INTO own_id_days (day, count) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET count = count + excluded.count",
      day,
      count,
    );
  }
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

function keyOf(id: string): Uint8Array {
  return createHash("sha256").update(id).digest().subarray(0, KEY_BYTES);
}
