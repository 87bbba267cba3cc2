import { MINUTE_MS } from "../domain/durations.ts";
import type { StoredText } from "../domain/stored.ts";
import { type TailReport, tailReportsShape } from "../domain/tail.ts";

/** What is kept for those who come back: so many frames, for so long. */
const FRAMES = 200;
const KEPT_MS = 5 * MINUTE_MS;

/** One who comes back gets so much of it at the most, characters: less than a socket may leave unread. */
const MOST_AT_ONCE = 512 * 1024;

/** What was told within one moment, with its number. */
export interface Frame {
  number: number;
  reports: TailReport[];
}

/** The newest frames, stored, so that a cursor counts across a reset of the hub. */
export class Frames {
  readonly #sql: () => SqlStorage;

  constructor(sql: () => SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps what was told; returns it with its number. */
  add(reports: TailReport[], nowMs: number): Frame {
    const { number } = this.#sql()
      .exec<{ number: number }>(
        "INSERT INTO frames (at, reports) VALUES (?, ?) RETURNING number",
        nowMs,
        tailReportsShape.write(reports),
      )
      .one();
    // In lots: each row that is deleted is billed, and so is each look.
    if (number % 50 === 0) this.#sql().exec("DELETE FROM frames WHERE number <= ?", number - FRAMES);
    return { number, reports };
  }

  /** The number of the newest one; 0 = there was none. */
  get last(): number {
    const row = this.#sql()
      .exec<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'frames'")
      .toArray()[0];
    return row?.seq ?? 0;
  }

  /** The frames after a number, oldest first; null = they are too many, or not kept any more, or there was never such a number. */
  after(number: number, nowMs: number): Frame[] | null {
    const { last } = this;
    if (number === last) return [];
    const { length } = this.#sql()
      .exec<{ length: number }>("SELECT sum(length(reports)) AS length FROM frames WHERE number > ?", number)
      .one();
    if (length > MOST_AT_ONCE) return null;
    const rows = this.#sql()
      .exec<{ number: number; reports: StoredText<TailReport[]> }>(
        "SELECT number, reports FROM frames WHERE number > ? AND number > ? AND at > ? ORDER BY number",
        ...[number, last - FRAMES, nowMs - KEPT_MS],
      )
      .toArray();
    if (number > last || rows.length < last - number) return null;
    return rows.map((row) => ({ number: row.number, reports: tailReportsShape.read(row.reports) }));
  }

  clear(): void {
    this.#sql().exec("DELETE FROM frames");
  }
}
