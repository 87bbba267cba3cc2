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

/** What a request came to: an answer that is kept for repetitions, or one that is told and not kept: nothing was done. */
export type Acted<Kept, Told> = { keep: Kept } | { tell: Told };

export type OnceAnswer<Kept, Told> =
  | { outcome: "key_conflict" }
  | { outcome: "answered"; answer: Kept; isRepeated: boolean }
  | { outcome: "told"; told: Told };

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

  /**
   * What `act` comes to, or for a repeated request the first one's answer. What `act` stores and the answer that is kept
   * are one transaction: a crash leaves both or neither.
   * @param transaction runs its argument as one transaction of the object, or as a part of the caller's
   */
  answerOnce<Kept, Told = never>(
    transaction: <Result>(work: () => Result) => Result,
    request: IdempotentRequest | undefined,
    now: number,
    act: () => Acted<Kept, Told>,
  ): OnceAnswer<Kept, Told> {
    const first = this.find<Kept>(request, now);
    if (first.outcome === "key_conflict") return first;
    if (first.outcome === "repeated") return { outcome: "answered", answer: first.answer, isRepeated: true };
    return transaction(() => {
      const acted = act();
      if ("tell" in acted) return { outcome: "told", told: acted.tell };
      this.keep(request, acted.keep, now);
      return { outcome: "answered", answer: acted.keep, isRepeated: false };
    });
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
