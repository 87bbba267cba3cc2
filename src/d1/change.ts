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

/** A change with what is stored along with it. */
export interface Change {
  statements: (d1: DrizzleD1Database) => Statement[];
  record: ChangeRecord;
  /**
   * The condition under which the change takes effect: where it does not hold, no record is written either. It is judged
   * before the change, so it must speak of the state before.
   */
  guard: SQL;
}

/**
 * Runs a change with its record in one batch, which D1 does as a whole or not at all. Returns how many rows the change's
 * first statement wrote. Throws if the same request was answered meanwhile (`isAnsweredAlready`); then nothing was changed.
 */
export async function commitChange(
  db: D1Database,
  statements: Change["statements"],
  record: ChangeRecord,
  guard: SQL = sql`1`,
): Promise<number> {
  const [written = 0] = await commitChanges(db, [{ statements, record, guard }]);
  return written;
}

/** As `commitChange`, of several changes one after the other: all of them or none. */
export async function commitChanges(db: D1Database, changes: readonly Change[]): Promise<number[]> {
  const d1 = drizzle(db);
  const all: Statement[] = [];
  const firsts = changes.map(({ statements, record, guard }) => {
    if (record.audit !== null) all.push(auditInsert(d1, record.audit, guard));
    if (record.answer !== null) all.push(...answerInserts(d1, record.answer, guard));
    const first = all.length;
    all.push(...statements(d1));
    return first;
  });
  const [first, ...rest] = all;
  if (first === undefined) return firsts.map(() => 0);
  const results = await d1.batch([first, ...rest]);
  return firsts.map((at) => (results[at] as D1Result | undefined)?.meta.changes ?? 0);
}
