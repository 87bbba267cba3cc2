import type { LoggedEvent } from "../../domain/event.ts";
import { approximateBytes } from "../store/chunk.ts";

/** What one batch to an endpoint may hold. */
export const BATCH_EVENTS = 500;
export const BATCH_BYTES = 2 * 1024 * 1024;

/** What a pump may have on its way that is not settled yet: as much as an endpoint's object holds in memory. */
export const SENT_EVENTS = 1000;
export const SENT_BYTES = 4 * 1024 * 1024;

/** A pump that would hold more than this in memory reads from storage instead. */
const QUEUE_EVENTS = 2000;
const QUEUE_BYTES = 8 * 1024 * 1024;

/** So many gaps in a row are no accident of the order in which calls came. */
const MOST_GAPS = 3;

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

/** Where a pump's events come from, and what a restart finds them by. Positions are those of the log. */
type Source =
  /** They go into memory as they are committed, and groups count them. */
  | { kind: "live" }
  /** As live, but it still holds some that no group counts: its row does, which ends at `position`. */
  | { kind: "live_behind_row"; position: number }
  /** It has a row, and reads what follows `position` from storage. */
  | { kind: "lagging"; position: number };

/** Whether a batch is on its way. All in Unix milliseconds. */
type Motion =
  | { kind: "waiting"; notBeforeMs: number }
  /** `thenNotBeforeMs`: when the next step may follow, as far as this one tells. */
  | { kind: "in_flight"; thenNotBeforeMs: number };

/** What one endpoint has yet to be handed, and how far that is. */
export class Pump {
  readonly number: number;
  #queue: Share[] = [];
  #queuedBytes = 0;
  /** How many of them, from the front, are on their way, and what they take. */
  #sent = 0;
  #sentBytes = 0;
  /** Position of the last one that was sent in this session; null = none was. */
  #sentUpTo: number | null = null;
  #session = 0;
  /** Position up to which some may have been sent, in any session. */
  #everSentUpTo = 0;
  #gaps = 0;
  #source: Source;
  #motion: Motion = { kind: "waiting", notBeforeMs: 0 };
  #backoffMs = 0;

  /** @param position where its row has it go on; null = it has none: it is live */
  constructor(number: number, position: number | null) {
    this.number = number;
    this.#source = position === null ? { kind: "live" } : { kind: "lagging", position };
  }

  /** Whether events go into memory as they are committed. */
  get isLive(): boolean {
    return this.#source.kind !== "lagging";
  }

  /** Where it goes on after a restart, by its row; null = it has none, the groups know. */
  get rowPosition(): number | null {
    return this.#source.kind === "live" ? null : this.#source.position;
  }

  /** What it holds in memory, bytes. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get isInFlight(): boolean {
    return this.#motion.kind === "in_flight";
  }

  /** When its next step may start, Unix milliseconds. */
  get notBeforeMs(): number {
    return this.#motion.kind === "waiting" ? this.#motion.notBeforeMs : this.#motion.thenNotBeforeMs;
  }

  /** Whether a step would do something: what waits for answers alone needs none. */
  get wantsTurn(): boolean {
    return !this.isLive || this.maySend || (this.#queue.length === 0 && !this.isIdle);
  }

  get isIdle(): boolean {
    return this.#source.kind === "live" && this.#queue.length === 0 && !this.isInFlight;
  }

  /** Whether it would hold too much with this event in its queue. */
  isFullWith(event: LoggedEvent): boolean {
    return this.#queue.length >= QUEUE_EVENTS || this.#queuedBytes + approximateBytes(event) > QUEUE_BYTES;
  }

  push(event: LoggedEvent, group: Group | null): void {
    this.#queue.push({ event, group });
    this.#queuedBytes += approximateBytes(event);
    if (group) group.outstanding++;
  }

  /** Sends the next batch, which is in the queue until it is settled; without events where none may be sent. */
  send(): Batch {
    // One that reads from storage waits for each answer: all that it sent before is settled.
    const after = this.isLive ? this.#sentUpTo : null;
    const batch: Batch = { events: [], after, isAll: false, session: this.#session };
    let bytes = 0;
    for (const { event } of this.#queue.slice(this.#sent, this.#sent + BATCH_EVENTS)) {
      const eventBytes = approximateBytes(event);
      const isAlone = this.#sent === 0 && batch.events.length === 0;
      if (
        !isAlone &&
        (this.#sent + batch.events.length >= SENT_EVENTS || this.#sentBytes + bytes + eventBytes > SENT_BYTES)
      )
        break;
      if (bytes + eventBytes > BATCH_BYTES && batch.events.length > 0) break;
      bytes += eventBytes;
      batch.events.push(event);
    }
    this.#sent += batch.events.length;
    this.#sentBytes += bytes;
    this.#sentUpTo = batch.events.at(-1)?.position ?? this.#sentUpTo;
    batch.isAll = (this.#sentUpTo ?? 0) >= this.#everSentUpTo;
    this.#everSentUpTo = Math.max(this.#everSentUpTo, this.#sentUpTo ?? 0);
    return batch;
  }

  /** A life of the log before this one may have sent all that it holds, or all up to a position that it reads from. */
  hasBeenSent(upTo: number): void {
    this.#everSentUpTo = this.isLive ? (this.#queue.at(-1)?.event.position ?? 0) : upTo;
  }

  /** Whether it has something to send that may be sent. */
  get maySend(): boolean {
    const next = this.#queue[this.#sent];
    if (next === undefined) return false;
    const bytes = this.#sentBytes + approximateBytes(next.event);
    return this.#sent === 0 || (this.#sent < SENT_EVENTS && bytes <= SENT_BYTES);
  }

  /** Whether a batch is of the session that goes on; what became of others has been seen to. */
  isOfSession({ session }: Batch): boolean {
    return session === this.#session;
  }

  /** A batch did not come. Whether that is so again and again, though nothing was settled in between. */
  gap(): boolean {
    this.sendAgain();
    return ++this.#gaps >= MOST_GAPS;
  }

  /** What is on its way may be lost: what is not settled is sent again. */
  sendAgain(): void {
    this.#session++;
    this.#sent = 0;
    this.#sentBytes = 0;
    this.#sentUpTo = null;
  }

  /** What its next batch takes, at most; one that reads from storage does not know it yet. */
  get batchBytes(): number {
    return this.isLive ? Math.min(this.#queuedBytes - this.#sentBytes, BATCH_BYTES) : BATCH_BYTES;
  }

  /** Takes what is settled, up to a position, out of the queue. */
  confirm(upTo: number): void {
    let count = 0;
    for (const { event, group } of this.#queue) {
      if (event.position > upTo) break;
      const bytes = approximateBytes(event);
      this.#queuedBytes -= bytes;
      if (count++ < this.#sent) this.#sentBytes -= bytes;
      if (group) group.outstanding--;
    }
    this.#queue.splice(0, count);
    this.#sent = Math.max(0, this.#sent - count);
    if (count > 0) this.succeeded();
  }

  /** The next failure waits 1 s again. */
  succeeded(): void {
    this.#backoffMs = 0;
    this.#gaps = 0;
  }

  /** The position before the first event it still holds, or null if it holds none. */
  positionBeforeQueue(): number | null {
    const first = this.#queue[0];
    return first ? first.event.position - 1 : null;
  }

  /** Events up to a position stay in its queue, but only its row counts them, which the caller has stored. */
  countByRow(upTo: number, rowPosition: number): void {
    for (const share of this.#queue) {
      if (share.event.position > upTo) break;
      if (share.group) share.group.outstanding--;
      share.group = null;
    }
    this.#source = { kind: "live_behind_row", position: rowPosition };
  }

  /** Whether events that no group counts are still in its queue: then they are its first. */
  get holdsUngrouped(): boolean {
    return this.#queue[0]?.group === null;
  }

  /** From now on reads from storage after `position`; the caller has stored the row. */
  lagFrom(position: number): void {
    for (const { group } of this.#queue) if (group) group.outstanding--;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.sendAgain();
    this.#source = { kind: "lagging", position };
  }

  /** What it read last reaches to the end of the log: what is committed from now on goes into memory. */
  catchUp(): void {
    if (this.#source.kind !== "lagging") return;
    this.#source = { kind: "live_behind_row", position: this.#source.position };
    // Nothing that is for this endpoint lies behind what it holds.
    this.#everSentUpTo = Math.min(this.#everSentUpTo, this.#queue.at(-1)?.event.position ?? 0);
  }

  /** Has a row that ends at another position now, whether that is stored or only known to have nothing before it. */
  moveRow(position: number): void {
    if (this.#source.kind !== "live") this.#source = { ...this.#source, position };
  }

  /** Its row is gone: it holds nothing any more that only the row counted. */
  forgetRow(): void {
    this.#source = { kind: "live" };
  }

  /** A step begins. */
  start(): void {
    this.#motion = { kind: "in_flight", thenNotBeforeMs: 0 };
  }

  /** Its step is over. */
  stop(): void {
    this.#motion = { kind: "waiting", notBeforeMs: this.notBeforeMs };
  }

  /** Does not start before a time, Unix milliseconds. */
  rest(untilMs: number): void {
    this.#motion = { kind: "waiting", notBeforeMs: untilMs };
  }

  get isBackingOff(): boolean {
    return this.#backoffMs > 0;
  }

  /** Its step failed: the next one waits 1 s, doubled each time up to 60 s. */
  backOff(nowMs: number): void {
    this.#backoffMs = Math.min(
      LAST_BACKOFF_MS,
      this.#backoffMs === 0 ? FIRST_BACKOFF_MS : this.#backoffMs * 2,
    );
    const notBeforeMs = nowMs + this.#backoffMs;
    this.#motion = this.isInFlight
      ? { kind: "in_flight", thenNotBeforeMs: notBeforeMs }
      : { kind: "waiting", notBeforeMs };
  }
}
