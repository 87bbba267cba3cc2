import { lastAttemptShape } from "../../domain/delivery-shapes.ts";
import type { AttemptRecords } from "../record/attempt-records.ts";
import type { EndedAttempt, Held } from "../record/claim.ts";
import { type AttemptedOnce, insertDelivery } from "../record/insert.ts";
import { summaryOf } from "../record/rows.ts";
import type { RunSums, Runs } from "../record/runs.ts";
import { isMarked } from "../record/totals.ts";

/** How deliveries that were in memory alone are stored. */
export class HeldStore {
  readonly #sql: SqlStorage;
  readonly #records: AttemptRecords;
  readonly #runs: Runs;

  constructor(sql: SqlStorage, records: AttemptRecords, runs: Runs) {
    this.#sql = sql;
    this.#records = records;
    this.#runs = runs;
  }

  /**
   * Stores deliveries of rising sequence: those that their first attempt delivered as a run, the rest as rows, with their events
   * while they are pending. Part of the caller's transaction.
   */
  store(held: readonly Held[], nowMs: number, sums: RunSums): void {
    const run: Held[] = [];
    for (const one of held) {
      if (one.ended !== null && isMarked(one.ended)) run.push(one);
      else this.#insert(one, nowMs, sums);
    }
    this.#runs.insert(run, nowMs, sums);
  }

  #insert(held: Held, nowMs: number, { log, replaysTotal }: RunSums): void {
    const delivery = { ...held, log, logPosition: held.event.position, replayOf: null, replaysTotal };
    insertDelivery(this.#sql, delivery, held.ended === null ? undefined : this.#attempted(held.ended, nowMs));
  }

  #attempted({ claimed, attempt, decision }: EndedAttempt, nowMs: number): AttemptedOnce {
    const isPending = decision.status === "pending";
    return {
      status: decision.status,
      completedAt: isPending ? null : nowMs,
      scheduleStart: isPending ? decision.scheduleStart : claimed.scheduleStart,
      nextAttemptAt: isPending ? decision.nextAttemptAt : null,
      lastAttempt: lastAttemptShape.write(summaryOf(attempt)),
      attempts: this.#records.with(claimed, attempt),
    };
  }
}
