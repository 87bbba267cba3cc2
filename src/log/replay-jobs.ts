import type { LoggedEvent } from "../domain/event.ts";
import { newId, positionAt } from "../domain/ids.ts";
import type { ReplayJob, ReplaySelection, ReplayStepAnswer } from "../domain/messages.ts";
import { typeMatches } from "../domain/subscription.ts";
import { logLine } from "../service-log.ts";
import type { EventReader } from "./reader.ts";

/** Events that one step looks at, and their bytes. */
const STEP_EVENTS = 500;
const STEP_BYTES = 4 * 1024 * 1024;

/** A job without a rate of its own still leaves room for attempts and for what is published meanwhile. */
const DEFAULT_RATE_PER_SECOND = 3000;

/** How long a job waits for an endpoint that has as much pending as it may, or that does not answer. */
const WAIT_MS = 2000;

/** What one run of a job may do before it goes on from a fresh alarm: a step makes at most 8 subrequests. */
const STEPS_PER_RUN = 600;
const MS_PER_RUN = 10_000;

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
  step: number;
  error: string | null;
  created_at: number;
}

/** Where a job is: in the log for `missed` and `any`, in its endpoint's deliveries for the others. */
interface Cursor {
  /** A log position; everything up to here was looked at. */
  position: number;
  /** A sequence to go on from, and the last one of the job. */
  sequence: number;
  toSequence?: number;
}

export interface ReplayPort {
  sql: SqlStorage;
  reader: EventReader;
  now(): number;
  endpoint(endpointId: string): {
    replayCandidates(
      selection: ReplaySelection,
      from: number,
      limit: number,
      to?: number,
    ): Promise<{ positions: number[]; next: number | null; to: number }>;
    selectReplays(status: ReplaySelection["status"], positions: number[]): Promise<number[]>;
    replayStep(step: { jobId: string; step: number; events: LoggedEvent[] }): Promise<ReplayStepAnswer>;
    endReplay(jobId: string): Promise<void>;
  };
  endpointId(number: number): string | null;
  position(eventId: string): Promise<number | null>;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(time: number): void;
}

/** One bounded look for events of a job. */
interface Found {
  positions: number[];
  cursor: Cursor;
  isOver: boolean;
}

/**
 * Replay jobs of a log's endpoints. A job first counts, then enqueues, in steps; its place is stored after each
 * step, and an endpoint takes a step only once, so that a crash repeats none.
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
      .exec<{ id: string }>("SELECT id FROM replay_jobs WHERE state = 'running'")
      .toArray()) {
      if (this.#running.has(id)) continue;
      const done = this.#run(id)
        .catch((error) => {
          logLine("warn", "a replay job waits", { job: id, error });
          this.#port.wakeBy(this.#port.now() + WAIT_MS);
        })
        .finally(() => this.#running.delete(id));
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
    const endsAt = this.#port.now() + MS_PER_RUN;
    let steps = 0;
    for (let row = this.#row(id); row?.state === "running"; row = this.#row(id)) {
      if (steps++ === STEPS_PER_RUN || this.#port.now() >= endsAt) return this.#port.wakeBy(this.#port.now());
      const endpointId = this.#port.endpointId(row.endpoint);
      if (endpointId === null) return this.#end(id, "failed", "the endpoint was deleted");
      const waitMs = row.counted ? await this.#enqueue(row, endpointId) : await this.#count(row, endpointId);
      if (waitMs === null) return;
      // Also where nothing is to be waited for: requests and other work get their turn between two steps.
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** One step of counting; returns how long to wait before the next step, null = not now. */
  async #count(row: JobRow, endpointId: string): Promise<number | null> {
    const selection: ReplaySelection = JSON.parse(row.selection);
    const found = await this.#look(row, selection, endpointId);
    const total = (row.total ?? 0) + found.positions.length;
    const cursor = found.isOver ? startOf(selection, found.cursor.toSequence) : found.cursor;
    this.#update(row, { total, cursor, counted: found.isOver });
    return 0;
  }

  /** One step of enqueueing. */
  async #enqueue(row: JobRow, endpointId: string): Promise<number | null> {
    const selection: ReplaySelection = JSON.parse(row.selection);
    const found = await this.#look(row, selection, endpointId);
    const positions = found.positions;
    let done = row.done;
    if (positions.length > 0) {
      const byPosition = new Map(
        (await this.#port.reader.many(positions)).map((event) => [event.position, event]),
      );
      const events = positions.flatMap((position) => byPosition.get(position) ?? []);
      if (this.#row(row.id)?.state !== "running") return null;
      const answer = await this.#port
        .endpoint(endpointId)
        .replayStep({ jobId: row.id, step: row.step + 1, events });
      if (answer.outcome === "full") return WAIT_MS;
      if (answer.outcome !== "enqueued") {
        this.#end(row.id, "failed", `the endpoint is ${answer.outcome}`);
        return null;
      }
      done = answer.done;
    }
    this.#update(row, { done, cursor: found.cursor, step: row.step + 1 });
    if (found.isOver && this.#row(row.id)?.state === "running") this.#end(row.id, "done", null);
    const { ratePerSecond = DEFAULT_RATE_PER_SECOND } = selection;
    return Math.ceil((positions.length / ratePerSecond) * 1000);
  }

  async #look(row: JobRow, selection: ReplaySelection, endpointId: string): Promise<Found> {
    const cursor: Cursor = JSON.parse(row.cursor);
    const endpoint = this.#port.endpoint(endpointId);
    const { status, ratePerSecond } = selection;
    const limit = Math.min(STEP_EVENTS, Math.max(1, Math.floor(ratePerSecond ?? STEP_EVENTS)));
    if (selection.eventIds) return this.#lookAtIds(selection.eventIds, selection, cursor, endpointId, limit);
    if (status === "dead" || status === "delivered") {
      const { positions, next, to } = await endpoint.replayCandidates(
        selection,
        cursor.sequence,
        limit,
        cursor.toSequence,
      );
      return {
        positions,
        cursor: { ...cursor, sequence: next ?? to + 1, toSequence: to },
        isOver: next === null,
      };
    }
    const end = positionAt(selection.to);
    const scan = await this.#port.reader.forward({
      after: cursor.position,
      endpoint: row.endpoint,
      wanted: (event) => event.position < end && concerns(event, row.endpoint, selection),
      limits: { events: limit, bytes: STEP_BYTES },
    });
    const positions = await endpoint.selectReplays(
      status,
      scan.events.map(({ position }) => position),
    );
    const isOver = scan.upTo >= end || scan.upTo === cursor.position;
    return { positions, cursor: { ...cursor, position: scan.upTo }, isOver };
  }

  async #lookAtIds(
    eventIds: string[],
    { status, from, to, types }: ReplaySelection,
    cursor: Cursor,
    endpointId: string,
    limit: number,
  ): Promise<Found> {
    const ids = eventIds.slice(cursor.sequence, cursor.sequence + limit);
    const known = (await Promise.all(ids.map((id) => this.#port.position(id)))).filter(
      (position) => position !== null,
    );
    const events = (await this.#port.reader.many(known)).filter(
      ({ position, type }) =>
        position >= positionAt(from) &&
        position < positionAt(to) &&
        (!types || types.some((pattern) => typeMatches(pattern, type))),
    );
    const positions = await this.#port.endpoint(endpointId).selectReplays(
      status,
      events.map(({ position }) => position),
    );
    const sequence = cursor.sequence + ids.length;
    return { positions, cursor: { ...cursor, sequence }, isOver: sequence >= eventIds.length };
  }

  #update(
    row: JobRow,
    change: { total?: number; done?: number; cursor: Cursor; counted?: boolean; step?: number },
  ): void {
    this.#port.sql.exec(
      "UPDATE replay_jobs SET total = ?, done = ?, counted = ?, cursor = ?, step = ? WHERE id = ?",
      change.total ?? row.total,
      change.done ?? row.done,
      (change.counted ?? row.counted === 1) ? 1 : 0,
      JSON.stringify(change.cursor),
      change.step ?? row.step,
      row.id,
    );
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

function startOf(selection: ReplaySelection, toSequence?: number): Cursor {
  return { position: positionAt(selection.from) - 1, sequence: selection.eventIds ? 0 : 1, toSequence };
}

function concerns(event: LoggedEvent, endpoint: number, { status, types }: ReplaySelection): boolean {
  const isMissed = event.missed.includes(endpoint);
  if (status === "missed" ? !isMissed : !isMissed && !event.endpoints.includes(endpoint)) return false;
  return !types || types.some((pattern) => typeMatches(pattern, event.type));
}
