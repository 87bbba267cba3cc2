import { deliveriesBefore, deliveriesFrom, deliveryAt } from "../tables/deliveries.ts";
import type { DeliveryRow } from "../tables/delivery-row.ts";
import { type Runs, rowOfRun } from "./runs.ts";

/** All deliveries that are stored, by sequence, whether each has a row of its own or lies in a run. */
export class Recorded {
  readonly #sql: SqlStorage;
  readonly runs: Runs;

  constructor(sql: SqlStorage, runs: Runs) {
    this.#sql = sql;
    this.runs = runs;
  }

  /** The delivery of a sequence; undefined = there is none. */
  at(sequence: number): DeliveryRow | undefined {
    const own = deliveryAt(this.#sql, sequence);
    if (own !== undefined) return own;
    const inRun = this.runs.find(sequence);
    return inRun && rowOfRun(inRun);
  }

  /** The deliveries below a sequence, the newest first; of those that have rows of their own up to so many are read. */
  *before(sequence: number, mostRows: number): Generator<DeliveryRow> {
    const rows = deliveriesBefore(this.#sql, sequence, mostRows);
    yield* merged(rows, this.runs.before(sequence), (one, other) => one > other);
  }

  /** The deliveries from a sequence on, the oldest first; of those that have rows of their own up to so many are read. */
  *from(sequence: number, mostRows: number): Generator<DeliveryRow> {
    const rows = deliveriesFrom(this.#sql, sequence, mostRows);
    yield* merged(rows, this.runs.after(sequence), (one, other) => one < other);
  }
}

/** Two lists of rising, or of falling sequences, as one. */
function* merged(
  rows: Iterable<DeliveryRow>,
  ofRuns: Iterable<Parameters<typeof rowOfRun>[0]>,
  isFirst: (one: number, other: number) => boolean,
): Generator<DeliveryRow> {
  const others = ofRuns[Symbol.iterator]();
  let other = others.next();
  for (const row of rows) {
    while (!other.done && isFirst(other.value.sequence, row.sequence)) {
      yield rowOfRun(other.value);
      other = others.next();
    }
    yield row;
  }
  for (; !other.done; other = others.next()) yield rowOfRun(other.value);
}
