import { attemptedBy } from "../record/attempted.ts";
import type { EndedAttempt, Held } from "../record/claim.ts";
import type { RunSums, Runs } from "../record/runs.ts";
import { isMarked } from "../record/totals.ts";
import { insertDelivery, recordAttempt, recordAttemptOfCanceled } from "../tables/delivery-changes.ts";

/**
 * Stores deliveries of rising sequence that were in memory alone: those that their first attempt delivered as a run, the rest as
 * rows, with their events while they are pending. Part of the caller's transaction.
 */
export function storeHeld(
  sql: SqlStorage,
  runs: Runs,
  held: readonly Held[],
  nowMs: number,
  sums: RunSums,
): void {
  const run: Held[] = [];
  for (const one of held) {
    if (one.ended !== null && isMarked(one.ended)) run.push(one);
    else insertHeld(sql, one, nowMs, sums);
  }
  runs.insert(run, nowMs, sums);
}

function insertHeld(sql: SqlStorage, held: Held, nowMs: number, { log, replaysTotal }: RunSums): void {
  const delivery = { ...held, log, logPosition: held.event.position, replayOf: null, replaysTotal };
  insertDelivery(sql, delivery, held.ended === null ? undefined : attemptedBy(sql, held.ended, nowMs));
}

/**
 * Records attempts that ended, of deliveries that have rows. Part of the caller's transaction.
 * @param epoch what those are marked with that are counted by their own row, see totals.ts
 */
export function recordEnded(
  sql: SqlStorage,
  ended: readonly EndedAttempt[],
  nowMs: number,
  epoch: number,
): void {
  for (const one of ended) {
    const attempted = attemptedBy(sql, one, nowMs);
    const { isCanceled, sequence } = one.claimed;
    if (isCanceled) recordAttemptOfCanceled(sql, sequence, attempted);
    else recordAttempt(sql, sequence, attempted, isMarked(one) ? epoch : null);
  }
}
