import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import type { Attempted } from "../tables/delivery-changes.ts";
import { recordsWith } from "./attempt-records.ts";
import type { EndedAttempt } from "./claim.ts";
import { summaryOf } from "./rows.ts";

/** How an attempt that ended leaves its delivery, for its row. */
export function attemptedBy(
  sql: SqlStorage,
  { claimed, attempt, decision }: EndedAttempt,
  nowMs: number,
): Attempted {
  const isPending = decision.status === "pending";
  return {
    status: decision.status,
    attemptCount: attempt.number,
    completedAt: isPending ? null : nowMs,
    scheduleStart: isPending ? decision.scheduleStart : claimed.scheduleStart,
    nextAttemptAt: isPending ? decision.nextAttemptAt : null,
    lastAttempt: lastAttemptShape.write(summaryOf(attempt)),
    attempts: recordsWith(sql, claimed, attempt),
  };
}
