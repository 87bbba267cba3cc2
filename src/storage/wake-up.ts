import { mustNoteDueAt } from "../domain/due.ts";
import { logLine } from "../service-log.ts";
import type { OwnPlace } from "./places.ts";

/**
 * When an object is awake again: its alarm, and behind it a note in D1 for cron, should the alarm be lost. Both
 * cost a row written, so they are set only where they move earlier.
 */
export class WakeUp {
  readonly #storage: DurableObjectStorage;
  readonly #note: (dueAt: number | null) => Promise<void>;
  readonly #place: Pick<OwnPlace, "book">;
  #alarmAt: number | null = null;
  /** What the alarm was asked for: it may ring a little later, where many ring at the same moment. */
  #askedFor: number | null = null;
  #notedDueAt: number | null = null;
  #freshAlarmDue = (): void => {};

  /**
   * @param note tells D1 the next due time, Unix milliseconds; null = nothing is due
   * @param place says when an alarm may ring
   */
  constructor(
    storage: DurableObjectStorage,
    note: (dueAt: number | null) => Promise<void>,
    place: Pick<OwnPlace, "book"> = { book: (time) => time },
  ) {
    this.#storage = storage;
    this.#place = place;
    this.#note = note;
  }

  /** Reads what alarm is set; before the object's first request. */
  async load(): Promise<void> {
    this.#alarmAt = await this.#storage.getAlarm();
    this.#askedFor = this.#alarmAt;
  }

  /** Makes sure that the object is awake at a time; part of the transaction that surrounds it, if one does. */
  by(time: number): void {
    if (time <= Date.now()) this.#freshAlarmDue();
    if (this.#alarmAt !== null && this.#askedFor !== null && this.#askedFor <= time) return;
    this.#askedFor = time;
    this.#alarmAt = this.#place.book(time);
    this.#storage.setAlarm(this.#alarmAt);
  }

  /** Whether an alarm is set that rings by a time. */
  isSetBy(time: number): boolean {
    return this.#alarmAt !== null && this.#alarmAt <= time;
  }

  /** The alarm rang: none is set now. */
  rang(): void {
    this.#alarmAt = null;
  }

  /**
   * Waits for work of the alarm's handler, but no longer than until a fresh alarm is due: that rings only once the
   * handler has returned. The work goes on all the same, and reports its own failure.
   */
  async orFreshAlarm(work: Promise<void>): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= Date.now()) return;
    const fresh = Promise.withResolvers<void>();
    this.#freshAlarmDue = fresh.resolve;
    await Promise.race([work, fresh.promise]);
    this.#freshAlarmDue = () => {};
  }

  /** Rewrites D1's note where it matters. */
  async noteIfMoved(dueAt: number | null): Promise<void> {
    if (mustNoteDueAt(this.#notedDueAt, dueAt, Date.now())) await this.note(dueAt);
  }

  /** Rewrites D1's note; a failure is reported and left to the next time, since the alarm is the rule. */
  async note(dueAt: number | null): Promise<void> {
    const before = this.#notedDueAt;
    this.#notedDueAt = dueAt;
    try {
      await this.#note(dueAt);
    } catch (error) {
      this.#notedDueAt = before;
      logLine("warn", "could not note the next due time", { error });
    }
  }
}
