import { logOfName, MOST_LOGS } from "../../domain/log-shards.ts";
import type { SchemaStep } from "../../storage/schema.ts";
import { LogPositions } from "./logs.ts";

/**
 * Where the deliveries of each log lie among all: from one sequence to another they are of one log, and its positions rise with
 * them. There is no row while all came from one log.
 */
export const SPANS_SCHEMA: SchemaStep = {
  statements: [
    `CREATE TABLE spans (
      log INTEGER,
      position INTEGER,
      first INTEGER NOT NULL,
      last INTEGER,
      PRIMARY KEY (log, position)
    ) WITHOUT ROWID`,
  ],
  olderCodeMayRead: true,
};

/** Sequences from one to another; `last` null = to the newest. */
export interface Span {
  first: number;
  last: number | null;
}

interface SpanRow extends Span, Record<string, SqlStorageValue> {
  first: number;
  last: number | null;
  position: number;
}

/** Where a delivery lies: in which log, by its number, and at what position that was when it came. */
export interface LogPlace {
  log: number;
  log_position: number;
}

const EVERYTHING: Span = { first: 0, last: null };

export class Spans {
  readonly #sql: SqlStorage;
  readonly #logs: LogPositions;
  /** Whether there is any: once there is, there always will be. */
  #areThere = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#logs = new LogPositions(sql);
  }

  /** Whether all deliveries came from one log. */
  get isEmpty(): boolean {
    this.#areThere ||= this.#sql.exec("SELECT 1 FROM spans LIMIT 1").toArray().length > 0;
    return !this.#areThere;
  }

  /**
   * After a delivery of one log comes one of another, with its position there; part of the transaction that stores it.
   * @param before the log of the deliveries up to and with `last`
   */
  begin(before: number, last: number, log: number, position: number): void {
    if (this.isEmpty) {
      this.#sql.exec("INSERT INTO spans (log, position, first, last) VALUES (?, 0, 0, ?)", before, last);
    } else {
      this.#sql.exec(
        `UPDATE spans SET last = ?1 WHERE log = ?2 AND position = (SELECT max(position) FROM spans WHERE log = ?2)`,
        last,
        before,
      );
    }
    this.#sql.exec(
      "INSERT INTO spans (log, position, first, last) VALUES (?, ?, ?, NULL)",
      log,
      position,
      last + 1,
    );
    this.#areThere = true;
  }

  /** Among which deliveries the event at a position may have its own. */
  of(position: number): Span[] {
    if (this.isEmpty) return [EVERYTHING];
    return this.#logsOf(position).flatMap((log) => this.#at(log, position) ?? []);
  }

  /** The log that the position tells, and log 0, whose older positions tell nothing. */
  #logsOf(position: number): number[] {
    const told = position % MOST_LOGS;
    return this.#logs
      .all()
      .map(({ number, id }) => ({ number, place: logOfName(id).number }))
      .filter(({ place }) => place === 0 || place === told)
      .map(({ number }) => number);
  }

  /**
   * Drops those of which a delivery was dropped that was their last one; part of the caller's transaction.
   * @param dropped in which logs those lay, and where the log was with each
   * @param hasDelivery whether one is on record, from one sequence to another
   */
  dropWithLast(
    dropped: readonly LogPlace[],
    hasDelivery: (span: { first: number; last: number }) => boolean,
  ): void {
    if (this.isEmpty) return;
    const looked = new Set<number>();
    for (const { log, log_position: logPosition } of dropped) {
      const { position, first, last } = this.#at(log, logPosition) ?? { position: 0, first: 0, last: null };
      // That of the newest delivery goes on.
      if (last === null || looked.has(first)) continue;
      looked.add(first);
      if (!hasDelivery({ first, last }))
        this.#sql.exec("DELETE FROM spans WHERE log = ? AND position = ?", log, position);
    }
  }

  /** The last one of a log that begins at a position or before it. */
  #at(log: number, position: number): SpanRow | undefined {
    return this.#sql
      .exec<SpanRow>(
        "SELECT position, first, last FROM spans WHERE log = ? AND position <= ? ORDER BY position DESC LIMIT 1",
        log,
        position,
      )
      .toArray()[0];
  }
}
