import { pause } from "../domain/surroundings.ts";
import { logRetried } from "../service-log.ts";
import { HIBERNATES_AFTER_MS } from "../storage/delays.ts";
import type { NoteDueAt } from "../storage/due-note.ts";
import type { OwnPlace } from "../storage/places.ts";
import { paceOf } from "../storage/rounds.ts";
import { WakeUp } from "../storage/wake-up.ts";
import { nextChoreAt, nextDueAt } from "./due-times.ts";
import type { EndpointParts } from "./parts.ts";

/** How long dropping old records may take before it goes on from a fresh alarm. */
const RETENTION_MS_PER_ALARM = 5000;

/** When dropping old records goes on, where it was cut. */
const RETENTION_PAUSE_MS = 1000;

/** How long the alarm's handler waits for the attempts that it started: no other alarm rings meanwhile. */
const LONGEST_RING_MS = 10_000;

/** What an alarm takes of the thread, most of it later: an attempt, its record, and the next alarm; milliseconds. */
const RINGING_MS = 1.5;

/** What the alarm asks of the endpoint's object. */
export interface AlarmPort {
  parts: EndpointParts;
  /** Its place among the open objects. */
  place: OwnPlace;
  note: NoteDueAt;
  /** Whether it has a configuration and was not erased. */
  isReady(): boolean;
  /** As `isReady`, after asking D1 if need be. */
  exists(): Promise<boolean>;
  /** Starts whatever may start now, with what an invocation may do. */
  startFresh(): void;
  transaction<T>(act: () => T): T;
  /** Makes room for other objects, if it is idle. */
  close(): Promise<void>;
}

/** When an endpoint object is awake again, and what it does when its alarm rings. */
export class EndpointAlarm {
  readonly #port: AlarmPort;
  readonly #wakeUp: WakeUp;
  #hasMoreToDrop = false;
  #batchesSinceRing = 0;
  /** Ends what the alarm's handler waits for. */
  #endWaitForRest = (): void => {};

  constructor(storage: DurableObjectStorage, port: AlarmPort) {
    this.#port = port;
    const { deadlines, surroundings } = port.parts;
    this.#wakeUp = new WakeUp(storage, surroundings, deadlines, port.note, port.place);
  }

  /** Reads what alarm is set; before the object's first request. */
  load(): Promise<void> {
    return this.#wakeUp.load();
  }

  /** Whether its handler runs. */
  get isHandling(): boolean {
    return this.#wakeUp.isHandling;
  }

  /** A log handed a batch over: where several come between two alarms, more come soon, and what is counted is stored with them. */
  noteBatch(): void {
    this.#batchesSinceRing++;
  }

  /** Makes sure that the object is awake at a time, Unix milliseconds; part of the transaction that surrounds it. */
  wakeBy(atMs: number): void {
    if (!this.#port.parts.existence.isErased) this.#wakeUp.wakeBy(atMs);
  }

  /** As `wakeBy`, or a while later. */
  wakeAtLeisure(atMs: number): void {
    if (!this.#port.parts.existence.isErased) this.#wakeUp.wakeAtLeisure(atMs);
  }

  /** Stores what only memory counts. Where the disk is full, memory must not go on as if it had been stored. */
  flush(): void {
    this.#port.transaction(() => this.#port.parts.health.flush());
  }

  /** Somebody calls: an alarm that was lost is set anew, whatever is asked. */
  replaceLost(): void {
    if (!this.#port.parts.existence.isErased) this.#wakeUp.replaceLost();
  }

  /** Sets the alarm to what is due next. */
  arm(): void {
    this.replaceLost();
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.wakeBy(dueAt);
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    // An alarm that memory holds to be set may be the one that was lost: it is set anew.
    this.#wakeUp.noteRing();
    if (!(await this.#port.exists())) return;
    this.#port.startFresh();
    this.arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute. The handler of an alarm
    // may be running: its end asks nobody for a note, so this one is as if it did not.
    await this.#wakeUp.note(
      this.#port.isReady() ? nextDueAt(this.#port.parts, false, this.#port.parts.surroundings.nowMs()) : null,
    );
  }

  /** The alarm's work: what has become due, and what is done now and then. Never throws: it would not be tried for long. */
  async ring(): Promise<void> {
    const { parts, place } = this.#port;
    const { configuration, delays, operational } = parts;
    this.#wakeUp.noteRing();
    if (!place.mayGoOn()) {
      this.wakeBy(this.#port.parts.surroundings.nowMs() + place.sleepMs());
      this.#closeSoon();
      return;
    }
    this.#wakeUp.beginHandling();
    try {
      await this.#turn();
      if (!(await this.#port.exists())) return;
      // First: what is being sent is not due any more, so that nothing of the rest asks for an alarm now.
      const sent = this.#awaitOrLog("could not publish operational events", operational.send());
      this.#port.startFresh();
      this.#endDeparture();
      await this.#retain();
      const reported = this.#port.parts.existence.isErased
        ? null
        : this.#awaitOrLog("could not tell D1 a status", configuration.report());
      // Should the object be lost before, the alarm rings again: nobody else would tell it. A log or D1 that does not answer
      // must not keep what is due from its alarm.
      await this.#wakeUp.awaitOrFreshAlarm(Promise.all([reported, sent, parts.health.told]));
      await this.#awaitRest();
    } catch (error) {
      this.#log("error", "the alarm's work failed", error);
      this.wakeBy(this.#port.parts.surroundings.nowMs() + delays.safetyNetMs);
    } finally {
      this.#setNext();
    }
    // What is in flight ends soon, and then it is noted: for each such moment D1 would be written twice.
    const isAtRest = !this.#port.parts.existence.isErased && parts.queue.inFlight === 0;
    if (!isAtRest) return;
    await this.#wakeUp.awaitOrFreshAlarm(this.#wakeUp.noteIfMoved(this.#nextDueAt()));
    if (place.isWanted()) this.#closeSoon();
  }

  /** A thousand endpoints may fail at one moment, and again a second later: their retries come behind the first attempts of others. */
  #turn(): Promise<void> {
    const { configuration, surroundings } = this.#port.parts;
    if (!configuration.isPresent) return Promise.resolve();
    const pace = paceOf(configuration.current.config.workspaceId, surroundings, true);
    return new Promise((begin) => pace.run(begin, RINGING_MS));
  }

  /** Whoever listened did not come back within the hour. */
  #endDeparture(): void {
    const { departure } = this.#port.parts;
    if ((departure.endsAt ?? Number.POSITIVE_INFINITY) <= this.#port.parts.surroundings.nowMs())
      this.#port.transaction(() => departure.end());
  }

  /** The handler ends: stores what only memory counts, and sets the next alarm. */
  #setNext(): void {
    const { health } = this.#port.parts;
    const isReady = this.#port.isReady();
    const isInUse = isReady && this.#isInUse;
    this.#batchesSinceRing = 0;
    // Where events come one after the other, what their own rows tell is stored now and then.
    if (isReady && (!isInUse || health.hasUnstored)) this.flush();
    const nowMs = this.#port.parts.surroundings.nowMs();
    const dueAt = isReady ? nextDueAt(this.#port.parts, false, nowMs) : null;
    if (isReady && this.#hasMoreToDrop) this.wakeBy(nowMs + RETENTION_PAUSE_MS);
    const choreAt = isReady ? nextChoreAt(this.#port.parts, nowMs) : null;
    this.#wakeUp.endHandling(dueAt, choreAt);
  }

  /** Whether batches come one after the other. Each may have found the object asleep: so memory alone does not tell. */
  get #isInUse(): boolean {
    const { delays, deliveries } = this.#port.parts;
    return (
      this.#batchesSinceRing > 1 ||
      deliveries.hasTwoSince(this.#port.parts.surroundings.nowMs() - delays.safetyNetMs)
    );
  }

  /**
   * As long as the handler runs, the alarm that rang is the safety net: should the object be lost, it rings again. So no
   * other is set for attempts that soon end.
   */
  async #awaitRest(): Promise<void> {
    if (this.#port.parts.queue.inFlight === 0 || this.#port.parts.existence.isErased) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#endWaitForRest = resolve;
    const end = this.#port.parts.deadlines.in(LONGEST_RING_MS, resolve);
    await this.#wakeUp.awaitOrFreshAlarm(promise);
    end();
  }

  async #awaitOrLog(message: string, work: Promise<void>): Promise<void> {
    await work.catch((error) => this.#log("warn", message, error));
  }

  /** Drops old records in steps, each in a macrotask of its own. */
  async #retain(): Promise<void> {
    const { health, retention, tail } = this.#port.parts;
    const endsAt = this.#port.parts.surroundings.nowMs() + RETENTION_MS_PER_ALARM;
    do {
      // The alarm's end sets the next one: a safety net here would have what waits for hours ring every few seconds.
      this.#hasMoreToDrop = this.#port.transaction(() => {
        const { expired, hasMore } = retention.run(this.#port.parts.surroundings.nowMs());
        health.countExpired(expired);
        tail.noteSkipped(expired.length);
        health.tidy();
        return hasMore;
      });
      await pause(this.#port.parts.surroundings);
    } while (this.#hasMoreToDrop && this.#port.isReady() && this.#port.parts.surroundings.nowMs() < endsAt);
  }

  /** Nothing is in flight any more, and nothing may start. */
  noteRest(): void {
    this.#endWaitForRest();
    if (this.#port.parts.existence.isErased || this.isHandling) return;
    this.arm();
    const { health } = this.#port.parts;
    const troubleAt = this.#port.isReady() ? health.troubleAt() : null;
    if (troubleAt !== null) this.wakeBy(troubleAt);
    // What only memory counts is stored by an alarm that is set anyway; where none is soon, now: a timer would keep it awake.
    if (
      health.hasUnstored &&
      !this.#wakeUp.isSetBy(this.#port.parts.surroundings.nowMs() + HIBERNATES_AFTER_MS)
    )
      this.flush();
    this.#wakeUp.noteIfMoved(this.#nextDueAt());
    if (this.#port.place.isWanted()) this.#closeSoon();
  }

  /** Once the alarm is over: one that is cut would ring again at once. */
  #closeSoon(): void {
    this.#port.parts.surroundings.after(0, () => this.#port.close());
  }

  #nextDueAt(): number | null {
    return this.#port.isReady()
      ? nextDueAt(this.#port.parts, this.isHandling, this.#port.parts.surroundings.nowMs())
      : null;
  }

  #log(level: "warn" | "error", message: string, error: unknown): void {
    logRetried(level, message, { endpoint: this.#port.parts.endpointId(), error });
  }
}
