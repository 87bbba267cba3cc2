import type { Deadlines } from "../../deadlines.ts";
import type { LoggedEvent } from "../../domain/event.ts";
import type {
  ReplayJob,
  ReplaySelection,
  ReplayStep,
  ReplayStepAnswer,
} from "../../domain/replay-messages.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { Watch } from "../../domain/tail.ts";
import { foundWith } from "./replay-found.ts";
import type { JobRow } from "./replay-job-table.ts";
import {
  lookOn,
  type ReplayCandidatesOf,
  type ReplayLook,
  type ReplayLookPort,
  STEP_BYTES,
  startOf,
} from "./replay-selection.ts";
import { cursorShape, type Plan, planShape } from "./replay-shapes.ts";
import { LONGEST_REST_MS, WAIT_MS } from "./replay-turns.ts";

/** A job without a rate of its own still leaves room for attempts and for what is published meanwhile. */
const DEFAULT_RATE_PER_SECOND = 3000;

/** All jobs of a log without a rate of their own together. */
const SHARED_RATE_PER_SECOND = 2 * DEFAULT_RATE_PER_SECOND;

export interface ReplayStepPort extends ReplayLookPort {
  sql: SqlStorage;
  nowMs(): number;
  timers: Clock & Timers;
  deadlines: Deadlines;
  endpoint(endpointId: string): ReplayCandidatesOf & {
    replayStep(step: ReplayStep & { events: LoggedEvent[] }): Promise<ReplayStepAnswer>;
    endReplay(jobId: string): Promise<void>;
  };
  /** Tells that somebody watches an endpoint, if so. */
  watch(endpointId: string): { watch?: Watch };
  endpointId(number: number): string | null;
}

/** What a step needs of the jobs. */
interface Jobs {
  row(id: string): JobRow | undefined;
  selectionOf(row: JobRow): ReplaySelection;
  end(id: string, state: ReplayJob["state"], error: string | null): void;
  /** It makes no step before this, Unix milliseconds. */
  rest(id: string, untilMs: number): void;
}

/**
 * The steps of a replay job: it counts, then plans and enqueues. What a step sends is stored before it is sent, and an
 * endpoint takes a step only once.
 */
export class ReplaySteps {
  readonly #port: ReplayStepPort;
  readonly #jobs: Jobs;
  /** When there is room for jobs without a rate of their own, Unix milliseconds. */
  #roomAt = 0;

  constructor(port: ReplayStepPort, jobs: Jobs) {
    this.#port = port;
    this.#jobs = jobs;
  }

  /** One step: counts, or plans and enqueues. Returns the subrequests that it may have made. */
  async run(row: JobRow, endpointId: string): Promise<number> {
    const startedMs = this.#port.nowMs();
    const selection = this.#jobs.selectionOf(row);
    if (row.counted && row.plan !== null)
      return this.#enqueue(row, planShape.read(row.plan), undefined, endpointId, startedMs);
    const purpose = row.counted ? "enqueue" : "count";
    const endpoint = this.#port.endpoint(endpointId);
    const look = await lookOn(
      this.#port,
      endpoint,
      endpointId,
      selection,
      cursorShape.read(row.cursor),
      purpose,
    );
    if (purpose === "count") {
      this.#count(row, look, selection);
      return look.subrequests;
    }
    const plan: Plan = { positions: look.positions, next: look.isOver ? null : look.next };
    this.#port.sql.exec("UPDATE replay_jobs SET plan = ? WHERE id = ?", planShape.write(plan), row.id);
    return look.subrequests + (await this.#enqueue(row, plan, look.events, endpointId, startedMs));
  }

  #count(row: JobRow, look: ReplayLook, selection: ReplaySelection): void {
    this.#port.sql.exec(
      "UPDATE replay_jobs SET total = ?, counted = ?, cursor = ?, found = ? WHERE id = ?",
      (row.total ?? 0) + look.positions.length,
      look.isOver ? 1 : 0,
      cursorShape.write(look.isOver ? startOf(selection, look.next.toSequence) : look.next),
      row.dry_run ? foundWith(row.found, look.positions, row.endpoint) : null,
      row.id,
    );
    if (look.isOver && row.dry_run) this.#jobs.end(row.id, "done", null);
  }

  /**
   * Sends the first events of the plan; the same ones again where the answer to them was lost.
   * @param atHand the plan's events, where they were read already
   */
  async #enqueue(
    row: JobRow,
    plan: Plan,
    atHand: LoggedEvent[] | undefined,
    endpointId: string,
    startedMs: number,
  ): Promise<number> {
    const { nowMs, reader, sql } = this.#port;
    const { events, rest } = atHand
      ? { events: atHand, rest: [] }
      : await reader.some(plan.positions, STEP_BYTES);
    const subrequests = 1 + (atHand ? 0 : events.length + reader.logs);
    // It may have been canceled meanwhile.
    if (this.#jobs.row(row.id)?.state !== "running") return subrequests;
    const step = row.step + 1;
    let { done, not_before: notBefore } = row;
    if (events.length > 0) {
      const answer = await this.#port
        .endpoint(endpointId)
        .replayStep({ jobId: row.id, step, events, ...this.#port.watch(endpointId) });
      if (answer.outcome === "full") {
        this.#jobs.rest(row.id, nowMs() + WAIT_MS);
        return subrequests;
      }
      if (answer.outcome !== "enqueued") {
        this.#jobs.end(row.id, "failed", `the endpoint is ${answer.outcome}`);
        return subrequests;
      }
      done = answer.done;
      notBefore = this.#nextAt(this.#jobs.selectionOf(row), events.length, startedMs);
    }
    const isPlanDone = rest.length === 0;
    // What was pending as it was counted, and has ended since, is taken too.
    sql.exec(
      `UPDATE replay_jobs SET done = ?, total = max(total, ?), step = ?, not_before = ?, plan = ?,
         cursor = coalesce(?, cursor) WHERE id = ?`,
      ...[done, done, step, notBefore],
      isPlanDone ? null : planShape.write({ ...plan, positions: rest }),
      isPlanDone && plan.next ? cursorShape.write(plan.next) : null,
      row.id,
    );
    if (isPlanDone && plan.next === null && this.#jobs.row(row.id)?.state === "running") {
      this.#jobs.end(row.id, "done", null);
    }
    return subrequests;
  }

  /** When a job's rate allows the next events after a step, Unix milliseconds. What the step took counts. */
  #nextAt({ ratePerSecond }: ReplaySelection, events: number, startedMs: number): number {
    const takesMs = (events / (ratePerSecond ?? DEFAULT_RATE_PER_SECOND)) * 1000;
    const nextAt = Math.ceil(startedMs + Math.min(takesMs, LONGEST_REST_MS));
    if (ratePerSecond !== undefined) return nextAt;
    this.#roomAt = Math.max(this.#roomAt, startedMs) + (events / SHARED_RATE_PER_SECOND) * 1000;
    return Math.max(nextAt, Math.ceil(this.#roomAt));
  }
}
