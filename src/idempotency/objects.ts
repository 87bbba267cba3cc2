import { DAY_MS } from "../domain/durations.ts";
import {
  ANSWERS_KEPT_MS,
  type IdempotentRequest,
  type KeyConflict,
  type KnownAnswer,
} from "../domain/idempotency.ts";
import type { Shape, StoredText } from "../domain/stored.ts";
import type { SchemaStep } from "../storage/schema.ts";

/*
 * An object's first answers to requests with an Idempotency-Key, each kept in the transaction of what was made: after a
 * crash there are both or neither.
 */

/**
 * The table of an object's answers. The day leads the key: what is old lies in front and leaves without a scan, and
 * an answer costs one row. An id is looked for in today and yesterday.
 */
export const ANSWERS_SCHEMA: SchemaStep = [
  `CREATE TABLE idempotent_answers (
    day INTEGER NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (day, id)
  ) WITHOUT ROWID`,
];

/** Old answers removed with each new one: more than one, so that they become fewer. */
const PRUNED_PER_ANSWER = 4;

/** What opens a transaction of an object: its storage, or what does more than that around each of its changes. */
export interface Transactions {
  sql: SqlStorage;
  transactionSync<Result>(work: () => Result): Result;
}

/** What a request came to: an answer that is kept for repetitions, or one that is told and not kept: nothing was done. */
export type Acted<Kept, Told> = { keep: Kept } | { tell: Told };

export type OnceAnswer<Kept, Told> =
  | KeyConflict
  | { outcome: "answered"; answer: Kept; isRepeated: boolean }
  | { outcome: "told"; told: Told };

/**
 * What `act` comes to, or for a repeated request the first one's answer. What `act` stores and the answer that is kept
 * are one transaction, which this opens.
 * @param shape how answers of this kind are kept: after an upgrade those of the version before are given again for a day
 */
export function answerOnce<Kept, Told = never>(
  storage: Transactions,
  shape: Shape<Kept>,
  request: IdempotentRequest | undefined,
  nowMs: number,
  act: () => Acted<Kept, Told>,
): OnceAnswer<Kept, Told> {
  const first = firstAnswer(storage.sql, shape, request, nowMs);
  if (first.outcome === "key_conflict") return first;
  if (first.outcome === "repeated") return { outcome: "answered", answer: first.answer, isRepeated: true };
  return storage.transactionSync(() => {
    const acted = act();
    if ("tell" in acted) return { outcome: "told", told: acted.tell };
    keepAnswer(storage.sql, shape, request, acted.keep, nowMs);
    return { outcome: "answered", answer: acted.keep, isRepeated: false };
  });
}

/** The first answer to this request within 24 h. A request without a key was never answered. */
export function firstAnswer<Answer>(
  sql: SqlStorage,
  shape: Shape<Answer>,
  request: IdempotentRequest | undefined,
  nowMs: number,
): KnownAnswer<Answer> {
  if (request === undefined) return { outcome: "none" };
  const today = Math.floor(nowMs / DAY_MS);
  const row = sql
    .exec<{ digest: string; answer: StoredText<Answer> }>(
      "SELECT digest, answer FROM idempotent_answers WHERE day IN (?, ?) AND id = ? AND at > ?",
      today - 1,
      today,
      request.id,
      nowMs - ANSWERS_KEPT_MS,
    )
    .toArray()[0];
  if (row === undefined) return { outcome: "none" };
  if (row.digest !== request.digest) return { outcome: "key_conflict" };
  return { outcome: "repeated", answer: shape.read(row.answer) };
}

/** Keeps an answer, or a fuller one in the place of the first; part of the caller's transaction. */
export function keepAnswer<Answer>(
  sql: SqlStorage,
  shape: Shape<Answer>,
  request: IdempotentRequest | undefined,
  answer: Answer,
  nowMs: number,
): void {
  if (request === undefined) return;
  sql.exec(
    "INSERT OR REPLACE INTO idempotent_answers (day, id, digest, at, answer) VALUES (?, ?, ?, ?, ?)",
    Math.floor(nowMs / DAY_MS),
    request.id,
    request.digest,
    nowMs,
    shape.write(answer),
  );
  pruneAnswers(sql, nowMs, PRUNED_PER_ANSWER);
}

/** Removes answers that count no more, at most so many. */
export function pruneAnswers(sql: SqlStorage, nowMs: number, limit: number): void {
  sql.exec(
    `DELETE FROM idempotent_answers WHERE (day, id) IN
       (SELECT day, id FROM idempotent_answers WHERE day < ? ORDER BY day, id LIMIT ?)`,
    Math.floor(nowMs / DAY_MS) - 1,
    limit,
  );
}
