import type { Attempt, Delivery } from "../../domain/delivery.ts";
import { attemptsShape } from "../../domain/delivery-shapes.ts";
import { type Event, RETENTION_MS } from "../../domain/event.ts";
import { sequenceOfDeliveryId } from "../../domain/ids.ts";
import { lastAttemptMatches } from "../../domain/last-attempt.ts";
import type { DeliveryPage, DeliveryQuery, DeliveryWithAttempts } from "../../domain/messages.ts";
import type { StoredText } from "../../domain/stored.ts";
import type { Clock } from "../../domain/surroundings.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import { CLAIM_COLUMNS, type ClaimedDelivery, type ClaimRow, metaOf, toClaimed } from "../record/claim.ts";
import { DELIVERY_COLUMNS, type DeliveryRow, PENDING, statusCode, toDelivery } from "../record/rows.ts";

/** Rows that one page looks at; with rare matches it comes back short, with a cursor. */
const EXAMINED_PER_PAGE = 10_000;

/** What ended longer ago is served no more, although its row may still be there. A pending one always is. */
const IS_SERVED = `(status = ${PENDING} OR completed_at >= ?)`;

/** Where a row lies in the endpoint's order, in the log, and where the log was when it was inserted. */
interface PlacedRow extends Record<string, SqlStorageValue> {
  sequence: number;
  position: number;
  log_position: number;
}

/** Looks deliveries up: by id, by event, in lists. None of it needs an index, see `schema.ts`. */
export class Deliveries {
  readonly #sql: SqlStorage;
  readonly #endpointId: () => string;
  readonly #clock: Clock;
  readonly #holdUntil: () => number;
  /** The position that was looked up last, and the first sequence that was given when the log had come so far. */
  #place: { position: number; sequence: number } | null = null;

  /** @param holdUntil until when the endpoint is held, Unix milliseconds */
  constructor(sql: SqlStorage, endpointId: () => string, clock: Clock, holdUntil: () => number = () => 0) {
    this.#sql = sql;
    this.#clock = clock;
    this.#holdUntil = holdUntil;
    this.#endpointId = endpointId;
  }

  /** A page, newest first; the cursor is a sequence, so that it stays right while deliveries are added. */
  list(query: DeliveryQuery): DeliveryPage {
    const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(query.cursor);
    const status = query.status === undefined ? null : statusCode(query.status);
    const rows: Delivery[] = [];
    const most = Math.min(query.examine ?? EXAMINED_PER_PAGE, EXAMINED_PER_PAGE);
    let examined = 0;
    let sequence = before;
    for (const row of this.#sql.exec<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence < ? AND ${IS_SERVED} ORDER BY sequence DESC LIMIT ?`,
      before,
      this.#clock.nowMs() - RETENTION_MS,
      most + 1,
    )) {
      if (rows.length === query.limit || examined === most) return { rows, next: String(sequence), examined };
      if (query.from !== undefined && row.created_at < query.from) break;
      examined++;
      sequence = row.sequence;
      if (status !== null && row.status !== status) continue;
      if (query.type !== undefined && !typeMatches(query.type, row.event_type)) continue;
      if (query.eventId !== undefined && row.event_id !== query.eventId) continue;
      if (query.to !== undefined && row.created_at >= query.to) continue;
      const delivery = toDelivery(this.#endpointId(), row, this.#holdUntil());
      if (lastAttemptMatches(query, delivery.lastAttempt)) rows.push(delivery);
    }
    return { rows, next: null, examined };
  }

  /** A delivery with the records of its attempts. */
  find(id: string): DeliveryWithAttempts | null {
    const row = this.rowOf(id);
    if (!row) return null;
    const { attempts } = this.#sql
      .exec<{ attempts: StoredText<Attempt[]> | null }>(
        "SELECT attempts FROM deliveries WHERE sequence = ?",
        row.sequence,
      )
      .one();
    const records: Attempt[] = attempts === null ? [] : attemptsShape.read(attempts);
    return { ...toDelivery(this.#endpointId(), row, this.#holdUntil()), attempts: records };
  }

  /**
   * A delivery as an attempt of it needs it, its event where the endpoint holds it no longer; null = that is missing,
   * undefined = there is no such delivery.
   */
  claimable(sequence: number, event: Event | null): ClaimedDelivery | null | undefined {
    const row = this.#sql
      .exec<ClaimRow>(`SELECT ${CLAIM_COLUMNS} FROM deliveries WHERE sequence = ?`, sequence)
      .toArray()[0];
    // What has ended has no event any more.
    if (!row || row.data !== null) return row && toClaimed(row);
    if (event === null) return null;
    return toClaimed({ ...row, data: event.data, meta: metaOf(event) });
  }

  /** The deliveries of the event at a log position: the first one, and its replays. */
  ofEvent(position: number): Delivery[] {
    return this.rowsOf(position).map((row) => toDelivery(this.#endpointId(), row, this.#holdUntil()));
  }

  /** Their rows, by sequence. */
  rowsOf(position: number): DeliveryRow[] {
    const sequences = this.#sql
      .exec<{ sequence: number }>(
        "SELECT sequence FROM replays WHERE position = ? ORDER BY sequence",
        position,
      )
      .toArray()
      .map((row) => row.sequence);
    const first = this.#firstOf(position);
    if (first !== null && !sequences.includes(first)) sequences.unshift(first);
    return sequences.flatMap((sequence) => this.#row(sequence) ?? []);
  }

  at(sequence: number): Delivery | null {
    const row = this.#row(sequence);
    return row ? toDelivery(this.#endpointId(), row, this.#holdUntil()) : null;
  }

  /** The row of a delivery by its id; undefined if this endpoint has none such. */
  rowOf(id: string): DeliveryRow | undefined {
    const sequence = sequenceOfDeliveryId(this.#endpointId(), id);
    return sequence === null ? undefined : this.#row(sequence);
  }

  #row(sequence: number): DeliveryRow | undefined {
    return this.#sql
      .exec<DeliveryRow>(
        `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE sequence = ? AND ${IS_SERVED}`,
        sequence,
        this.#clock.nowMs() - RETENTION_MS,
      )
      .toArray()[0];
  }

  /** The delivery made by hand-over: log positions rise with sequences, so it is found by halving. */
  #firstOf(position: number): number | null {
    const row = this.#nearLastPlace(position) ?? this.#lowestFrom(position);
    if (row) this.#place = { position, sequence: row.sequence };
    return row?.position === position && row.log_position === position ? row.sequence : null;
  }

  /** Replay jobs ask for one event after the other: then it is where the last one was, or would be, or behind it. */
  #nearLastPlace(position: number): PlacedRow | undefined {
    if (!this.#place || this.#place.position >= position) return undefined;
    const row = this.#rowFrom(this.#place.sequence);
    if (!row || row.log_position >= position) return row;
    const next = this.#rowFrom(row.sequence + 1);
    return next && next.log_position >= position ? next : undefined;
  }

  /** The first row that was inserted when its log had come to this position; undefined = the log has not. */
  #lowestFrom(position: number): PlacedRow | undefined {
    const high = this.#sql
      .exec<PlacedRow>(
        "SELECT sequence, position, log_position FROM deliveries ORDER BY sequence DESC LIMIT 1",
      )
      .toArray()[0];
    if (!high || high.log_position < position) return undefined;
    let from = this.#rowFrom(0)?.sequence ?? high.sequence;
    let to = high.sequence;
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if ((this.#rowFrom(middle)?.log_position ?? Number.POSITIVE_INFINITY) < position) from = middle + 1;
      else to = middle;
    }
    return this.#rowFrom(from);
  }

  #rowFrom(sequence: number): PlacedRow | undefined {
    return this.#sql
      .exec<PlacedRow>(
        "SELECT sequence, position, log_position FROM deliveries WHERE sequence >= ? ORDER BY sequence LIMIT 1",
        sequence,
      )
      .toArray()[0];
  }
}
