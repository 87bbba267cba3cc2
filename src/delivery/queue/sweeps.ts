import type { DeliveryPolicy } from "../../contract/policy.ts";
import type { Attempt } from "../../domain/delivery.ts";
import type { SweepReport } from "../../domain/messages.ts";
import { orderBy } from "../../domain/order.ts";
import { retryDueAt } from "../../domain/retry.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import { forgetMeta, readStored, writeStored } from "../../storage/schema.ts";
import { lastAttemptTimes } from "../tables/deliveries.ts";
import type { PendingRow } from "../tables/delivery-row.ts";
import { pendingFrom } from "../tables/pending-deliveries.ts";
import { waitsUntil } from "../tables/waiting-time.ts";
import type { DeliveryQueue } from "./queue.ts";
import { reorder } from "./reorder.ts";
import type { WaitingHead } from "./stored-keys.ts";
import { endedSweepsShape, type Progress, type Sweep, sweepsShape } from "./stored-sweeps.ts";

/** Rows that one step looks at, and of those what is pending: a step is one transaction, and to change one takes up to 0.1 ms of the thread. */
const ROWS_PER_STEP = 1000;
const PENDING_PER_STEP = 100;

/** What one step reads of attempts' records, bytes: those of one delivery may be half a megabyte. */
const BYTES_PER_STEP = 1024 ** 2;

/** Sweeps that were asked for and may wait at once: each passes all that is pending. */
const MAX_WAITING = 20;

/** Sweeps that ended, kept on record. */
const ENDED_KEPT = 50;

export interface SweepPort {
  sql: SqlStorage;
  queue: DeliveryQueue;
  /** Whether a delivery is out with somebody who fetched it: it is due when its lease ends, and no earlier. */
  isLeased(sequence: number): boolean;
  policy(): DeliveryPolicy;
  random(): number;
}

/** The sweeps of an endpoint, one after the other. */
export class Sweeps {
  readonly #port: SweepPort;
  #waiting: Progress[];
  /** What the present step read of attempts' records, bytes. */
  #bytesRead = 0;

  constructor(port: SweepPort) {
    this.#port = port;
    this.#waiting = readStored(port.sql, "sweeps", sweepsShape) ?? [];
    for (const sweep of this.#waiting) this.#withhold(sweep);
  }

  get isDone(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether deliveries wait to be canceled: none may be attempted meanwhile, but where it is those of a key. */
  get isCanceling(): boolean {
    return this.#waiting.some((sweep) => sweep.action === "cancel" && sweep.key === undefined);
  }

  /** Whether deliveries wait for their keys: none may be attempted meanwhile, and what comes gets its key with them. */
  get isReordering(): boolean {
    return this.#waiting.some(({ action }) => action === "reorder");
  }

  /** Has nothing of a key attempted while it is being canceled. */
  #withhold(sweep: Sweep): void {
    if (sweep.action === "cancel" && sweep.key !== undefined) this.#port.queue.keys.withhold(sweep.key);
  }

  /** Whether as many wait as may be asked for at once. */
  get isFull(): boolean {
    return this.#waiting.filter(({ report }) => report !== undefined).length >= MAX_WAITING;
  }

  /** Adds a sweep over what is pending now; part of the caller's transaction. */
  add(sweep: Sweep, report?: SweepReport): void {
    const first = this.#port.queue.lowestPending();
    if (first) {
      const reported = report === undefined ? {} : { report };
      // What comes while keys are given gets none before.
      const isOfAll = sweep.action === "reorder" || sweep.action === "retryHeads";
      const to = isOfAll ? Number.MAX_SAFE_INTEGER : this.#port.queue.lastSequence;
      // All first ones of keys are looked at that wait for a later time than the sweep's.
      const from = sweep.action === "retryHeads" ? to : first.sequence;
      const progress: Progress = { ...sweep, ...reported, from, to };
      const superseded = this.#superseded(sweep);
      if (superseded === -1) this.#waiting.push(progress);
      else this.#waiting[superseded] = progress;
      this.#withhold(sweep);
      this.#store();
    } else if (report) {
      this.#end(report);
    }
  }

  /**
   * The place of a sweep that need not be done if this one is, which begins anew in its place: somebody changes the order again and again,
   * and each sweep passes all that is pending. −1 = there is none. One that is asked for is done, and those before it, which
   * say what it finds. First ones are retried behind new keys, and behind new times, which would put them off again.
   */
  #superseded({ action }: Sweep): number {
    const isBarrier = (sweep: Progress) =>
      sweep.report !== undefined || (action === "retryHeads" && sweep.action !== "retryHeads");
    const from = this.#waiting.findLastIndex(isBarrier) + 1;
    return this.#waiting.findIndex((sweep, place) => place >= from && sweep.action === action);
  }

  /** A sweep that was asked for, under way or ended; null if there is none such on record. */
  find(id: string): SweepReport | null {
    const waiting = this.#waiting.find(({ report }) => report?.id === id)?.report;
    return waiting ?? this.#ended().find((report) => report.id === id) ?? null;
  }

  /** One step of the first sweep; part of the caller's transaction. Returns how many it canceled. */
  step(nowMs: number): number {
    const sweep = this.#waiting[0];
    if (!sweep) return 0;
    const { queue, sql } = this.#port;
    this.#bytesRead = 0;
    if (sweep.action === "reorder") {
      this.#goOn(sweep, this.#reorder(sweep.from, nowMs));
      return 0;
    }
    if (sweep.action === "retryHeads") {
      this.#goOn(sweep, this.#retryHeads(sweep, nowMs));
      return 0;
    }
    const key = sweep.action === "retime" ? undefined : sweep.key;
    const { rows, next: nextAfterRows } =
      key === undefined
        ? pendingFrom(sql, sweep.from, { mostRows: ROWS_PER_STEP, most: PENDING_PER_STEP })
        : queue.storedKeys.scan(key, sweep.from, PENDING_PER_STEP);
    let next = nextAfterRows;
    let matched = 0;
    let changed = 0;
    for (const row of rows) {
      if (row.sequence > sweep.to || !isMatched(sweep, row)) continue;
      matched++;
      if (this.#apply(sweep, row, nowMs)) changed++;
      if (this.#hasReadEnough) {
        next = row.sequence + 1;
        break;
      }
    }
    if (sweep.report) {
      sweep.report.matched += matched;
      sweep.report.changed += changed;
    }
    this.#goOn(sweep, next);
    return sweep.action === "cancel" ? changed : 0;
  }

  /** Goes on from a sequence with the next step; null = it has ended. */
  #goOn(sweep: Progress, next: number | null): void {
    const { queue } = this.#port;
    if (next === null || next > sweep.to) {
      this.#waiting.shift();
      if (sweep.report) this.#end(sweep.report);
      if (sweep.action === "cancel" && sweep.key !== undefined) queue.keys.release(sweep.key);
      // What it passed needs not be passed again by the next life.
      if (sweep.action === "cancel" || sweep.action === "reorder") queue.storeCursor();
    } else {
      sweep.from = next;
    }
    this.#store();
  }

  /** Where the order is by key no more, they keep what they have. */
  #reorder(from: number, nowMs: number): number | null {
    const { policy, queue, sql } = this.#port;
    const by = orderBy(policy().order);
    return by === null
      ? null
      : reorder(sql, queue, { from, mostRows: ROWS_PER_STEP, most: PENDING_PER_STEP, by, nowMs });
  }

  /** Looks at no more than the first ones of keys, however much waits behind them. */
  #retryHeads(sweep: Progress & { action: "retryHeads" }, nowMs: number): number | null {
    const { queue } = this.#port;
    const heads = queue.storedKeys.dueAfter(
      { dueAt: sweep.passed ?? sweep.at, sequence: sweep.from },
      PENDING_PER_STEP,
    );
    let last: WaitingHead | undefined;
    for (const head of heads) {
      last = head;
      const row = queue.pending(head.sequence);
      // One that failed again since waits for the time that it got then.
      if (row !== null && this.#isLater(row, nowMs) && !this.#wasAttemptedSince(row.sequence, sweep.at))
        queue.setDue(row.sequence, nowMs);
      if (this.#hasReadEnough) break;
    }
    if (last === undefined || (heads.length < PENDING_PER_STEP && !this.#hasReadEnough)) return null;
    sweep.passed = last.dueAt;
    return last.sequence;
  }

  get #hasReadEnough(): boolean {
    return this.#bytesRead >= BYTES_PER_STEP;
  }

  #wasAttemptedSince(sequence: number, sinceMs: number): boolean {
    const last = this.#lastAttempt(sequence);
    return last !== null && last.startedAt >= sinceMs;
  }

  /** When a delivery's last attempt took place; null = none is on record. All records of it are read for that. */
  #lastAttempt(sequence: number): Pick<Attempt, "startedAt" | "durationMs"> | null {
    const { startedAt, durationMs, bytes } = lastAttemptTimes(this.#port.sql, sequence);
    this.#bytesRead += bytes ?? 0;
    return startedAt === null || durationMs === null ? null : { startedAt, durationMs };
  }

  /** Whether it changed the delivery. */
  #apply({ action }: Sweep, row: PendingRow, nowMs: number): boolean {
    const { queue } = this.#port;
    if (action === "cancel") {
      queue.close(row, "canceled", nowMs);
      return true;
    }
    const mayMove = action === "retry" ? this.#isLater(row, nowMs) : this.#waits(row);
    if (mayMove) queue.setDue(row.sequence, action === "retry" ? nowMs : this.#dueAt(row, nowMs));
    return mayMove;
  }

  /** Whether a delivery waits for its retry. What was never attempted is due, and what is out with somebody waits for nothing. */
  #waits(row: PendingRow): boolean {
    const isOut = this.#port.queue.isInFlight(row.sequence) || this.#port.isLeased(row.sequence);
    return waitsUntil(row) !== null && !isOut;
  }

  /** Whether it waits for a retry that is not due yet. */
  #isLater(row: PendingRow, nowMs: number): boolean {
    return this.#waits(row) && (waitsUntil(row) ?? 0) > nowMs;
  }

  /** When the present policy retries it; where that has no delay left, one more attempt now decides. */
  #dueAt(row: PendingRow, nowMs: number): number {
    const last = this.#lastAttempt(row.sequence);
    const endedAt = last === null ? nowMs : last.startedAt + last.durationMs;
    const failed = row.attempt_count - row.schedule_start;
    return retryDueAt(this.#port.policy(), failed, endedAt, this.#port.random()) ?? nowMs;
  }

  #end(report: SweepReport): void {
    const ended = [...this.#ended(), { ...report, state: "done" as const }].slice(-ENDED_KEPT);
    writeStored(this.#port.sql, "ended_sweeps", endedSweepsShape, ended);
  }

  #ended(): SweepReport[] {
    return readStored(this.#port.sql, "ended_sweeps", endedSweepsShape) ?? [];
  }

  #store(): void {
    if (this.isDone) forgetMeta(this.#port.sql, "sweeps");
    else writeStored(this.#port.sql, "sweeps", sweepsShape, this.#waiting);
  }
}

function isMatched(sweep: Sweep, row: PendingRow): boolean {
  if (sweep.action !== "cancel") return true;
  if (sweep.types && !sweep.types.some((pattern) => typeMatches(pattern, row.event_type))) return false;
  return sweep.before === undefined || row.created_at < sweep.before;
}
