import type { ReplayJob, ReplaySelection } from "../../domain/replay-messages.ts";
import type { StoredText } from "../../domain/stored.ts";
import type { SchemaStep } from "../../storage/schema.ts";
import type { Found } from "./replay-found.ts";
import type { ReplayCursor } from "./replay-selection.ts";
import { cursorShape, type Plan, selectionShape } from "./replay-shapes.ts";
import type { RunningJob } from "./replay-turns.ts";

/** When jobs may go on, kept so that one keeps its rate where the object sleeps meanwhile. */
export const REPLAY_RATES_SCHEMA: SchemaStep = {
  statements: ["ALTER TABLE replay_jobs ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0"],
  olderCodeMayRead: true,
};

/** Jobs kept on record per endpoint. */
const JOBS_KEPT = 200;

/** Above every id. */
const AFTER_ALL = "rpl_~";

export interface JobRow extends Record<string, SqlStorageValue> {
  id: string;
  endpoint: number;
  state: ReplayJob["state"];
  selection: StoredText<ReplaySelection> | "";
  total: number | null;
  done: number;
  counted: number;
  cursor: StoredText<ReplayCursor>;
  /** Null = it looks on next. */
  plan: StoredText<Plan> | null;
  step: number;
  error: string | null;
  created_at: number;
  batch: string | null;
  /** 1 = it counts alone. */
  dry_run: number;
  /** What a dry run found; null = nothing so far. */
  found: StoredText<Found> | null;
  /** Its next events are not sent before this, Unix milliseconds. */
  not_before: number;
}

/** A job that begins; one of a batch has its selection from there. */
export interface NewJob {
  id: string;
  endpoint: number;
  selection: ReplaySelection;
  cursor: ReplayCursor;
  batchId: string | null;
  isDryRun: boolean;
  /** See `REPLAY_STARTERS_SCHEMA`. */
  startedBy: string | null;
  /** Unix milliseconds. */
  nowMs: number;
}

/** The rows of replay jobs. */
export class ReplayJobTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Stores a job, and drops those of its endpoint that ended long ago. */
  insert({ id, endpoint, selection, cursor, batchId, isDryRun, startedBy, nowMs }: NewJob): void {
    this.#sql.exec(
      `INSERT INTO replay_jobs (id, endpoint, state, selection, done, counted, cursor, step, created_at, batch, dry_run, started_by)
       VALUES (?, ?, 'running', ?, 0, 0, ?, 0, ?, ?, ?, ?)`,
      id,
      endpoint,
      batchId === null ? selectionShape.write(selection) : "",
      cursorShape.write(cursor),
      nowMs,
      batchId,
      isDryRun ? 1 : 0,
      startedBy,
    );
    this.#sql.exec(
      `DELETE FROM replay_jobs WHERE id IN (SELECT id FROM replay_jobs WHERE endpoint = ? AND state <> 'running'
         ORDER BY id DESC LIMIT -1 OFFSET ?)`,
      endpoint,
      JOBS_KEPT,
    );
  }

  row(id: string): JobRow | undefined {
    return this.#sql.exec<JobRow>("SELECT * FROM replay_jobs WHERE id = ?", id).toArray()[0];
  }

  /** Those that run or wait, by age. */
  running(): RunningJob[] {
    return this.#sql
      .exec<RunningJob & Record<string, SqlStorageValue>>(
        "SELECT id, not_before AS notBefore FROM replay_jobs WHERE state = 'running' ORDER BY id",
      )
      .toArray();
  }

  /** An endpoint's, newest first, but those that only count; `before` = the id before which the page starts. */
  ofEndpoint(endpoint: number, before: string | undefined, limit: number): JobRow[] {
    return this.#sql
      .exec<JobRow>(
        "SELECT * FROM replay_jobs WHERE endpoint = ? AND id < ? AND dry_run = 0 ORDER BY id DESC LIMIT ?",
        endpoint,
        before ?? AFTER_ALL,
        limit,
      )
      .toArray();
  }

  /** The jobs of a replay over several endpoints, newest first. */
  ofBatch(batch: string, before: string | undefined, limit: number): JobRow[] {
    return this.#sql
      .exec<JobRow>(
        "SELECT * FROM replay_jobs WHERE batch = ? AND id < ? ORDER BY id DESC LIMIT ?",
        batch,
        before ?? AFTER_ALL,
        limit,
      )
      .toArray();
  }
}
