import type { LoggedEvent } from "../../domain/event.ts";
import { approximateBytes } from "../store/chunk.ts";
import type { Group } from "./groups.ts";
import { BATCH_BYTES, BATCH_EVENTS, type Batch, OnItsWay } from "./on-its-way.ts";

/** A pump that would hold more than this in memory reads from storage instead. */
const QUEUE_EVENTS = 2000;
const QUEUE_BYTES = 8 * 1024 * 1024;

const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 60_000;

interface Held {
  event: LoggedEvent;
  group: Group | null;
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
  #queue: Held[] = [];
  #queuedBytes = 0;
  /** The first of them. */
  readonly #onItsWay = new OnItsWay();
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
    const next = this.#queue.slice(this.#onItsWay.count, this.#onItsWay.count + BATCH_EVENTS);
    // One that reads from storage waits for each answer: all that it sent before is settled.
    return this.#onItsWay.send(
      next.map(({ event }) => event),
      this.isLive,
    );
  }

  /** A life of the log before this one may have sent all that it holds, or all up to a position that it reads from. */
  assumeSent(upTo: number): void {
    this.#onItsWay.assumeSent(this.isLive ? (this.#queue.at(-1)?.event.position ?? 0) : upTo);
  }

  /** Whether it has something to send that may be sent. */
  get maySend(): boolean {
    const next = this.#queue[this.#onItsWay.count];
    return next !== undefined && this.#onItsWay.hasRoomFor(next.event);
  }

  /** See `OnItsWay`. */
  isOfSession(batch: Batch): boolean {
    return this.#onItsWay.isOfSession(batch);
  }

  /**
   * Sends again what is not settled of the last batch, which was answered: an older call that came late had the endpoint answer it,
   * and nobody would say what becomes of the rest.
   */
  sendRestAgain(batch: Batch): void {
    if (this.#onItsWay.isLast(batch)) this.#onItsWay.beginAnew();
  }

  /** Sends again what is not settled, since a batch did not come. Returns whether that is so again and again. */
  noteGap(): boolean {
    return this.#onItsWay.noteGap();
  }

  /** What its next batch takes, at most; one that reads from storage does not know it yet. */
  get batchBytes(): number {
    return this.isLive ? Math.min(this.#queuedBytes - this.#onItsWay.bytes, BATCH_BYTES) : BATCH_BYTES;
  }

  /** Takes what is settled, up to a position, out of the queue. */
  confirm(upTo: number): void {
    const behind = this.#queue.findIndex(({ event }) => event.position > upTo);
    const settled = this.#queue.splice(0, behind === -1 ? this.#queue.length : behind);
    for (const { event, group } of settled) {
      this.#queuedBytes -= approximateBytes(event);
      if (group) group.outstanding--;
    }
    this.#onItsWay.dropSettled(settled.map(({ event }) => event));
    if (settled.length > 0) this.noteSuccess();
  }

  /** Has the next failure wait 1 s again. */
  noteSuccess(): void {
    this.#backoffMs = 0;
    this.#onItsWay.forgetGaps();
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
    this.#onItsWay.beginAnew();
    this.#source = { kind: "lagging", position };
  }

  /** What it read last reaches to the end of the log: what is committed from now on goes into memory. */
  catchUp(): void {
    if (this.#source.kind !== "lagging") return;
    this.#source = { kind: "live_behind_row", position: this.#source.position };
    // Nothing that is for this endpoint lies behind what it holds.
    this.#onItsWay.forgetSentBehind(this.#queue.at(-1)?.event.position ?? 0);
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
