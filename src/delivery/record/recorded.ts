import { DELIVERY_COLUMNS, type DeliveryRow } from "./rows.ts";
import { type Runs, rowOfRun } from "./runs.ts";

/** A row as a query answers with it. */
type SelectedRow = DeliveryRow & Record<string, SqlStorageValue>;

/** All deliveries that are stored, by sequence, whether each has a row of its own or lies in a run. */
export class Recorded {
  readonly #sql: SqlStorage;
  readonly runs: Runs;

  constructor(sql: SqlStorage, runs: Runs) {
    this.#sql = sql;
    this.runs = runs;
  }

  /** That of a sequence; undefined = there is none. */
  at(sequence: number): DeliveryRow | undefined {
    const own = this.#sql
      .exec<SelectedRow>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence = ?`, sequence)
      .toArray()[0];
    if (own !== undefined) return own;
    const inRun = this.runs.find(sequence);
    return inRun && rowOfRun(inRun);
  }

  /** Those below a sequence, the newest first; rows of their own are read up to so many. */
  *before(sequence: number, mostRows: number): Generator<DeliveryRow> {
    const rows = this.#sql.exec<SelectedRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`,
      sequence,
      mostRows,
    );
    yield* merged(rows, this.runs.before(sequence), (one, other) => one > other);
  }

  /** Those from a sequence on, the oldest first; rows of their own are read up to so many. */
  *from(sequence: number, mostRows: number): Generator<DeliveryRow> {
    const rows = this.#sql.exec<SelectedRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
      sequence,
      mostRows,
    );
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
