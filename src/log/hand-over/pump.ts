import type { LoggedEvent } from "../../domain/event.ts";
import { approximateBytes } from "../store/chunk.ts";

/** What one batch to an endpoint may hold. */
export const BATCH_EVENTS = 500;
export const BATCH_BYTES = 2 * 1024 * 1024;

/** A pump that would hold more than this in memory reads from storage instead. */
const QUEUE_EVENTS = 2000;
const QUEUE_BYTES = 8 * 1024 * 1024;

const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 60_000;

/** A committed group on its way: done once every endpoint it concerns has confirmed its share, or has a row. */
export interface Group {
  /** Positions of its first and last event. */
  first: number;
  last: number;
  /** Shares (an event for an endpoint) that are not confirmed yet. */
  outstanding: number;
}

interface Share {
  event: LoggedEvent;
  group: Group | null;
}

/**
 * What one endpoint has yet to be handed. A *live* pump holds its events in memory as they are committed; one
 * that *lags* has a row with its position and reads what follows from storage. A live pump has a row too while it
 * holds events that no group counts.
 */
export class Pump {
  readonly number: number;
  #queue: Share[] = [];
  queuedBytes = 0;
  /** What its row holds: where it goes on after a restart; null = it has none, the groups know. */
  storedPosition: number | null;
  /** Whether events go into memory as they are committed. */
  live: boolean;
  inFlight = false;
  /** Not before this time, Unix milliseconds. */
  notBefore = 0;
  #backoffMs = 0;

  constructor(number: number, storedPosition: number | null) {
    this.number = number;
    this.storedPosition = storedPosition;
    this.live = storedPosition === null;
  }

  get isIdle(): boolean {
    return this.live && this.#queue.length === 0 && !this.inFlight && this.storedPosition === null;
  }

  /** Whether it would hold too much with this event in its queue. */
  isFullWith(event: LoggedEvent): boolean {
    return this.#queue.length >= QUEUE_EVENTS || this.queuedBytes + approximateBytes(event) > QUEUE_BYTES;
  }

  push(event: LoggedEvent, group: Group | null): void {
    this.#queue.push({ event, group });
    this.queuedBytes += approximateBytes(event);
    if (group) group.outstanding++;
  }

  /** The next batch, still in the queue until it is confirmed. */
  batch(): LoggedEvent[] {
    const events: LoggedEvent[] = [];
    let bytes = 0;
    for (const { event } of this.#queue) {
      bytes += approximateBytes(event);
      if (events.length >= BATCH_EVENTS || (bytes > BATCH_BYTES && events.length > 0)) break;
      events.push(event);
    }
    return events;
  }

  /** What its next batch takes, at most; one that reads from storage does not know it yet. */
  get batchBytes(): number {
    return this.live ? Math.min(this.queuedBytes, BATCH_BYTES) : BATCH_BYTES;
  }

  /** Takes what was confirmed, up to a position, out of the queue. */
  confirm(upTo: number): void {
    let count = 0;
    for (const { event, group } of this.#queue) {
      if (event.position > upTo) break;
      count++;
      this.queuedBytes -= approximateBytes(event);
      if (group) group.outstanding--;
    }
    this.#queue.splice(0, count);
    if (count > 0) this.succeeded();
  }

  /** The next failure waits 1 s again. */
  succeeded(): void {
    this.#backoffMs = 0;
  }

  /** The position before the first event it still holds, or null if it holds none. */
  positionBeforeQueue(): number | null {
    const first = this.#queue[0];
    return first ? first.event.position - 1 : null;
  }

  /** Events up to a position stay in its queue, but only its row counts them: the caller has stored it. */
  countByRow(upTo: number, storedPosition: number): void {
    for (const share of this.#queue) {
      if (share.event.position > upTo) break;
      if (share.group) share.group.outstanding--;
      share.group = null;
    }
    this.storedPosition = storedPosition;
  }

  /** Whether events that no group counts are still in its queue: then they are its first. */
  get holdsUngrouped(): boolean {
    return this.#queue[0]?.group === null;
  }

  /** From now on reads from storage after `position`; the caller has stored the row. */
  lagFrom(position: number): void {
    for (const { group } of this.#queue) if (group) group.outstanding--;
    this.#queue = [];
    this.queuedBytes = 0;
    this.live = false;
    this.storedPosition = position;
  }

  get isBackingOff(): boolean {
    return this.#backoffMs > 0;
  }

  /** Waits longer after each failure: 1 s, doubled up to 60 s. */
  backOff(now: number): void {
    this.#backoffMs = Math.min(
      LAST_BACKOFF_MS,
      this.#backoffMs === 0 ? FIRST_BACKOFF_MS : this.#backoffMs * 2,
    );
    this.notBefore = now + this.#backoffMs;
  }
}
