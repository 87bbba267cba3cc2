import { acceptedAt, newId } from "../../domain/ids.ts";
import type { ReplayJob, ReplayPreview, ReplaySelection } from "../../domain/replay-messages.ts";
import { type Chance, pause } from "../../domain/surroundings.ts";
import { answeredCalls } from "./answered-calls.ts";
import { Endings } from "./endings.ts";
import { ReplayBatches } from "./replay-batches.ts";
import { previewOf } from "./replay-found.ts";
import { type JobRow, ReplayJobTable } from "./replay-job-table.ts";
import { startOf } from "./replay-selection.ts";
import { selectionShape } from "./replay-shapes.ts";
import { type ReplayStepPort, ReplaySteps } from "./replay-steps.ts";
import { ReplayTurns, WAIT_MS } from "./replay-turns.ts";

export interface ReplayPort extends ReplayStepPort {
  chance: Chance;
  /** Null = the log has no such endpoint. */
  numberOf(endpointId: string): number | null;
  /** See `ReplayBatchesPort`. */
  nextEndpoint(after: number, upTo: number): { number: number; isEnabled: boolean } | null;
  lastNumber(): number;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(atMs: number): void;
}

/** What a job is, beside what it takes. */
interface NewReplay {
  /** The batch that it is one of; absent or null = it was asked for alone. */
  id?: string | null;
  isDryRun: boolean;
  /** See `REPLAY_STARTERS_SCHEMA`. */
  startedBy?: string | null;
}

/**
 * Replay jobs of a log's endpoints. A job first counts, then plans and enqueues, in steps. What a step sends is
 * stored before it is sent, and an endpoint takes a step only once, so that a crash neither repeats nor skips any.
 */
export class ReplayJobs {
  readonly #port: ReplayPort;
  readonly #table: ReplayJobTable;
  readonly #steps: ReplaySteps;
  readonly #turns: ReplayTurns;
  /** Told once a job has ended. */
  readonly #endings: Endings;

  /** Replays over several endpoints, whose jobs are among these. */
  readonly batches: ReplayBatches;

  constructor(given: ReplayPort) {
    const port = { ...given, ...answeredCalls(given, given.deadlines) };
    this.#port = port;
    this.#endings = new Endings(port.deadlines);
    this.#table = new ReplayJobTable(port.sql);
    const { sql, nowMs, timers, deadlines, chance, endpointId, nextEndpoint, lastNumber, wakeBy } = port;
    this.#steps = new ReplaySteps(port, {
      row: (id) => this.#row(id),
      selectionOf: (row) => this.#selectionOf(row),
      end: (id, state, error) => this.#end(id, state, error),
      rest: (id, untilMs) => this.#turns.rest(id, untilMs),
    });
    this.#turns = new ReplayTurns({
      ...{ nowMs, timers, wakeBy },
      running: () => this.#table.running(),
      step: (id) => this.#step(id),
    });
    this.batches = new ReplayBatches({
      ...{ sql, nowMs, deadlines, chance, endpointId, nextEndpoint, lastNumber, wakeBy },
      startJob: (number, batch) => this.create(number, batch.selection, batch),
      cancelJob: (id) => this.#end(id, "canceled", null),
    });
  }

  /** Starts a job for the endpoint with this number; one of a batch has its selection from there. */
  create(
    endpointNumber: number,
    selection: ReplaySelection,
    { id: batchId = null, isDryRun, startedBy = null }: NewReplay = { isDryRun: false },
  ): ReplayJob {
    const { nowMs, chance } = this.#port;
    const id = newId("rpl", nowMs(), chance);
    const cursor = startOf(selection);
    this.#table.insert({
      id,
      endpoint: endpointNumber,
      selection,
      cursor,
      batchId,
      isDryRun,
      startedBy,
      nowMs: nowMs(),
    });
    this.#port.wakeBy(nowMs() + WAIT_MS);
    this.#turns.goOn();
    return this.#toJob(this.#row(id) as JobRow);
  }

  /** A job of an endpoint; null if there is none such. */
  find(endpointId: string, id: string): ReplayJob | null {
    const row = this.#row(id);
    return row && this.#port.endpointId(row.endpoint) === endpointId ? this.#toJob(row) : null;
  }

  /** What a replay or a job that only counts has found so far; null = it is none such. */
  async preview(id: string): Promise<ReplayPreview | null> {
    const batch = this.batches.find(id);
    const row = this.#row(id);
    if (!(batch?.isDryRun || row?.dry_run)) return null;
    const found = batch ? this.batches.found(id) : (row?.found ?? null);
    return previewOf(this.#port.reader, found, (number) => this.#port.endpointId(number), acceptedAt);
  }

  /** Waits until a job has ended, or for a time in milliseconds. */
  async awaitEnd(id: string, withinMs: number): Promise<void> {
    if (this.#row(id)?.state !== "running") return;
    await this.#endings.wait(id, withinMs);
  }

  /** An endpoint's jobs, newest first, but those that only count; `before` = the id before which the page starts. */
  list(endpointId: string, before: string | undefined, limit: number): ReplayJob[] {
    const number = this.#port.numberOf(endpointId);
    if (number === null) return [];
    return this.#table.ofEndpoint(number, before, limit).map((row) => this.#toJob(row));
  }

  /** The jobs of a replay over several endpoints that had something to take, newest first. */
  listOfBatch(batchId: string, before: string | undefined, limit: number): ReplayJob[] {
    return this.#table.ofBatch(batchId, before, limit).map((row) => this.#toJob(row));
  }

  /** Stops a job before its next step; one that ended stays as it is. */
  cancel(endpointId: string, id: string): ReplayJob | null {
    const job = this.find(endpointId, id);
    if (job?.state === "running") this.#end(id, "canceled", null);
    return this.find(endpointId, id);
  }

  /** Ends the jobs of an endpoint that is deleted. */
  drop(endpointNumber: number): void {
    this.#port.sql.exec("DELETE FROM replay_jobs WHERE endpoint = ?", endpointNumber);
    this.batches.run();
  }

  /** Goes on with every job that runs, in an invocation that begins. */
  run(): void {
    this.#turns.begin();
  }

  /** Whether no job is under way. */
  get isIdle(): boolean {
    return this.#turns.isIdle;
  }

  /** When a job or a batch that runs wants to be looked at again, Unix milliseconds; null = none runs. */
  nextDueAt(): number | null {
    const dueAt = this.#turns.nextDueAt();
    if (!this.batches.isJobMissing) return dueAt;
    return Math.min(dueAt ?? Number.POSITIVE_INFINITY, this.#port.nowMs() + WAIT_MS);
  }

  /** See `ReplayTurnsPort`. */
  async #step(id: string): Promise<number> {
    const row = this.#row(id);
    if (row?.state !== "running") return 0;
    const endpointId = this.#port.endpointId(row.endpoint);
    if (endpointId === null) {
      this.#end(id, "failed", "the endpoint was deleted");
      return 0;
    }
    const subrequests = await this.#steps.run(row, endpointId);
    // Requests and other work get their turn between two steps.
    await pause(this.#port.timers);
    return subrequests;
  }

  #end(id: string, state: ReplayJob["state"], error: string | null): void {
    const row = this.#row(id);
    this.#port.sql.exec(
      "UPDATE replay_jobs SET state = ?, error = ?, started_by = NULL WHERE id = ?",
      state,
      error,
      id,
    );
    const endpointId = row && this.#port.endpointId(row.endpoint);
    if (endpointId && (row.done > 0 || row.plan !== null))
      this.#port
        .endpoint(endpointId)
        .endReplay(id)
        .catch(() => {});
    this.#endings.tell(id);
    if (!row?.batch) return;
    // Thousands of endpoints may have nothing to replay: none of them is worth a record.
    if (state === "done" && !row.total) this.#port.sql.exec("DELETE FROM replay_jobs WHERE id = ?", id);
    this.batches.noteJobEnded({ ...row, batch: row.batch, state });
  }

  #row(id: string): JobRow | undefined {
    return this.#table.row(id);
  }

  #selectionOf({ batch, selection }: JobRow): ReplaySelection {
    if (batch !== null) return this.batches.selectionOf(batch);
    if (selection === "") throw new Error("a replay job has no selection");
    return selectionShape.read(selection);
  }

  #toJob(row: JobRow): ReplayJob {
    return {
      id: row.id,
      endpointId: this.#port.endpointId(row.endpoint) ?? "",
      batchId: row.batch,
      state: row.state,
      isDryRun: row.dry_run === 1,
      selection: this.#selectionOf(row),
      total: row.counted ? row.total : null,
      done: row.done,
      createdAt: row.created_at,
      error: row.error,
    };
  }
}
