/*
 * The table `runs`: deliveries that their first attempt delivered, many in a row, see record/run.ts for what their columns
 * hold. Runs do not overlap. Times are Unix milliseconds; changes are part of the caller's transaction.
 */

import type { LogPlace } from "./spans.ts";

/** A run that is stored: its deliveries by rising sequence. */
export interface NewRun {
  firstSequence: number;
  lastSequence: number;
  count: number;
  log: number;
  logPosition: number;
  /** When its last delivery fired, and its first one was made. */
  firedAt: number;
  createdAt: number;
  completedAt: number;
  totalBytes: number;
  replaysTotal: number;
  /** What its deliveries are marked with, see record/totals.ts. */
  epoch: number;
  deliveries: Uint8Array;
  attempts: Uint8Array;
}

/** The deliveries of a run, encoded. */
export interface RunRow extends Record<string, SqlStorageValue> {
  first_sequence: number;
  deliveries: ArrayBuffer;
}

/** The deliveries of a run with the records of their attempts; null = those are not kept any more. */
export interface RecordedRunRow extends Record<string, SqlStorageValue> {
  deliveries: ArrayBuffer;
  attempts: ArrayBuffer | null;
}

/** Stores a run. */
export function insertRun(sql: SqlStorage, run: NewRun): void {
  sql.exec(
    `INSERT INTO runs (last_sequence, first_sequence, count, log, log_position, fired_at, created_at, completed_at,
       total_bytes, replays_total, counted_in, deliveries, attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[run.lastSequence, run.firstSequence, run.count, run.log, run.logPosition, run.firedAt],
    ...[run.createdAt, run.completedAt, run.totalBytes, run.replaysTotal, run.epoch],
    ...[run.deliveries, run.attempts],
  );
}

/** The first run that ends at a sequence or behind it; undefined = there is none. */
export function runFrom(sql: SqlStorage, sequence: number): RunRow | undefined {
  return sql
    .exec<RunRow>(
      "SELECT first_sequence, deliveries FROM runs WHERE last_sequence >= ? ORDER BY last_sequence LIMIT 1",
      sequence,
    )
    .toArray()[0];
}

/** Where the first run begins that ends at a sequence or behind it; null = there is none. */
export function runStartFrom(sql: SqlStorage, sequence: number): number | null {
  const row = sql
    .exec<{ first_sequence: number }>(
      "SELECT first_sequence FROM runs WHERE last_sequence >= ? ORDER BY last_sequence LIMIT 1",
      sequence,
    )
    .toArray()[0];
  return row?.first_sequence ?? null;
}

/** The run that `runFrom` finds, with its attempts. */
export function recordedRunFrom(sql: SqlStorage, sequence: number): RecordedRunRow | undefined {
  return sql
    .exec<RecordedRunRow>(
      "SELECT deliveries, attempts FROM runs WHERE last_sequence >= ? ORDER BY last_sequence LIMIT 1",
      sequence,
    )
    .toArray()[0];
}

/** The last run that ends below a sequence; undefined = there is none. */
export function runBefore(sql: SqlStorage, sequence: number): RunRow | undefined {
  return sql
    .exec<RunRow>(
      "SELECT first_sequence, deliveries FROM runs WHERE last_sequence < ? ORDER BY last_sequence DESC LIMIT 1",
      sequence,
    )
    .toArray()[0];
}

/** The runs that end at a sequence or behind it and were marked with an epoch or a later one. */
export function runsMarkedSince(sql: SqlStorage, epoch: number, from: number): RunRow[] {
  return sql
    .exec<RunRow>(
      "SELECT first_sequence, deliveries FROM runs WHERE last_sequence >= ? AND counted_in >= ? ORDER BY last_sequence",
      from,
      epoch,
    )
    .toArray();
}

/** When the run in front was completed, below a sequence; null = there is none. */
export function firstRunCompletedAt(sql: SqlStorage, below: number): number | null {
  const row = sql
    .exec<{ completed_at: number }>(
      "SELECT completed_at FROM runs WHERE last_sequence < ? ORDER BY last_sequence LIMIT 1",
      below,
    )
    .toArray()[0];
  return row?.completed_at ?? null;
}

interface OldRun extends LogPlace, Record<string, SqlStorageValue> {
  log: number;
  log_position: number;
  last_sequence: number;
  completed_at: number;
}

/** The runs in front, up to so many, that end below a sequence. */
export function oldestRunsBelow(sql: SqlStorage, below: number, most: number): OldRun[] {
  return sql
    .exec<OldRun>(
      `SELECT last_sequence, completed_at, log, log_position FROM runs
       WHERE last_sequence < ? ORDER BY last_sequence LIMIT ?`,
      below,
      most,
    )
    .toArray();
}

/** Where the nth run (1 = the first) ends, below a sequence; null = there are fewer. */
export function nthRunEndBelow(sql: SqlStorage, below: number, nth: number): number | null {
  const row = sql
    .exec<{ sequence: number }>(
      "SELECT last_sequence AS sequence FROM runs WHERE last_sequence < ? ORDER BY last_sequence LIMIT 1 OFFSET ?",
      below,
      nth - 1,
    )
    .toArray()[0];
  return row?.sequence ?? null;
}

/** Where the runs end behind a sequence, up to another one, at most so many. */
export function runEndsBetween(sql: SqlStorage, after: number, upTo: number, most: number): number[] {
  return sql
    .exec<{ sequence: number }>(
      "SELECT last_sequence AS sequence FROM runs WHERE last_sequence > ? AND last_sequence <= ? ORDER BY last_sequence LIMIT ?",
      after,
      upTo,
      most,
    )
    .toArray()
    .map(({ sequence }) => sequence);
}

/** Drops the records of attempts of the runs that end behind a sequence, up to another one. */
export function dropAttemptsOfRuns(sql: SqlStorage, after: number, upTo: number): void {
  sql.exec(
    "UPDATE runs SET attempts = NULL WHERE last_sequence > ? AND last_sequence <= ? AND attempts IS NOT NULL",
    after,
    upTo,
  );
}

/** Drops runs, by where they end. */
export function deleteRuns(sql: SqlStorage, lastSequences: readonly number[]): void {
  sql.exec(
    "DELETE FROM runs WHERE last_sequence IN (SELECT value FROM json_each(?))",
    JSON.stringify(lastSequences),
  );
}
