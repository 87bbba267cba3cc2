import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { LoggedEvent } from "../../domain/event.ts";
import { acceptedAt } from "../../domain/ids.ts";
import { always, listed, record, row, type StoredText, shapeOf } from "../../domain/stored.ts";
import type { SchemaStep } from "../../storage/schema.ts";

/** As it was written before `UNREAD_PIECES_SCHEMA`, and is still read: one row per endpoint and segment. */
export const UNREAD_SCHEMA: SchemaStep = {
  statements: [
    "CREATE TABLE unread (number INTEGER, first INTEGER, events BLOB NOT NULL, PRIMARY KEY (number, first)) WITHOUT ROWID",
  ],
  olderCodeMayRead: true,
};

/**
 * Which archived events some endpoint had yet to take when they left SQLite: pieces of a segment, whose first position is
 * `first`. An event is in one of them once, however many endpoints lag.
 */
export const UNREAD_PIECES_SCHEMA: SchemaStep = {
  statements: [
    "CREATE TABLE unread_pieces (first INTEGER, last INTEGER, body BLOB NOT NULL, PRIMARY KEY (first, last)) WITHOUT ROWID",
  ],
  olderCodeMayRead: true,
};

/** What a piece may hold: what one lookup inflates. */
const PIECE_EVENTS = 5000;
const PIECE_NUMBERS = 50_000;

/** What is kept of an event: enough to put on record that it expired. */
type UnreadEvent = Pick<LoggedEvent, "position" | "id" | "type" | "created">;

/** An event in a row of an endpoint: no version writes it any more. */
type RowEvent = readonly [position: number, id: string, type: string, created: number];

/** An event in a piece, with the index of its set. What a later version keeps beside comes behind the set, and may be absent. */
type PieceEvent = readonly [position: number, id: string, type: string, created: number, set: number];

interface Piece {
  /** Distinct lists of endpoints that had yet to take an event. */
  sets: number[][];
  events: PieceEvent[];
}

export const unreadShape = shapeOf(listed(row<RowEvent>(always(), always(), always(), always())));

export const unreadPieceShape = shapeOf(
  record<Piece>({
    sets: listed(always()),
    events: listed(row<PieceEvent>(always(), always(), always(), always(), always())),
  }),
);

/**
 * What lags for 30 days ends as dead at its endpoint, even where R2 has deleted the events by then: who they were is
 * kept here. What it takes grows with the events and with the distinct lists of endpoints, not with their product.
 */
export class Unread {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps the events of a segment that endpoints with a row have yet to take; part of the segment's transaction. */
  keep(first: number, events: readonly LoggedEvent[]): void {
    const lagging = new Map(
      this.#sql
        .exec<{ number: number; position: number }>("SELECT number, position FROM lagging")
        .toArray()
        .map(({ number, position }) => [number, position]),
    );
    if (lagging.size === 0) return;
    const lags = new Map<readonly number[], Lag>();
    let piece = new PieceOfEvents();
    for (const event of events) {
      const lag = lags.get(event.endpoints) ?? lagOf(event.endpoints, lagging);
      lags.set(event.endpoints, lag);
      if (event.position <= lag.after) continue;
      piece.add(event, lag.numbers);
      if (!piece.isFull) continue;
      this.#store(first, piece);
      piece = new PieceOfEvents();
    }
    if (piece.last > 0) this.#store(first, piece);
  }

  #store(first: number, piece: PieceOfEvents): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO unread_pieces (first, last, body) VALUES (?, ?, ?)",
      first,
      piece.last,
      deflateRawSync(unreadPieceShape.write(piece), { level: 1 }),
    );
  }

  /** The events of a segment, between two positions, that an endpoint had yet to take: without their data. */
  of(number: number, segmentFirst: number, from: number, to: number): LoggedEvent[] {
    return [...this.#ofRow(number, segmentFirst), ...this.#ofPieces(number, segmentFirst, from, to)]
      .filter(({ position }) => position >= from && position <= to)
      .map((event) => expired(number, event));
  }

  #ofRow(number: number, segmentFirst: number): UnreadEvent[] {
    return this.#sql
      .exec<{ events: ArrayBuffer }>(
        "SELECT events FROM unread WHERE number = ? AND first = ?",
        number,
        segmentFirst,
      )
      .toArray()
      .flatMap(({ events }) => unreadShape.read(inflated(events)))
      .map(([position, id, type, created]) => ({ position, id, type, created }));
  }

  *#ofPieces(number: number, segmentFirst: number, from: number, to: number): Generator<UnreadEvent> {
    for (const { body } of this.#sql.exec<{ body: ArrayBuffer }>(
      "SELECT body FROM unread_pieces WHERE first = ? AND last >= ? ORDER BY last",
      segmentFirst,
      from,
    )) {
      const { sets, events } = unreadPieceShape.read(inflated(body));
      const concerned = sets.map((numbers) => numbers.includes(number));
      for (const [position, id, type, created, set] of events)
        if (concerned[set]) yield { position, id, type, created };
      if ((events.at(-1)?.[0] ?? 0) >= to) return;
    }
  }

  /** An endpoint lags no more. */
  forget(number: number): void {
    this.#sql.exec("DELETE FROM unread WHERE number = ?", number);
    this.#sql.exec("DELETE FROM unread_pieces WHERE NOT EXISTS (SELECT 1 FROM lagging)");
  }

  /** Every endpoint has all up to a position. */
  dropTaken(position: number): void {
    this.#sql.exec("DELETE FROM unread_pieces WHERE first <= ?1 AND last <= ?1", position);
  }

  /** Segments up to one are gone. */
  dropUpTo(first: number): void {
    this.#sql.exec("DELETE FROM unread WHERE first <= ?", first);
    this.#sql.exec("DELETE FROM unread_pieces WHERE first <= ?", first);
  }
}

/** Which of a list of endpoints lag. */
interface Lag {
  numbers: number[];
  /** All of them have what is up to here; infinite where none lags. */
  after: number;
}

function lagOf(numbers: readonly number[], lagging: ReadonlyMap<number, number>): Lag {
  const lag: Lag = { numbers: [], after: Number.POSITIVE_INFINITY };
  for (const number of numbers) {
    const position = lagging.get(number);
    if (position === undefined) continue;
    lag.numbers.push(number);
    lag.after = Math.min(lag.after, position);
  }
  return lag;
}

/** A piece while it is filled. */
class PieceOfEvents implements Piece {
  readonly sets: number[][] = [];
  readonly events: Piece["events"] = [];
  last = 0;
  readonly #indexes = new Map<number[], number>();
  #numbers = 0;

  get isFull(): boolean {
    return this.events.length >= PIECE_EVENTS || this.#numbers >= PIECE_NUMBERS;
  }

  add({ position, id, type, created }: LoggedEvent, numbers: number[]): void {
    let index = this.#indexes.get(numbers);
    if (index === undefined) {
      index = this.sets.push(numbers) - 1;
      this.#indexes.set(numbers, index);
      this.#numbers += numbers.length;
    }
    this.events.push([position, id, type, created, index]);
    this.last = position;
  }
}

function inflated<Value>(body: ArrayBuffer): StoredText<Value> {
  return inflateRawSync(new Uint8Array(body)).toString() as StoredText<Value>;
}

function expired(number: number, { position, id, type, created }: UnreadEvent): LoggedEvent {
  return {
    ...{ position, id, type, created, acceptedAt: acceptedAt(position), isExpired: true },
    ...{ apiVersion: "", tags: [], context: {}, data: "null", endpoints: [number], missed: [] },
    sent: { created: false, apiVersion: false, tags: false, context: false },
  };
}
