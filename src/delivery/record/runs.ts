import type { Attempt } from "../../domain/delivery.ts";
import { attemptShape, lastAttemptShape } from "../../domain/delivery-shapes.ts";
import type { StoredText } from "../../domain/stored.ts";
import { type DeliveryRow, statusCode } from "../tables/delivery-row.ts";
import {
  deleteRuns,
  insertRun,
  oldestRunsBelow,
  recordedRunFrom,
  runBefore,
  runFrom,
  runsMarkedSince,
} from "../tables/runs.ts";
import type { LogPlace } from "../tables/spans.ts";
import type { Held } from "./claim.ts";
import { decodeRun, decodeRunAttempts, encodeRun, encodeRunAttempts, type RunDelivery } from "./run.ts";

/** What one run may hold of attempts, characters of JSON: a row takes 2 MB. */
const RUN_CHARACTERS = 400_000;

/** What a run says of its endpoint as a whole, as the row of the newest delivery does. */
export interface RunSums {
  log: number;
  replaysTotal: number;
  /** What its deliveries are marked with, see totals.ts. */
  epoch: number;
}

/** The deliveries of an endpoint that lie in runs, see `run.ts`. */
export class Runs {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Stores deliveries that their first attempt delivered, by rising sequence: as one run, unless that is too large for a
   * row. Part of the caller's transaction.
   */
  insert(held: readonly Held[], completedAt: number, sums: RunSums): void {
    let run: Held[] = [];
    let attempts: StoredText<Attempt>[] = [];
    let characters = 0;
    for (const one of held) {
      if (one.ended === null) throw new Error("a delivery of a run has ended");
      const attempt = attemptShape.write(one.ended.attempt);
      if (run.length > 0 && characters + attempt.length > RUN_CHARACTERS) {
        this.#insert(run, attempts, completedAt, sums);
        [run, attempts, characters] = [[], [], 0];
      }
      run.push(one);
      attempts.push(attempt);
      characters += attempt.length;
    }
    if (run.length > 0) this.#insert(run, attempts, completedAt, sums);
  }

  #insert(
    run: readonly Held[],
    attempts: readonly StoredText<Attempt>[],
    completedAt: number,
    { log, replaysTotal, epoch }: RunSums,
  ): void {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) return;
    const deliveries = run.map((held): RunDelivery => toRunDelivery(held, completedAt));
    insertRun(this.#sql, {
      ...{ firstSequence: first.sequence, lastSequence: last.sequence, count: run.length },
      ...{ log, logPosition: last.event.position, firedAt: last.firedAt, createdAt: first.createdAt },
      ...{ completedAt, totalBytes: last.totalBytes, replaysTotal, epoch },
      ...{ deliveries: encodeRun(deliveries), attempts: encodeRunAttempts(attempts) },
    });
  }

  /** The delivery of a sequence; undefined = it is in no run. */
  find(sequence: number): RunDelivery | undefined {
    return this.from(sequence).find((delivery) => delivery.sequence === sequence);
  }

  /** The first of those in runs from a sequence on, and those that follow it in its run; none = there is no further one. */
  from(sequence: number): RunDelivery[] {
    const row = runFrom(this.#sql, sequence);
    return row === undefined ? [] : decodeRun(row.deliveries).filter((one) => one.sequence >= sequence);
  }

  /** The record of the attempt of a delivery that is in a run; none = it is not kept any more. */
  attemptsOf(sequence: number): Attempt[] {
    const row = recordedRunFrom(this.#sql, sequence);
    if (row === undefined || row.attempts === null) return [];
    const place = decodeRun(row.deliveries).findIndex((one) => one.sequence === sequence);
    const attempt = decodeRunAttempts(row.attempts)[place];
    return attempt === undefined ? [] : [attempt];
  }

  /** The deliveries below a sequence, by falling one. */
  *before(sequence: number): Generator<RunDelivery> {
    yield* this.#within(sequence);
    // A cursor of its own for each run: whoever reads may read something else meanwhile.
    for (let below = sequence; ; ) {
      const row = runBefore(this.#sql, below);
      if (row === undefined) return;
      yield* decodeRun(row.deliveries).reverse();
      below = row.first_sequence;
    }
  }

  /** The deliveries below a sequence of the run that it lies within, the newest first. */
  *#within(sequence: number): Generator<RunDelivery> {
    const row = runFrom(this.#sql, sequence);
    if (row === undefined || row.first_sequence >= sequence) return;
    for (const one of decodeRun(row.deliveries).reverse()) if (one.sequence < sequence) yield one;
  }

  /** The deliveries from a sequence on, by rising one. */
  *after(sequence: number): Generator<RunDelivery> {
    for (let from = sequence; ; ) {
      const deliveries = this.from(from);
      const last = deliveries.at(-1);
      if (last === undefined) return;
      yield* deliveries;
      from = last.sequence + 1;
    }
  }

  /** The deliveries of runs that were marked with an epoch or a later one, from a sequence on. */
  *markedSince(epoch: number, from: number): Generator<RunDelivery> {
    for (const { deliveries } of runsMarkedSince(this.#sql, epoch, from)) yield* decodeRun(deliveries);
  }

  /**
   * Drops some runs in front that were completed before a time; returns where they lay. The endpoint's newest stays: it holds
   * the log's position. Part of the caller's transaction.
   */
  drop(completedBefore: number, newest: number, most: number): LogPlace[] {
    const doomed = oldestRunsBelow(this.#sql, newest, most).filter(
      ({ completed_at }) => completed_at < completedBefore,
    );
    if (doomed.length > 0)
      deleteRuns(
        this.#sql,
        doomed.map(({ last_sequence }) => last_sequence),
      );
    return doomed;
  }
}

function toRunDelivery(held: Held, completedAt: number): RunDelivery {
  const attempt = held.ended?.attempt;
  return {
    sequence: held.sequence,
    position: held.event.position,
    eventId: held.event.id,
    eventType: held.event.type,
    firedAt: held.firedAt,
    createdAt: held.createdAt,
    startedAt: attempt?.startedAt ?? held.createdAt,
    durationMs: attempt?.durationMs ?? 0,
    completedAt,
    responseStatus: attempt?.response?.status ?? null,
    bytes: held.bytes,
    keyPlace: held.keyPlace,
  };
}

/** A delivery of a run as a row of its own would have it; its newest replay is not known here. */
export function rowOfRun(delivery: RunDelivery): DeliveryRow {
  const {
    sequence,
    position,
    eventId,
    eventType,
    createdAt,
    completedAt,
    durationMs,
    responseStatus,
    keyPlace,
  } = delivery;
  return {
    ...{ sequence, position, status: statusCode("delivered") },
    ...{ event_id: eventId, event_type: eventType, created_at: createdAt, completed_at: completedAt },
    ...{ attempt_count: 1, next_attempt_at: null, replay_of: null, replayed_by: null },
    keyPlace,
    last_attempt: lastAttemptShape.write({
      ...{ number: 1, outcome: "success", error: null, durationMs, status: responseStatus },
    }),
  };
}
