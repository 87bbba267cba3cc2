import type { Event } from "../../domain/event.ts";
import { positionAt } from "../../domain/ids.ts";
import { type LastAttemptFilter, lastAttemptMatches } from "../../domain/last-attempt.ts";
import type {
  ReplayCandidates,
  ReplaySelection,
  ReplayStatus,
  ReplayStep,
} from "../../domain/replay-messages.ts";
import { always, record, shapeOf } from "../../domain/stored.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import { forgetMeta, readStored, writeStored } from "../../storage/schema.ts";
import { Recorded } from "../record/recorded.ts";
import { lastAttemptIn } from "../record/rows.ts";
import { Runs } from "../record/runs.ts";
import { setReplayedBy } from "../tables/delivery-changes.ts";
import { type DeliveryRow, PENDING, statusCode } from "../tables/delivery-row.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Intake } from "./intake.ts";

/** Rows that one request for candidates looks at. */
const ROWS_PER_PAGE = 10_000;

/** How far a job has enqueued here: a step that comes again is not done again. */
export const replayStepShape = shapeOf(
  record<{ step: number; done: number }>({ step: always(), done: always() }),
);

/** An endpoint's part in replay jobs: which of its deliveries one takes, and enqueueing a step exactly once. */
export class Replays {
  readonly #sql: SqlStorage;
  readonly #recorded: Recorded;
  readonly #deliveries: Deliveries;
  readonly #intake: Intake;

  constructor(sql: SqlStorage, deliveries: Deliveries, intake: Intake) {
    this.#sql = sql;
    this.#recorded = new Recorded(sql, new Runs(sql));
    this.#deliveries = deliveries;
    this.#intake = intake;
  }

  /**
   * Deliveries of a status, in their order, from a sequence to another: dead ones that were not replayed, or
   * delivered ones that are not replays themselves.
   */
  candidates(
    selection: ReplaySelection,
    fromSequence: number,
    limit: number,
    toSequence: number,
  ): ReplayCandidates {
    const isWanted = ({ status, replay_of, replayed_by }: DeliveryRow) =>
      selection.status === "dead"
        ? status === statusCode("dead") && replayed_by === null
        : status === statusCode("delivered") && replay_of === null;
    const [from, to] = [positionAt(selection.from), positionAt(selection.to)];
    const positions: number[] = [];
    let examined = 0;
    for (const row of this.#recorded.from(fromSequence, ROWS_PER_PAGE + 1)) {
      const { sequence, position, event_type: type, last_attempt: last } = row;
      if (sequence > toSequence) break;
      if (examined++ === ROWS_PER_PAGE || positions.length === limit) return { positions, next: sequence };
      if (!isWanted(row) || position < from || position >= to) continue;
      if (selection.types && !selection.types.some((pattern) => typeMatches(pattern, type))) continue;
      if (lastAttemptMatches(selection, lastAttemptIn(last))) positions.push(position);
    }
    return { positions, next: null };
  }

  /** Which of some events, by log position, a job of this status takes. */
  select(status: ReplayStatus, positions: number[], lastAttempt: LastAttemptFilter = {}): number[] {
    return positions.filter((position) => {
      const rows = this.#deliveries.rowsOf(position);
      if (status === "missed") return rows.length === 0;
      if (status === "any") return rows.every((row) => row.status !== PENDING);
      if (status === "delivered") return rows.some((row) => row.status === statusCode("delivered"));
      return rows.some(
        (row) =>
          row.status === statusCode("dead") &&
          row.replayed_by === null &&
          lastAttemptMatches(lastAttempt, lastAttemptIn(row.last_attempt)),
      );
    });
  }

  /** Enqueues a step unless it was; part of the caller's transaction. Returns how many of the job are enqueued. */
  enqueue({ jobId, step, events }: ReplayStep, nowMs: number): number {
    const key = `replay ${jobId}`;
    const stored = readStored(this.#sql, key, replayStepShape);
    if (stored && stored.step >= step) return stored.done;
    for (const event of events) this.#add(event, nowMs);
    const done = (stored?.done ?? 0) + events.length;
    writeStored(this.#sql, key, replayStepShape, { step, done });
    return done;
  }

  /** One replay stands for every dead delivery of its event: none of them is to be taken again. */
  #add(event: Event, nowMs: number): void {
    const rows = this.#deliveries.rowsOf(event.position);
    const sequence = this.#intake.addReplay(event, rows.at(-1)?.sequence ?? null, nowMs);
    for (const row of rows) {
      if (row.status !== statusCode("dead") || row.replayed_by !== null) continue;
      setReplayedBy(this.#sql, row.sequence, sequence);
    }
  }

  /** Forgets a job that ended. */
  forget(jobId: string): void {
    forgetMeta(this.#sql, `replay ${jobId}`);
  }
}
