import type { Deadlines } from "../../deadlines.ts";
import { newId } from "../../domain/ids.ts";
import type { ReplayBatch, ReplayJob, ReplaySelection } from "../../domain/replay-messages.ts";
import type { StoredText } from "../../domain/stored.ts";
import type { Chance } from "../../domain/surroundings.ts";
import type { SchemaStep } from "../../storage/schema.ts";
import { Endings } from "./endings.ts";
import type { Found } from "./replay-found.ts";
import { foundTogether } from "./replay-found.ts";
import { numbersShape, selectionShape } from "./replay-shapes.ts";

/** Replays over several endpoints, and what makes a job one of such a replay's. */
export const REPLAY_BATCHES_SCHEMA: SchemaStep = [
  `CREATE TABLE replay_batches (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    selection TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    numbers TEXT,
    cursor INTEGER NOT NULL,
    last INTEGER NOT NULL,
    endpoints INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  "CREATE INDEX replay_batches_running ON replay_batches (id) WHERE state = 'running'",
  "ALTER TABLE replay_jobs ADD COLUMN batch TEXT",
  "ALTER TABLE replay_jobs ADD COLUMN dry_run INTEGER NOT NULL DEFAULT 0",
  "CREATE INDEX replay_jobs_batch ON replay_jobs (batch, id) WHERE batch IS NOT NULL",
];

/** Batches that ended, kept on record with their jobs. */
const KEPT = 50;

/** Endpoints without a job, as disabled ones are, that are passed over at a time. */
const PASSED_AT_ONCE = 500;

interface Row extends Record<string, SqlStorageValue> {
  id: string;
  state: ReplayBatch["state"];
  selection: StoredText<ReplaySelection>;
  dry_run: number;
  /** The numbers of the endpoints that were named; null = all. */
  numbers: StoredText<number[]> | null;
  /** How many of the named ones were looked at, or the number of the last one. */
  cursor: number;
  /** The highest number that an endpoint had when it was asked for. */
  last: number;
  endpoints: number;
  failed: number;
  total: number;
  done: number;
  created_at: number;
  started_by: string | null;
  /** What the jobs of a dry run that ended have found; null = nothing so far. */
  found: StoredText<Found> | null;
}

/** A job of a batch that has ended, or as it stands. */
export interface BatchJob {
  id: string;
  batch: string;
  state: ReplayJob["state"];
  total: number | null;
  done: number;
  found: StoredText<Found> | null;
}

export interface ReplayBatchesPort {
  sql: SqlStorage;
  nowMs(): number;
  deadlines: Deadlines;
  chance: Chance;
  /** The first enabled endpoint with a number above one and up to another. */
  nextEndpoint(after: number, upTo: number): { number: number; isEnabled: boolean } | null;
  /** Null for a deleted one. */
  endpointId(number: number): string | null;
  /** The highest number that an endpoint has. */
  lastNumber(): number;
  startJob(
    endpointNumber: number,
    batch: { id: string; isDryRun: boolean; selection: ReplaySelection; startedBy: string | null },
  ): void;
  cancelJob(id: string): void;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(atMs: number): void;
}

/**
 * Replays over several endpoints of a log: one job after the other, so that any number of endpoints costs a row at a
 * time. A batch's place is written in the transaction that ends a job and starts the next one: a crash neither skips an
 * endpoint nor comes to it twice.
 */
export class ReplayBatches {
  readonly #port: ReplayBatchesPort;
  /** Told once a batch has ended. */
  readonly #endings: Endings;

  constructor(port: ReplayBatchesPort) {
    this.#port = port;
    this.#endings = new Endings(port.deadlines);
  }

  /** Whether one runs that has no job, as after one whose endpoint was deleted. */
  get isJobMissing(): boolean {
    const { missing } = this.#port.sql
      .exec<{ missing: number }>(
        `SELECT EXISTS (SELECT 1 FROM replay_batches WHERE state = 'running' AND id NOT IN
           (SELECT batch FROM replay_jobs WHERE state = 'running' AND batch IS NOT NULL)) AS missing`,
      )
      .one();
    return missing === 1;
  }

  /** Starts a replay to the endpoints with these numbers; null = to all that are enabled. */
  create(
    selection: ReplaySelection,
    numbers: number[] | null,
    isDryRun: boolean,
    startedBy: string | null = null,
  ): ReplayBatch {
    const { sql, nowMs, chance } = this.#port;
    const id = newId("rpb", nowMs(), chance);
    sql.exec(
      `INSERT INTO replay_batches (id, state, selection, dry_run, numbers, cursor, last, endpoints, failed, total, done, created_at, started_by)
       VALUES (?, 'running', ?, ?, ?, 0, ?, 0, 0, 0, 0, ?, ?)`,
      id,
      selectionShape.write(selection),
      isDryRun ? 1 : 0,
      numbers && numbersShape.write(numbers),
      this.#port.lastNumber(),
      nowMs(),
      startedBy,
    );
    this.#prune();
    this.#advance(id);
    return this.find(id) as ReplayBatch;
  }

  find(id: string): ReplayBatch | null {
    const row = this.#row(id);
    return row ? this.#toBatch(row) : null;
  }

  /** What one that only counts has found so far, as stored; null = nothing, or there is none such. */
  found(id: string): StoredText<Found> | null {
    const row = this.#row(id);
    return row?.dry_run ? foundTogether(row.found, this.#runningJob(id)?.found ?? null) : null;
  }

  /** Newest first; `before` = the id before which the page starts. */
  list(before: string | undefined, limit: number): ReplayBatch[] {
    return this.#port.sql
      .exec<Row>(
        "SELECT * FROM replay_batches WHERE id < ? ORDER BY id DESC LIMIT ?",
        before ?? "rpb_~",
        limit,
      )
      .toArray()
      .map((row) => this.#toBatch(row));
  }

  /** Stops it with its job; what was enqueued stays. One that ended stays as it is. */
  cancel(id: string): ReplayBatch | null {
    if (this.#row(id)?.state === "running") {
      const job = this.#runningJob(id);
      this.#end(id, "canceled");
      if (job) this.#port.cancelJob(job.id);
    }
    return this.find(id);
  }

  /** Waits until a batch has ended, or for a time in milliseconds. */
  async awaitEnd(id: string, withinMs: number): Promise<void> {
    if (this.#row(id)?.state !== "running") return;
    await this.#endings.wait(id, withinMs);
  }

  /** What the jobs of a batch take. */
  selectionOf(id: string): ReplaySelection {
    const row = this.#row(id);
    if (row === undefined) throw new Error(`there is no replay ${id} any more`);
    return selectionShape.read(row.selection);
  }

  /** Counts a job that has ended, and starts the next one; part of the transaction that ends it. */
  noteJobEnded({ batch, state, total, done, found }: BatchJob): void {
    this.#port.sql.exec(
      "UPDATE replay_batches SET endpoints = endpoints + 1, failed = failed + ?, total = total + ?, done = done + ?, found = ? WHERE id = ?",
      state === "failed" ? 1 : 0,
      total ?? 0,
      done,
      foundTogether(this.#row(batch)?.found ?? null, found),
      batch,
    );
    this.#advance(batch);
  }

  /** Goes on with those that have no job, as after one whose endpoint was deleted. */
  run(): void {
    for (const { id } of this.#port.sql
      .exec<{ id: string }>("SELECT id FROM replay_batches WHERE state = 'running'")
      .toArray()) {
      this.#advance(id);
    }
  }

  #advance(id: string): void {
    const row = this.#row(id);
    if (row?.state !== "running" || this.#runningJob(id)) return;
    let { cursor } = row;
    let next = this.#nextEndpoint(row, cursor);
    for (let passed = 0; next?.number === null && passed < PASSED_AT_ONCE; passed++) {
      cursor = next.cursor;
      next = this.#nextEndpoint(row, cursor);
    }
    this.#port.sql.exec("UPDATE replay_batches SET cursor = ? WHERE id = ?", next?.cursor ?? cursor, id);
    if (next === null) {
      this.#end(id, "done");
    } else if (next.number === null) {
      this.#port.wakeBy(this.#port.nowMs());
    } else {
      const selection = selectionShape.read(row.selection);
      this.#port.startJob(next.number, {
        id,
        isDryRun: row.dry_run === 1,
        selection,
        startedBy: row.started_by,
      });
    }
  }

  /** The next endpoint, `number` null = it gets no job, and the cursor behind it; null = that was all. */
  #nextEndpoint({ numbers, last }: Row, cursor: number): { number: number | null; cursor: number } | null {
    if (numbers !== null) {
      const number = numbersShape.read(numbers)[cursor];
      return number === undefined ? null : { number, cursor: cursor + 1 };
    }
    const next = this.#port.nextEndpoint(cursor, last);
    return next && { number: next.isEnabled ? next.number : null, cursor: next.number };
  }

  #end(id: string, state: "done" | "canceled"): void {
    this.#port.sql.exec("UPDATE replay_batches SET state = ?, started_by = NULL WHERE id = ?", state, id);
    this.#endings.tell(id);
  }

  #runningJob(id: string): BatchJob | null {
    const row = this.#port.sql
      .exec<Omit<BatchJob, "batch"> & Record<string, SqlStorageValue>>(
        "SELECT id, state, total, done, found FROM replay_jobs WHERE batch = ? AND state = 'running' LIMIT 1",
        id,
      )
      .toArray()[0];
    return row ? { ...row, batch: id } : null;
  }

  #prune(): void {
    const { sql } = this.#port;
    const old = sql
      .exec<{ id: string }>(
        "SELECT id FROM replay_batches WHERE state <> 'running' ORDER BY id DESC LIMIT 2 OFFSET ?",
        KEPT,
      )
      .toArray();
    for (const { id } of old) {
      sql.exec("DELETE FROM replay_jobs WHERE batch = ?", id);
      sql.exec("DELETE FROM replay_batches WHERE id = ?", id);
    }
  }

  #idsOf(numbers: number[]): string[] {
    return numbers.flatMap((number) => this.#port.endpointId(number) ?? []);
  }

  #row(id: string): Row | undefined {
    return this.#port.sql.exec<Row>("SELECT * FROM replay_batches WHERE id = ?", id).toArray()[0];
  }

  #toBatch(row: Row): ReplayBatch {
    const job = this.#runningJob(row.id);
    return {
      id: row.id,
      state: row.state,
      endpointIds: row.numbers === null ? null : this.#idsOf(numbersShape.read(row.numbers)),
      selection: selectionShape.read(row.selection),
      isDryRun: row.dry_run === 1,
      endpoints: row.endpoints,
      failed: row.failed,
      total: row.total + (job?.total ?? 0),
      done: row.done + (job?.done ?? 0),
      createdAt: row.created_at,
    };
  }
}
