import type { Attempt, Delivery } from "../../domain/delivery.ts";
import { attemptsShape } from "../../domain/delivery-shapes.ts";
import { type Event, RETENTION_MS } from "../../domain/event.ts";
import { acceptedAt, sequenceOfDeliveryId } from "../../domain/ids.ts";
import { lastAttemptMatches } from "../../domain/last-attempt.ts";
import type { DeliveryPage, DeliveryQuery, DeliveryWithAttempts } from "../../domain/messages.ts";
import type { Clock } from "../../domain/surroundings.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import { type ClaimedDelivery, toClaimed } from "../record/claim.ts";
import { Recorded } from "../record/recorded.ts";
import { lastAttemptIn, toDelivery } from "../record/rows.ts";
import type { RunDelivery } from "../record/run.ts";
import { Runs } from "../record/runs.ts";
import {
  attemptsOf,
  claimRowAt,
  firstLoggedFrom,
  type LoggedRow,
  lastLoggedUpTo,
} from "../tables/deliveries.ts";
import { type DeliveryRow, metaOf, PENDING, statusCode } from "../tables/delivery-row.ts";
import { newestOf } from "../tables/newest.ts";
import { newestReplayOf, replaysOfEvent } from "../tables/replays.ts";
import { type Span, Spans } from "../tables/spans.ts";
import type { StoredKeys } from "./stored-keys.ts";

/** Rows that one page looks at; with rare matches it comes back short, with a cursor. */
export const EXAMINED_PER_PAGE = 10_000;

const DELIVERED = statusCode("delivered");

/** Looks deliveries up: by id, by event, in lists. None of it needs an index, see `schema.ts`. */
export class Deliveries {
  readonly #sql: SqlStorage;
  readonly #recorded: Recorded;
  readonly #endpointId: () => string;
  readonly #clock: Clock;
  readonly #holdUntil: () => number;
  readonly #keys: Pick<StoredKeys, "placeOf">;
  readonly #spans: Spans;
  /** The position that was looked up last, and the first sequence that was given when its log had come so far. */
  #place: { position: number; sequence: number; span: Span } | null = null;

  /**
   * @param keys the queue's own: it learns when the first key comes
   * @param holdUntil until when the endpoint is held, Unix milliseconds
   */
  constructor(
    sql: SqlStorage,
    keys: Pick<StoredKeys, "placeOf">,
    endpointId: () => string,
    clock: Clock,
    holdUntil: () => number = () => 0,
  ) {
    this.#sql = sql;
    this.#keys = keys;
    this.#recorded = new Recorded(sql, new Runs(sql));
    this.#spans = new Spans(sql);
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
    const servedFrom = this.#servedFrom();
    for (const row of this.#recorded.before(before, most + 1)) {
      const isShown = isServed(row, servedFrom);
      if (examined === most || (isShown && rows.length === query.limit))
        return { rows, next: String(sequence), examined };
      if (query.from !== undefined && row.created_at < query.from) break;
      examined++;
      sequence = row.sequence;
      if (!isShown) continue;
      if (status !== null && row.status !== status) continue;
      if (query.type !== undefined && !typeMatches(query.type, row.event_type)) continue;
      if (query.eventId !== undefined && row.event_id !== query.eventId) continue;
      if (query.to !== undefined && row.created_at >= query.to) continue;
      if (lastAttemptMatches(query, lastAttemptIn(row.last_attempt))) rows.push(this.#toDelivery(row));
    }
    return { rows, next: null, examined };
  }

  /** A delivery with the records of its attempts. */
  find(id: string): DeliveryWithAttempts | null {
    const row = this.rowOf(id);
    return row ? { ...this.#toDelivery(row), attempts: this.#attemptsOf(row.sequence) } : null;
  }

  #attemptsOf(sequence: number): Attempt[] {
    const own = attemptsOf(this.#sql, sequence);
    if (own === undefined) return this.#recorded.runs.attemptsOf(sequence);
    return own === null ? [] : attemptsShape.read(own);
  }

  /**
   * A delivery as an attempt of it needs it, its event where the endpoint holds it no longer; null = that is missing,
   * undefined = there is no such delivery.
   */
  claimable(sequence: number, event: Event | null): ClaimedDelivery | null | undefined {
    const row = claimRowAt(this.#sql, sequence);
    const inRun = row ? undefined : this.#recorded.runs.find(sequence);
    if (inRun) return event === null ? null : claimedOfRun(inRun, event);
    // What has ended has no event any more.
    if (!row || row.data !== null) return row && toClaimed(row);
    if (event === null) return null;
    return toClaimed({ ...row, data: event.data, meta: metaOf(event) });
  }

  /** The deliveries of the event at a log position: the first one, and its replays. */
  ofEvent(position: number): Delivery[] {
    return this.rowsOf(position).map((row) => this.#toDelivery(row));
  }

  /** Their rows, by sequence. */
  rowsOf(position: number): DeliveryRow[] {
    const sequences = replaysOfEvent(this.#sql, position);
    const first = this.#firstOf(position);
    if (first !== null && !sequences.includes(first)) sequences.unshift(first);
    return sequences.flatMap((sequence) => this.#row(sequence) ?? []);
  }

  /** Whether its two newest deliveries were made since a time, one after the other. */
  hasTwoSince(sinceMs: number): boolean {
    let newestAt: number | null = null;
    for (const { created_at: createdAt } of this.#recorded.before(Number.MAX_SAFE_INTEGER, 2)) {
      if (newestAt !== null) return createdAt >= sinceMs && createdAt < newestAt;
      newestAt = createdAt;
    }
    return false;
  }

  at(sequence: number): Delivery | null {
    const row = this.#row(sequence);
    return row ? this.#toDelivery(row) : null;
  }

  /** The row of a delivery by its id; undefined if this endpoint has none such. */
  rowOf(id: string): DeliveryRow | undefined {
    const sequence = sequenceOfDeliveryId(this.#endpointId(), id);
    return sequence === null ? undefined : this.#row(sequence);
  }

  #row(sequence: number): DeliveryRow | undefined {
    const row = this.#recorded.at(sequence);
    return row && isServed(row, this.#servedFrom()) ? row : undefined;
  }

  #servedFrom(): number {
    return this.#clock.nowMs() - RETENTION_MS;
  }

  #toDelivery(row: DeliveryRow): Delivery {
    const replayedBy = row.replayed_by ?? this.#replayOfOneInRun(row);
    const keyPlace = row.keyPlace === undefined ? this.#keys.placeOf(row.sequence) : row.keyPlace;
    return toDelivery(this.#endpointId(), { ...row, replayed_by: replayedBy }, keyPlace, this.#holdUntil());
  }

  /** A run is written once: which is the newest replay of a delivery that lies in one, only the replays know. */
  #replayOfOneInRun({ status, attempt_count, replay_of, position, sequence }: DeliveryRow): number | null {
    if (status !== DELIVERED || attempt_count !== 1 || replay_of !== null) return null;
    return newestReplayOf(this.#sql, position, sequence);
  }

  /** The delivery made by hand-over: the positions of a log rise with sequences, so it is found by halving. */
  #firstOf(position: number): number | null {
    for (const span of this.#spans.of(position)) {
      const row = this.#nearLastPlace(position, span) ?? this.#lowestFrom(position, span);
      if (row) this.#place = { position, sequence: row.sequence, span };
      if (row?.position === position && row.log_position === position) return row.sequence;
    }
    return null;
  }

  /** Replay jobs ask for one event after the other: then it is where the last one was, or would be, or behind it. */
  #nearLastPlace(position: number, span: Span): LoggedRow | undefined {
    if (!this.#place || this.#place.position >= position || this.#place.span.first !== span.first)
      return undefined;
    const row = this.#rowFrom(this.#place.sequence, span);
    if (!row || row.log_position >= position) return row;
    const next = this.#rowFrom(row.sequence + 1, span);
    return next && next.log_position >= position ? next : undefined;
  }

  /** The first row that was inserted when its log had come to this position; undefined = the log has not. */
  #lowestFrom(position: number, span: Span): LoggedRow | undefined {
    const high = this.#lastOf(span);
    if (high === undefined || high.log_position < position) return undefined;
    let from = this.#rowFrom(span.first, span)?.sequence ?? high.sequence;
    let to = high.sequence;
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if ((this.#rowFrom(middle, span)?.log_position ?? Number.POSITIVE_INFINITY) < position)
        from = middle + 1;
      else to = middle;
    }
    return this.#rowFrom(from, span);
  }

  #lastOf(span: Span): Pick<LoggedRow, "sequence" | "log_position"> | undefined {
    if (span.last !== null) return this.#lastWithin(span.first, span.last);
    const newest = newestOf(this.#sql);
    return newest.sequence === 0 ? undefined : newest;
  }

  /** The last row from one sequence to another, that one included: it may have been dropped. */
  #lastWithin(first: number, last: number): LoggedRow | undefined {
    const own = lastLoggedUpTo(this.#sql, last);
    const inRun = own?.sequence === last ? undefined : this.#recorded.runs.before(last + 1).next().value;
    const row = inRun && inRun.sequence > (own?.sequence ?? 0) ? loggedOf(inRun) : own;
    return row && row.sequence >= first ? row : undefined;
  }

  #rowFrom(sequence: number, { last }: Span): LoggedRow | undefined {
    const row = this.#rowAtOrBehind(sequence);
    return row && row.sequence <= (last ?? row.sequence) ? row : undefined;
  }

  #rowAtOrBehind(sequence: number): LoggedRow | undefined {
    const own = firstLoggedFrom(this.#sql, sequence);
    if (own?.sequence === sequence) return own;
    const inRun = this.#recorded.runs.from(sequence)[0];
    if (inRun === undefined || (own !== undefined && own.sequence < inRun.sequence)) return own;
    return loggedOf(inRun);
  }
}

function loggedOf({ sequence, position }: RunDelivery): LoggedRow {
  return { sequence, position, log_position: position };
}

/** What ended longer ago is served no more, although it may still be there. What is pending always is. */
function isServed({ status, completed_at }: DeliveryRow, servedFrom: number): boolean {
  return status === PENDING || (completed_at ?? 0) >= servedFrom;
}

/** A delivery of a run as another attempt of it would need it. */
function claimedOfRun(delivery: RunDelivery, event: Event): ClaimedDelivery {
  const { sequence, keyPlace, firedAt, createdAt, position, bytes } = delivery;
  const sinceMs = acceptedAt(position);
  return {
    ...{ sequence, keyPlace, event, firedAt, createdAt, bytes, sinceMs, dueAt: sinceMs },
    ...{ attemptCount: 1, scheduleStart: 0, isReplay: false, isIndexed: false, isCanceled: false },
  };
}
