import type { LoggedEvent } from "../../domain/event.ts";
import { approximateBytes } from "../store/chunk.ts";

/** What one batch to an endpoint may hold. */
export const BATCH_EVENTS = 500;
export const BATCH_BYTES = 2 * 1024 * 1024;

/** What a pump may have on its way that is not settled yet: as much as an endpoint's object holds in memory. */
const SENT_EVENTS = 1000;
const SENT_BYTES = 4 * 1024 * 1024;

/** So many gaps in a row are no accident of the order in which calls came. */
const MOST_GAPS = 3;

/** Some of a pump's events on their way to its endpoint. */
export interface Batch {
  events: LoggedEvent[];
  /** Position of the last event of the batch before; null = it begins with what is not settled. */
  after: number | null;
  /** Whether all that was ever sent has been sent again with it. */
  isAll: boolean;
  /** What it belongs to: once one of a session is lost, what is not settled is sent again, in another one. */
  session: number;
}

/** What of a pump's queue is on its way to its endpoint: the events in front, in batches of one session. */
export class OnItsWay {
  #count = 0;
  #bytes = 0;
  /** Position of the last one that was sent in this session; null = none was. */
  #upTo: number | null = null;
  #session = 0;
  /** Position up to which some may have been sent, in any session. */
  #everUpTo = 0;
  #gaps = 0;

  /** How many events. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether this event may be sent beside those that are on their way; alone it always may. */
  hasRoomFor(event: LoggedEvent): boolean {
    return (
      this.#count === 0 || (this.#count < SENT_EVENTS && this.#bytes + approximateBytes(event) <= SENT_BYTES)
    );
  }

  /**
   * Sends the next batch of what follows in the queue; without events where none may be sent.
   * @param isChained whether it follows the one before; if not, all that was sent before is settled
   */
  send(next: Iterable<LoggedEvent>, isChained: boolean): Batch {
    const after = isChained ? this.#upTo : null;
    const batch: Batch = { events: [], after, isAll: false, session: this.#session };
    let bytes = 0;
    for (const event of next) {
      if (batch.events.length === BATCH_EVENTS || !this.hasRoomFor(event)) break;
      const eventBytes = approximateBytes(event);
      if (bytes + eventBytes > BATCH_BYTES && batch.events.length > 0) break;
      bytes += eventBytes;
      batch.events.push(event);
      this.#count++;
      this.#bytes += eventBytes;
    }
    this.#upTo = batch.events.at(-1)?.position ?? this.#upTo;
    batch.isAll = (this.#upTo ?? 0) >= this.#everUpTo;
    this.#everUpTo = Math.max(this.#everUpTo, this.#upTo ?? 0);
    return batch;
  }

  /** Counts events no longer that are settled: the front of the queue, in order, whether they were sent or not. */
  dropSettled(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (this.#count === 0) return;
      this.#count--;
      this.#bytes -= approximateBytes(event);
    }
  }

  /** Takes all up to a position for sent before. */
  assumeSent(upTo: number): void {
    this.#everUpTo = upTo;
  }

  /** Forgets that anything was sent behind a position: nothing for this endpoint lies there. */
  forgetSentBehind(position: number): void {
    this.#everUpTo = Math.min(this.#everUpTo, position);
  }

  /** Whether a batch is of the session that goes on; what became of others has been seen to. */
  isOfSession({ session }: Batch): boolean {
    return session === this.#session;
  }

  /** Whether nothing was sent after this batch. */
  isLast(batch: Batch): boolean {
    return this.isOfSession(batch) && batch.events.at(-1)?.position === this.#upTo;
  }

  /** Whatever is on its way may be lost: a new session begins with what is not settled. */
  beginAnew(): void {
    this.#session++;
    this.#count = 0;
    this.#bytes = 0;
    this.#upTo = null;
  }

  /** Begins anew, since a batch did not come. Returns whether that is so again and again, though nothing was settled in between. */
  noteGap(): boolean {
    this.beginAnew();
    return ++this.#gaps >= MOST_GAPS;
  }

  /** Forgets the gaps so far, since something was settled: the next one is the first. */
  forgetGaps(): void {
    this.#gaps = 0;
  }
}
