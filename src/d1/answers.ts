import { and, asc, eq, gt, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { ANSWERS_KEPT_MS } from "../domain/idempotency.ts";
import { rowIf } from "./queries.ts";
import { type AnswerRow, idempotentAnswers } from "./tables.ts";

/* The first answers to requests that change the configuration; those of the objects are in `idempotency/objects.ts`. */

/** Rows that one run of cron removes. */
const PRUNED_PER_RUN = 1000;

/** The answer to the first request of this id within 24 h; null if there was none. */
export async function findAnswer(db: D1Database, id: string, nowMs: number): Promise<AnswerRow | null> {
  const counts = gt(idempotentAnswers.createdAt, nowMs - ANSWERS_KEPT_MS);
  const row = await drizzle(db)
    .select()
    .from(idempotentAnswers)
    .where(and(eq(idempotentAnswers.id, id), counts))
    .get();
  return row ?? null;
}

/** Removes answers that count no more, a bounded part per run, found by index. */
export async function pruneAnswers(db: D1Database, nowMs: number): Promise<void> {
  const d1 = drizzle(db);
  const old = d1
    .select({ id: idempotentAnswers.id })
    .from(idempotentAnswers)
    .where(lte(idempotentAnswers.createdAt, nowMs - ANSWERS_KEPT_MS))
    .orderBy(asc(idempotentAnswers.createdAt))
    .limit(PRUNED_PER_RUN);
  await d1.delete(idempotentAnswers).where(inArray(idempotentAnswers.id, old));
}

/** A statement of a batch. */
export type Statement = BatchItem<"sqlite">;

/** Whether a change failed because the same request was answered meanwhile: the first one's answer is stored. */
export function isAnsweredAlready(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.message.includes("UNIQUE constraint failed: idempotent_answers.id")) return true;
  }
  return false;
}

/** Drops an answer that was kept. */
export function answerDelete(d1: DrizzleD1Database, id: string) {
  return d1.delete(idempotentAnswers).where(eq(idempotentAnswers.id, id));
}

/** Stores an answer where `guard` holds. One kept longer than it counts gives way; one that counts makes the whole batch fail. */
export function answerInserts(d1: DrizzleD1Database, row: AnswerRow, guard: SQL): Statement[] {
  return [
    d1
      .delete(idempotentAnswers)
      .where(sql`id = ${row.id} AND created_at <= ${row.createdAt - ANSWERS_KEPT_MS}`),
    d1.insert(idempotentAnswers).select(rowIf(idempotentAnswers, row, guard)),
  ];
}
