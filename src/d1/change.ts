import { type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { answerInserts, type Statement } from "./answers.ts";
import { auditInsert } from "./audit.ts";
import type { AnswerRow, AuditRow } from "./tables.ts";

/** What is stored with a change of the configuration, in its batch: all of it or nothing. */
export interface ChangeRecord {
  audit: AuditRow | null;
  /** The answer for repetitions of the request, if it carried an Idempotency-Key. */
  answer: AnswerRow | null;
}

/** A change that nobody asked to have on record, as one that is retaken. */
export const UNRECORDED: ChangeRecord = { audit: null, answer: null };

/**
 * Runs a change with its record in one batch, which D1 does as a whole or not at all. `guard` is the condition under
 * which the change takes effect: where it does not hold, no record is written either. It is judged before the change,
 * so it must speak of the state before. Returns how many rows the change's first statement wrote.
 * Throws if the same request was answered meanwhile (`isAnsweredAlready`); then nothing was changed.
 */
export async function commitChange(
  db: D1Database,
  statements: (d1: DrizzleD1Database) => Statement[],
  record: ChangeRecord,
  guard: SQL = sql`1`,
): Promise<number> {
  const d1 = drizzle(db);
  const along = [
    ...(record.audit === null ? [] : [auditInsert(d1, record.audit, guard)]),
    ...(record.answer === null ? [] : answerInserts(d1, record.answer, guard)),
  ];
  const [first, ...rest] = [...along, ...statements(d1)];
  if (first === undefined) return 0;
  const results = await d1.batch([first, ...rest]);
  return (results[along.length] as D1Result | undefined)?.meta.changes ?? 0;
}
