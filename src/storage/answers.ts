import { ANSWERS_KEPT_MS, type IdempotentRequest, type KnownAnswer } from "../domain/idempotency.ts";
import { always, type StoredText, shapeOf } from "../domain/stored.ts";
import type { SchemaStep } from "./schema.ts";

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

/** Answers to all kinds of requests: whoever asks knows the kind, and within a day no version is far. */
const answerShape = shapeOf<unknown>(always());

const DAY_MS = 24 * 3600 * 1000;

/** Old answers removed with each new one: more than one, so that they become fewer. */
const PRUNED_PER_ANSWER = 4;

/** An object's first answers to requests with an Idempotency-Key, each kept in the transaction of what was made. */
export class KeptAnswers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The first answer to this request within 24 h. A request without a key was never answered. */
  find<Answer>(request: IdempotentRequest | undefined, now: number): KnownAnswer<Answer> {
    if (request === undefined) return { outcome: "none" };
    const today = Math.floor(now / DAY_MS);
    const row = this.#sql
      .exec<{ digest: string; answer: StoredText<unknown> }>(
        "SELECT digest, answer FROM idempotent_answers WHERE day IN (?, ?) AND id = ? AND at > ?",
        today - 1,
        today,
        request.id,
        now - ANSWERS_KEPT_MS,
      )
      .toArray()[0];
    if (row === undefined) return { outcome: "none" };
    if (row.digest !== request.digest) return { outcome: "key_conflict" };
    return { outcome: "repeated", answer: answerShape.read(row.answer) as Answer };
  }

  /** Keeps an answer; part of the caller's transaction. */
  keep(request: IdempotentRequest | undefined, answer: unknown, now: number): void {
    if (request === undefined) return;
    this.#sql.exec(
      "INSERT OR REPLACE INTO idempotent_answers (day, id, digest, at, answer) VALUES (?, ?, ?, ?, ?)",
      Math.floor(now / DAY_MS),
      request.id,
      request.digest,
      now,
      answerShape.write(answer),
    );
    this.prune(now, PRUNED_PER_ANSWER);
  }

  /** Removes answers that count no more, at most so many. */
  prune(now: number, limit: number): void {
    this.#sql.exec(
      `DELETE FROM idempotent_answers WHERE (day, id) IN
         (SELECT day, id FROM idempotent_answers WHERE day < ? ORDER BY day, id LIMIT ?)`,
      Math.floor(now / DAY_MS) - 1,
      limit,
    );
  }
}
