import type { Deadlines } from "../deadlines.ts";
import { MINUTE_MS } from "../domain/durations.ts";
import type { Clock, Timers } from "../domain/surroundings.ts";
import { DueNote, type NoteDueAt } from "./due-note.ts";
import type { OwnPlace } from "./places.ts";

/** An alarm's handler stops waiting for its work once another alarm is due this soon. */
const SOON_MS = 10_000;

/** What is done now and then is as good so much later: where hundreds of objects want it at one moment, it is spread. */
const LEISURE_MS = 30_000;

/** The handler of an alarm may run for so long on Cloudflare: what it waits for then will not end. */
const LONGEST_HANDLING_MS = 15 * MINUTE_MS;

/** An alarm may ring late, by up to a minute or so. One that did not by then was lost, and never will. */
const LOST_AFTER_MS = 60_000;

/** What of an object's storage writes, and has written. */
export type AlarmedStorage = Pick<DurableObjectStorage, "sql" | "sync" | "transactionSync">;

/**
 * When an object is awake again: its alarm, and behind it a note in D1 for cron, should the alarm be lost. Both
 * cost a row written, so they are set only where they move earlier.
 */
export class WakeUp {
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock & Timers;
  readonly #note: DueNote;
  readonly #place: Pick<OwnPlace, "book">;
  #alarmAt: number | null = null;
  /** What the alarm was asked for: it may ring a little later, where many ring at the same moment. */
  #askedFor: number | null = null;
  /** How the handler that waits for its work is told that it waits no longer; null = none waits. */
  #handlerWait: { end(): void; endDeadline(): void } | null = null;
  readonly #deadlines: Pick<Deadlines, "in">;
  /** While the alarm's handler runs: the earliest time asked for, infinite = none; null = it does not run. */
  #askedInHandler: number | null = null;

  /**
   * @param note tells D1 the next due time
   * @param place says when an alarm may ring
   */
  constructor(
    storage: DurableObjectStorage,
    clock: Clock & Timers,
    deadlines: Pick<Deadlines, "in">,
    note: NoteDueAt,
    place: Pick<OwnPlace, "book"> = { book: (atMs) => atMs },
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#place = place;
    this.#note = new DueNote(clock, note);
    this.#deadlines = deadlines;
  }

  /** Reads what alarm is set; before the object's first request. */
  async load(): Promise<void> {
    this.#alarmAt = await this.#storage.getAlarm();
    this.#askedFor = this.#alarmAt;
  }

  /** Makes sure that the object is awake at a time, Unix milliseconds; part of the transaction that surrounds it, if one does. */
  wakeBy(atMs: number): void {
    if (this.#askedInHandler !== null) {
      this.#askedInHandler = Math.min(this.#askedInHandler, atMs);
      this.#endWaitWhenDue();
      return;
    }
    this.replaceLost();
    if (this.#alarmAt !== null && this.#askedFor !== null && this.#askedFor <= atMs) return;
    this.#set(atMs);
  }

  /**
   * Makes sure that the object is awake at a time, Unix milliseconds, or up to `LEISURE_MS` later; part of the transaction that
   * surrounds it, if one does. While the alarm's handler runs nothing is set: its end says what is to be done then.
   */
  wakeAtLeisure(atMs: number): void {
    if (this.#askedInHandler !== null) return;
    this.replaceLost();
    if (!this.isSetBy(atMs + LEISURE_MS)) this.#set(atMs, LEISURE_MS);
  }

  /** Sets an alarm at once where the one that was set was lost: what it was set for is still to be done. */
  replaceLost(): void {
    if (this.#askedInHandler === null && this.#isLost()) this.#set(this.#clock.nowMs());
  }

  /** What the alarm was set for is overdue: as long as this life held it to be set, it would set no other. */
  #isLost(): boolean {
    return this.#alarmAt !== null && this.#alarmAt < this.#clock.nowMs() - LOST_AFTER_MS;
  }

  #set(atMs: number, leisureMs = 0): void {
    this.#alarmAt = this.#place.book(atMs, leisureMs);
    // What comes to be due before a leisurely one rings wants an alarm of its own.
    this.#askedFor = leisureMs > 0 ? this.#alarmAt : atMs;
    this.#storage.setAlarm(this.#alarmAt);
    this.#endWaitWhenDue();
  }

  /**
   * The object's storage, for transactions in which an alarm may be set. One that fails takes it back: as long as memory held it to
   * be set, what is stored next would have none, and after a reset nobody went on with it.
   */
  get storage(): AlarmedStorage {
    const storage = this.#storage;
    return {
      sql: storage.sql,
      sync: () => storage.sync(),
      transactionSync: (work) => {
        const [alarmAt, askedFor] = [this.#alarmAt, this.#askedFor];
        try {
          return storage.transactionSync(work);
        } catch (error) {
          [this.#alarmAt, this.#askedFor] = [alarmAt, askedFor];
          throw error;
        }
      },
    };
  }

  /** Whether an alarm is set that rings by a time. */
  isSetBy(atMs: number): boolean {
    return this.#alarmAt !== null && this.#alarmAt <= atMs;
  }

  /** The alarm rang, or was lost: memory holds none to be set. */
  noteRing(): void {
    this.#alarmAt = null;
  }

  /**
   * The alarm rang, and its handler begins. Until `endHandling` no other is set: should the object be lost, this one rings
   * again. What is asked for meanwhile costs one row at the end, whatever came of it.
   */
  beginHandling(): void {
    this.noteRing();
    this.#askedInHandler = Number.POSITIVE_INFINITY;
  }

  /** Whether the alarm's handler runs. */
  get isHandling(): boolean {
    return this.#askedInHandler !== null;
  }

  /**
   * The handler ends: sets the earliest alarm that was asked for meanwhile, or is asked for now; null = none is.
   * @param choreAt when it is to be awake at leisure
   */
  endHandling(dueAt: number | null, choreAt: number | null = null): void {
    const asked = this.#askedInHandler ?? Number.POSITIVE_INFINITY;
    this.#askedInHandler = null;
    const earliest = Math.min(asked, dueAt ?? Number.POSITIVE_INFINITY);
    if (choreAt !== null && choreAt + LEISURE_MS < earliest) this.wakeAtLeisure(choreAt);
    else if (earliest !== Number.POSITIVE_INFINITY) this.wakeBy(earliest);
  }

  /**
   * Waits for work of the alarm's handler, but no longer than until a fresh alarm is due: that rings only once the
   * handler has returned. The work goes on all the same, and reports its own failure.
   */
  async awaitOrFreshAlarm(work: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = { end: resolve, endDeadline: () => {} };
    this.#handlerWait = wait;
    this.#endWaitWhenDue();
    await Promise.race([work, promise]);
    wait.endDeadline();
    if (this.#handlerWait === wait) this.#handlerWait = null;
  }

  /** Ends the handler's wait when a fresh alarm is due. */
  #endWaitWhenDue(): void {
    const wait = this.#handlerWait;
    const dueAt = this.#askedInHandler === null ? this.#alarmAt : this.#askedInHandler - SOON_MS;
    if (wait === null || dueAt === null || dueAt === Number.POSITIVE_INFINITY) return;
    wait.endDeadline();
    const inMs = dueAt - this.#clock.nowMs();
    if (inMs <= 0) wait.end();
    else wait.endDeadline = this.#deadlines.in(Math.min(inMs, LONGEST_HANDLING_MS), wait.end);
  }

  /** Rewrites D1's note where it matters. */
  noteIfMoved(dueAt: number | null): Promise<void> {
    return this.#note.rewriteIfMoved(dueAt);
  }

  /** Rewrites D1's note. Comes true once it was tried; where it failed it is tried again later. */
  note(dueAt: number | null): Promise<void> {
    return this.#note.rewrite(dueAt);
  }
}
