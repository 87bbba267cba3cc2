import type { DeliveryPolicy } from "../domain/endpoint.ts";
import { retryDueAt } from "../domain/retry.ts";
import { typeMatches } from "../domain/subscription.ts";
import { readMeta, writeMeta } from "../storage/schema.ts";
import type { DeliveryQueue } from "./queue.ts";
import type { PendingRow } from "./rows.ts";

/** Rows that one step looks at: a step is one transaction and must not hold up the thread. */
const ROWS_PER_STEP = 1000;

/** A change of many pending deliveries, done in steps that survive a restart. */
export type Sweep =
  /** Cancels those made before a time, of types that match one of some patterns; absent = all. */
  | { action: "cancel"; types?: string[]; before?: number }
  /** Makes those that wait for a retry due now. */
  | { action: "retry" }
  /** Gives those that wait for a retry the time that the present policy has for it. */
  | { action: "retime" };

type Progress = Sweep & {
  from: number;
  /** Deliveries made after the sweep was asked for are not its business. */
  to: number;
};

export interface SweepPort {
  sql: SqlStorage;
  queue: DeliveryQueue;
  policy(): DeliveryPolicy;
  random(): number;
}

/** The sweeps of an endpoint, one after the other. */
export class Sweeps {
  readonly #port: SweepPort;
  #waiting: Progress[];

  constructor(port: SweepPort) {
    this.#port = port;
    this.#waiting = JSON.parse(readMeta<string>(port.sql, "sweeps") ?? "[]");
  }

  get isDone(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether deliveries wait to be canceled: none may be attempted meanwhile. */
  get isCanceling(): boolean {
    return this.#waiting.some(({ action }) => action === "cancel");
  }

  /** Adds a sweep over what is pending now; part of the caller's transaction. */
  add(sweep: Sweep): void {
    const first = this.#port.queue.lowestPending();
    if (!first) return;
    this.#waiting.push({ ...sweep, from: first.sequence, to: this.#port.queue.lastSequence });
    this.#store();
  }

  /** One step of the first sweep; part of the caller's transaction. Returns how many it canceled. */
  step(now: number): number {
    const sweep = this.#waiting[0];
    if (!sweep) return 0;
    const { queue } = this.#port;
    const { rows, next } = queue.scan(sweep.from, ROWS_PER_STEP);
    let canceled = 0;
    for (const row of rows) {
      if (row.sequence <= sweep.to && this.#apply(sweep, row, now)) canceled++;
    }
    if (next === null || next > sweep.to) {
      this.#waiting.shift();
      // What it canceled needs not be passed again by the next life.
      if (sweep.action === "cancel") queue.storeCursor();
    } else {
      sweep.from = next;
    }
    this.#store();
    return canceled;
  }

  /** Whether it canceled the delivery. */
  #apply(sweep: Sweep, row: PendingRow, now: number): boolean {
    const { queue } = this.#port;
    if (sweep.action === "cancel") {
      if (sweep.types && !sweep.types.some((pattern) => typeMatches(pattern, row.event_type))) return false;
      if (sweep.before !== undefined && row.created_at >= sweep.before) return false;
      queue.close(row, "canceled", now);
      return true;
    }
    if (row.next_attempt_at === null || queue.isInFlight(row.sequence)) return false;
    if (sweep.action === "retime") queue.setDue(row.sequence, this.#dueAt(row, now));
    else if (row.next_attempt_at > now) queue.setDue(row.sequence, now);
    return false;
  }

  /** When the present policy retries it; where that has no delay left, one more attempt now decides. */
  #dueAt(row: PendingRow, now: number): number {
    const { ended } = this.#port.sql
      .exec<{ ended: number | null }>(
        `SELECT json_extract(attempts, '$[#-1].startedAt') + json_extract(attempts, '$[#-1].durationMs') AS ended
         FROM deliveries WHERE sequence = ?`,
        row.sequence,
      )
      .one();
    const failed = row.attempt_count - row.schedule_start;
    return retryDueAt(this.#port.policy(), failed, ended ?? now, this.#port.random()) ?? now;
  }

  #store(): void {
    if (this.isDone) this.#port.sql.exec("DELETE FROM meta WHERE key = 'sweeps'");
    else writeMeta(this.#port.sql, "sweeps", JSON.stringify(this.#waiting));
  }
}
