import type { KeyPlace } from "../../domain/order.ts";
import { keyPlaceOf } from "./deliveries.ts";
import { setKeyPlace } from "./delivery-changes.ts";
import { PENDING, type PendingRow } from "./delivery-row.ts";
import { firstPendingOfKey, pendingSequencesOfKey } from "./pending-deliveries.ts";

/**
 * What an order by key needs, made with the first delivery that has one: of the endpoints most have none, and each table
 * costs a page. Steps are only ever appended, each such that it may run again.
 */
const TABLES = [
  // Numbers that were given, and the first delivery that is pending: `due_at` null = it was never attempted.
  `CREATE TABLE IF NOT EXISTS order_keys (
    key TEXT PRIMARY KEY,
    last INTEGER NOT NULL,
    seen_day INTEGER NOT NULL,
    head INTEGER,
    due_at INTEGER
  ) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS key_heads ON order_keys (due_at, head) WHERE head IS NOT NULL",
  "CREATE INDEX IF NOT EXISTS keys_seen ON order_keys (seen_day)",
  `CREATE INDEX IF NOT EXISTS pending_by_key ON deliveries (order_key, sequence)
     WHERE status = ${PENDING} AND order_key IS NOT NULL`,
];

/** A key as it is stored. */
export interface StoredKey {
  /** The last number that was given. */
  last: number;
  /** The lowest sequence of it that is pending; null = none is. */
  head: number | null;
  /** When that is due, Unix milliseconds; null = at once, it was never attempted. */
  dueAt: number | null;
}

/** The first delivery of a key. */
export interface KeyHead extends Record<string, SqlStorageValue> {
  key: string;
  head: number;
  due_at: number | null;
}

/**
 * The table `order_keys`: the keys of an endpoint that delivers by key. What is asked of its deliveries by their keys goes by way
 * of this, since their index comes with it. Changes are part of the caller's transaction.
 */
export class KeyTable {
  readonly #sql: SqlStorage;
  #exists: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#exists = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'order_keys'").toArray().length > 0;
  }

  /** Whether anything ever had a key. */
  get exists(): boolean {
    return this.#exists;
  }

  #make(): void {
    if (this.#exists) return;
    for (const statement of TABLES) this.#sql.exec(statement);
    this.#exists = true;
  }

  /** What is stored of a key; null = nothing. */
  find(key: string): StoredKey | null {
    if (!this.#exists) return null;
    const row = this.#sql
      .exec<{ last: number; head: number | null; due_at: number | null }>(
        "SELECT last, head, due_at FROM order_keys WHERE key = ?",
        key,
      )
      .toArray()[0];
    return row ? { last: row.last, head: row.head, dueAt: row.due_at } : null;
  }

  /** Stores the last numbers of keys. */
  storeLasts(lasts: readonly (readonly [key: string, last: number])[], day: number): void {
    if (lasts.length === 0) return;
    this.#make();
    this.#sql.exec(
      `INSERT INTO order_keys (key, last, seen_day)
         SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), ? FROM json_each(?) WHERE true
       ON CONFLICT (key) DO UPDATE SET last = excluded.last, seen_day = excluded.seen_day`,
      day,
      JSON.stringify(lasts),
    );
  }

  /** Stores which is the first of a key. */
  setHead(key: string, head: number | null, dueAt: number | null): void {
    this.#sql.exec("UPDATE order_keys SET head = ?, due_at = ? WHERE key = ?", head, dueAt, key);
  }

  /** The pending delivery of a key with the lowest sequence from one on; null = there is none. */
  firstPending(key: string, from = 0): Pick<PendingRow, "sequence" | "next_attempt_at"> | null {
    return this.#exists ? firstPendingOfKey(this.#sql, key, from) : null;
  }

  /** The sequences of a key's pending deliveries from one on. */
  pendingOf(key: string, from: number, most: number): number[] {
    return this.#exists ? pendingSequencesOfKey(this.#sql, key, from, most) : [];
  }

  /** The first deliveries of keys that were never attempted, by sequence. */
  freshHeads(most: number): KeyHead[] {
    if (!this.#exists) return [];
    return this.#sql
      .exec<KeyHead>(
        `SELECT key, head, due_at FROM order_keys INDEXED BY key_heads
         WHERE head IS NOT NULL AND due_at IS NULL ORDER BY head LIMIT ?`,
        most,
      )
      .toArray();
  }

  /** Heads of keys that wait for a time, soonest first. */
  dueHeads(most: number): KeyHead[] {
    if (!this.#exists) return [];
    return this.#sql
      .exec<KeyHead>(
        `SELECT key, head, due_at FROM order_keys INDEXED BY key_heads
         WHERE head IS NOT NULL AND due_at >= 0 ORDER BY due_at, head LIMIT ?`,
        most,
      )
      .toArray();
  }

  /** Heads of keys that wait for a time and come after one of them, by time and then sequence. */
  dueHeadsAfter(dueAt: number, head: number, most: number): KeyHead[] {
    if (!this.#exists) return [];
    return this.#sql
      .exec<KeyHead>(
        `SELECT key, head, due_at FROM order_keys INDEXED BY key_heads
         WHERE head IS NOT NULL AND (due_at, head) > (?, ?) ORDER BY due_at, head LIMIT ?`,
        dueAt,
        head,
        most,
      )
      .toArray();
  }

  /**
   * Heads of keys that wait for a later time, soonest first, without those handed out.
   * @param out the sequences of those
   */
  heldHeads(after: number, most: number, out: readonly number[]): KeyHead[] {
    if (!this.#exists) return [];
    return this.#sql
      .exec<KeyHead>(
        `SELECT key, head, due_at FROM order_keys INDEXED BY key_heads
         WHERE head IS NOT NULL AND due_at > ? AND head NOT IN (SELECT value FROM json_each(?))
         ORDER BY due_at, head LIMIT ?`,
        after,
        JSON.stringify(out),
        most,
      )
      .toArray();
  }

  /** How many heads `heldHeads` finds, counted up to so many. */
  countHeld(after: number, most: number, out: readonly number[]): number {
    if (!this.#exists) return 0;
    return this.#sql
      .exec<{ count: number }>(
        `SELECT count(*) AS count FROM (SELECT 1 FROM order_keys INDEXED BY key_heads
           WHERE head IS NOT NULL AND due_at > ? AND head NOT IN (SELECT value FROM json_each(?)) LIMIT ?)`,
        after,
        JSON.stringify(out),
        most,
      )
      .one().count;
  }

  /** The place that a delivery's own row has in the order of its key; null = none. */
  placeOf(sequence: number): KeyPlace | null {
    return this.#exists ? keyPlaceOf(this.#sql, sequence) : null;
  }

  /** Gives a pending delivery another place. */
  place(sequence: number, place: KeyPlace): void {
    this.#make();
    setKeyPlace(this.#sql, sequence, place);
  }

  /** The first day of those that may be forgotten; null = there are none. */
  firstDay(): number | null {
    if (!this.#exists) return null;
    const row = this.#sql.exec<{ day: number | null }>("SELECT min(seen_day) AS day FROM order_keys").one();
    return row.day;
  }

  /** Forgets some keys that no event had since a day; returns how many. */
  forget(before: number, most: number): number {
    if (!this.#exists) return 0;
    return this.#sql
      .exec(
        `DELETE FROM order_keys WHERE key IN (SELECT key FROM order_keys INDEXED BY keys_seen
           WHERE seen_day < ? AND head IS NULL LIMIT ?) RETURNING 1`,
        before,
        most,
      )
      .toArray().length;
  }
}
