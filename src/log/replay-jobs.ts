import type { LoggedEvent } from "../domain/event.ts";
import { newId } from "../domain/ids.ts";
import { InvocationBudget } from "../domain/invocation-budget.ts";
import type { ReplayJob, ReplaySelection, ReplayStepAnswer } from "../domain/messages.ts";
import { logLine } from "../service-log.ts";
import {
  lookOn,
  type ReplayCandidatesOf,
  type ReplayCursor,
  type ReplayLookPort,
  startOf,
} from "./replay-selection.ts";

/** The events of one step, bytes: far below what an RPC takes. */
const STEP_BYTES = 4 * 1024 * 1024;

/** A job without a rate of its own still leaves room for attempts and for what is published meanwhile. */
const DEFAULT_RATE_PER_SECOND = 3000;

/** How long a job waits for an endpoint that has as much pending as it may, or that does not answer. */
const WAIT_MS = 2000;

/** What a step may need beside its events, each of which may need a read of its own. */
const SUBREQUESTS_PER_STEP = 8;

/** Jobs of one log that run at once; further ones wait for their turn. */
const JOBS_AT_ONCE = 2;

/** Jobs kept on record per endpoint. */
const JOBS_KEPT = 200;

interface JobRow extends Record<string, SqlStorageValue> {
  id: string;
  endpoint: number;
  state: ReplayJob["state"];
  selection: string;
  total: number | null;
  done: number;
  counted: number;
  cursor: string;
  /** A `Plan`; null = it looks on next. */
  plan: string | null;
  step: number;
  error: string | null;
  created_at: number;
}

/** What a look found and is not enqueued yet. Stored before the first of it is sent, so that a crash changes nothing of it. */
interface Plan {
  /** Log positions, ascending. */
  positions: number[];
  /** Where to look on when it is done; null = nowhere, that was all. */
  next: ReplayCursor | null;
}

/** What a step did. */
interface Step {
  events: number;
  /** From its start to the start of the next one at the earliest: how a job keeps to its rate. */
  takesMs: number;
}

export interface ReplayPort extends ReplayLookPort {
  sql: SqlStorage;
  now(): number;
  endpoint(endpointId: string): ReplayCandidatesOf & {
    replayStep(step: { jobId: string; step: number; events: LoggedEvent[] }): Promise<ReplayStepAnswer>;
    endReplay(jobId: string): Promise<void>;
  };
  endpointId(number: number): string | null;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(time: number): void;
}

/**
 * Replay jobs of a log's endpoints. A job first counts, then plans and enqueues, in steps. What a step sends is
 * stored before it is sent, and an endpoint takes a step only once, so that a crash neither repeats nor skips any.
 */
export class ReplayJobs {
  readonly #port: ReplayPort;
  readonly #running = new Map<string, Promise<void>>();

  constructor(port: ReplayPort) {
    this.#port = port;
  }

  /** Starts a job for the endpoint with this number. */
  create(endpointNumber: number, selection: ReplaySelection): ReplayJob {
    const { sql, now } = this.#port;
    const id = newId("rpl", now());
    const cursor = startOf(selection);
    sql.exec(
      `INSERT INTO replay_jobs (id, endpoint, state, selection, done, counted, cursor, step, created_at)
       VALUES (?, ?, 'running', ?, 0, 0, ?, 0, ?)`,
      id,
      endpointNumber,
      JSON.stringify(selection),
      JSON.stringify(cursor),
      now(),
    );
    sql.exec(
      `DELETE FROM replay_jobs WHERE id IN (SELECT id FROM replay_jobs WHERE endpoint = ? AND state <> 'running'
         ORDER BY id DESC LIMIT -1 OFFSET ?)`,
      endpointNumber,
      JOBS_KEPT,
    );
    this.#port.wakeBy(now() + WAIT_MS);
    this.run();
    return this.#toJob(this.#row(id));
  }

  /** A job of an endpoint; null if there is none such. */
  find(endpointNumber: number, id: string): ReplayJob | null {
    const row = this.#port.sql.exec<JobRow>("SELECT * FROM replay_jobs WHERE id = ?", id).toArray()[0];
    return row?.endpoint === endpointNumber ? this.#toJob(row) : null;
  }

  /** An endpoint's jobs, newest first; `before` = the id before which the page starts. */
  list(endpointNumber: number, before: string | undefined, limit: number): ReplayJob[] {
    const rows = this.#port.sql.exec<JobRow>(
      "SELECT * FROM replay_jobs WHERE endpoint = ? AND id < ? ORDER BY id DESC LIMIT ?",
      endpointNumber,
      before ?? "rpl_~",
      limit,
    );
    return rows.toArray().map((row) => this.#toJob(row));
  }

  /** Stops a job before its next step; one that ended stays as it is. */
  cancel(endpointNumber: number, id: string): ReplayJob | null {
    const job = this.find(endpointNumber, id);
    if (job?.state === "running") this.#end(id, "canceled", null);
    return this.find(endpointNumber, id);
  }

  /** Ends the jobs of an endpoint that is deleted. */
  drop(endpointNumber: number): void {
    this.#port.sql.exec("DELETE FROM replay_jobs WHERE endpoint = ?", endpointNumber);
  }

  /** Goes on with every job that runs. */
  run(): void {
    for (const { id } of this.#port.sql
      .exec<{ id: string }>("SELECT id FROM replay_jobs WHERE state = 'running' ORDER BY id")
      .toArray()) {
      if (this.#running.size >= JOBS_AT_ONCE) return;
      if (this.#running.has(id)) continue;
      const done = this.#run(id)
        .catch((error) => {
          logLine("warn", "a replay job waits", { job: id, error });
          this.#port.wakeBy(this.#port.now() + WAIT_MS);
        })
        .finally(() => {
          this.#running.delete(id);
          // The next one in turn; this one goes on from an alarm, if it is not done.
          if (this.#row(id)?.state !== "running") this.run();
        });
      this.#running.set(id, done);
    }
  }

  /** When a job that runs wants to be looked at again, Unix milliseconds; null = none runs. */
  nextDueAt(): number | null {
    const { running } = this.#port.sql
      .exec<{ running: number }>(
        "SELECT EXISTS (SELECT 1 FROM replay_jobs WHERE state = 'running') AS running",
      )
      .one();
    return running ? this.#port.now() + WAIT_MS : null;
  }

  async #run(id: string): Promise<void> {
    const budget = new InvocationBudget();
    budget.renew(this.#port.now());
    for (let row = this.#row(id); row?.state === "running"; row = this.#row(id)) {
      const startedAt = this.#port.now();
      if (budget.isSpent(startedAt)) {
        this.#port.wakeBy(startedAt);
        return;
      }
      const endpointId = this.#port.endpointId(row.endpoint);
      if (endpointId === null) return this.#end(id, "failed", "the endpoint was deleted");
      const step = await this.#step(row, endpointId);
      if (step === null) return;
      budget.spend(SUBREQUESTS_PER_STEP + step.events);
      // Also where nothing is to be waited for: requests and other work get their turn between two steps.
      const waitMs = Math.max(0, startedAt + step.takesMs - this.#port.now());
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** One step: counts, or plans and enqueues. null = the job ended. */
  async #step(row: JobRow, endpointId: string): Promise<Step | null> {
    const selection: ReplaySelection = JSON.parse(row.selection);
    if (!row.counted) return this.#count(row, selection, endpointId);
    const { plan, events } =
      row.plan === null
        ? await this.#plan(row, selection, endpointId)
        : { plan: JSON.parse(row.plan) as Plan, events: undefined };
    return this.#enqueue(row, plan, events, selection, endpointId);
  }

  async #count(row: JobRow, selection: ReplaySelection, endpointId: string): Promise<Step> {
    const look = await this.#look(row, selection, endpointId, "count");
    this.#port.sql.exec(
      "UPDATE replay_jobs SET total = ?, counted = ?, cursor = ? WHERE id = ?",
      (row.total ?? 0) + look.positions.length,
      look.isOver ? 1 : 0,
      JSON.stringify(look.isOver ? startOf(selection, look.next.toSequence) : look.next),
      row.id,
    );
    return { events: look.positions.length, takesMs: 0 };
  }

  /** Stores what is enqueued next; `events` = those of it, where they are at hand. */
  async #plan(row: JobRow, selection: ReplaySelection, endpointId: string) {
    const look = await this.#look(row, selection, endpointId, "enqueue");
    const plan: Plan = { positions: look.positions, next: look.isOver ? null : look.next };
    this.#port.sql.exec("UPDATE replay_jobs SET plan = ? WHERE id = ?", JSON.stringify(plan), row.id);
    return { plan, events: look.events };
  }

  #look(row: JobRow, selection: ReplaySelection, endpointId: string, purpose: "count" | "enqueue") {
    const endpoint = this.#port.endpoint(endpointId);
    return lookOn(this.#port, endpoint, row.endpoint, selection, JSON.parse(row.cursor), purpose);
  }

  /** Sends the first events of the plan; the same ones again where the answer to them was lost. */
  async #enqueue(
    row: JobRow,
    plan: Plan,
    atHand: LoggedEvent[] | undefined,
    { ratePerSecond }: ReplaySelection,
    endpointId: string,
  ): Promise<Step | null> {
    const { events, rest } = atHand
      ? { events: atHand, rest: [] }
      : await this.#port.reader.some(plan.positions, STEP_BYTES);
    // It may have been canceled while its events were read.
    if (this.#row(row.id)?.state !== "running") return null;
    const step = row.step + 1;
    let { done } = row;
    if (events.length > 0) {
      const answer = await this.#port.endpoint(endpointId).replayStep({ jobId: row.id, step, events });
      if (answer.outcome === "full") return { events: events.length, takesMs: WAIT_MS };
      if (answer.outcome !== "enqueued") {
        this.#end(row.id, "failed", `the endpoint is ${answer.outcome}`);
        return null;
      }
      done = answer.done;
    }
    const isPlanDone = rest.length === 0;
    this.#port.sql.exec(
      "UPDATE replay_jobs SET done = ?, step = ?, plan = ?, cursor = coalesce(?, cursor) WHERE id = ?",
      done,
      step,
      isPlanDone ? null : JSON.stringify({ ...plan, positions: rest }),
      isPlanDone && plan.next ? JSON.stringify(plan.next) : null,
      row.id,
    );
    if (isPlanDone && plan.next === null && this.#row(row.id)?.state === "running") {
      this.#end(row.id, "done", null);
    }
    return {
      events: events.length,
      takesMs: Math.ceil((events.length / (ratePerSecond ?? DEFAULT_RATE_PER_SECOND)) * 1000),
    };
  }

  #end(id: string, state: ReplayJob["state"], error: string | null): void {
    const row = this.#row(id);
    this.#port.sql.exec("UPDATE replay_jobs SET state = ?, error = ? WHERE id = ?", state, error, id);
    const endpointId = row && this.#port.endpointId(row.endpoint);
    if (endpointId)
      this.#port
        .endpoint(endpointId)
        .endReplay(id)
        .catch(() => {});
  }

  #row(id: string): JobRow {
    return this.#port.sql.exec<JobRow>("SELECT * FROM replay_jobs WHERE id = ?", id).toArray()[0] as JobRow;
  }

  #toJob(row: JobRow): ReplayJob {
    return {
      id: row.id,
      endpointId: this.#port.endpointId(row.endpoint) ?? "",
      state: row.state,
      selection: JSON.parse(row.selection),
      total: row.counted ? row.total : null,
      done: row.done,
      createdAt: row.created_at,
      error: row.error,
    };
  }
}
