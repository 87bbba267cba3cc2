import { noteEndpointDueAt, noteFinalCounts } from "../d1/object-reports.ts";
import { Deadlines } from "../deadlines.ts";
import type { Attempt } from "../domain/delivery.ts";
import type { EndpointConfig } from "../domain/endpoint.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import type { KeyConflict } from "../domain/messages.ts";
import type { Slots } from "../domain/slots.ts";
import type { Standstill } from "../domain/waiting.ts";
import type { Env } from "../env.ts";
import { logLine } from "../service-log.ts";
import { HIBERNATES_AFTER_MS } from "../storage/delays.ts";
import { type OwnPlace, placesOf } from "../storage/places.ts";
import { startAnew } from "../storage/start-anew.ts";
import {
  askDisk,
  isStorageExhausted,
  isStorageFullError,
  mustAskDisk,
  noteStorageFull,
} from "../storage/storage-room.ts";
import { type NoteDueAt, WakeUp } from "../storage/wake-up.ts";
import type { Network } from "./attempt/attempt.ts";
import { brokenAttempt, type Outgoing, send } from "./attempt/send.ts";
import { Drain } from "./drain/drain.ts";
import { InFlightMemory } from "./drain/memory.ts";
import { nextChoreAt, nextDueAt } from "./due-times.ts";
import { followChange } from "./follow-change.ts";
import type { EndpointParts } from "./parts.ts";
import type { EndpointEffects } from "./record/effects.ts";

/** How long dropping old records may take before it goes on from a fresh alarm. */
const RETENTION_MS_PER_ALARM = 5000;

/** How long the alarm's handler waits for the attempts that it started: no other alarm rings meanwhile. */
const LONGEST_RING_MS = 10_000;

/** Outcomes of a request that did what was asked: only these are kept for its repetition. */
const DONE = new Set(["enqueued", "due", "canceled", "sweeping"]);

/** What an object has to send with. */
interface RunnerMeans {
  network: Network;
  /** Those of the object: its attempts share them with what it asks of D1. */
  slots: Slots;
  /** Its place among the open objects. */
  place: OwnPlace;
}

/** What keeps an endpoint object going: its changes, what follows from them, and when it is awake again. */
export class Runner {
  readonly #ctx: DurableObjectState;
  readonly #db: D1Database;
  readonly #parts: EndpointParts;
  readonly #network: Network;
  readonly #slots: Slots;
  #memory: InFlightMemory | null = null;
  /** Whether all objects share one disk. */
  readonly #isOnDisk: boolean;
  readonly #drain: Drain;
  readonly #place: OwnPlace;
  readonly #wakeUp: WakeUp;
  #isLoaded = false;
  #isErased = false;
  /** Its tables are gone, until the next life makes them anew. */
  #isEmpty = false;
  #isSweeping = false;
  #hasMoreToDrop = false;
  #batchesSinceAlarm = 0;
  /** What the alarm's handler waits for. */
  #atRest = (): void => {};
  readonly #deadlines = new Deadlines();

  constructor(
    ctx: DurableObjectState,
    env: Env,
    parts: EndpointParts,
    { network, slots, place }: RunnerMeans,
  ) {
    this.#ctx = ctx;
    this.#db = env.DB;
    this.#isOnDisk = env.DISK !== undefined;
    this.#parts = parts;
    this.#network = network;
    this.#slots = slots;
    const connections = placesOf(env)?.connections.holder(parts.endpointId(), () => slots.held);
    if (connections) slots.limitTo(() => connections(Date.now()));
    slots.whenFreed(() => {
      if (this.isReady) this.#drain.slotFreed();
    });
    const { endpointId, configuration, queue, standing, sweeps } = parts;
    parts.health.whenUntold((retryAt) => this.#wakeBy(retryAt));
    this.#place = place;
    const note: NoteDueAt = (dueAt, ifMoved) => noteEndpointDueAt(env.DB, endpointId(), dueAt, ifMoved);
    this.#wakeUp = new WakeUp(ctx.storage, note, this.#place);
    this.#drain = new Drain({
      ...{ queue, standing },
      now: () => Date.now(),
      random: Math.random,
      policy: () => configuration.current.policy,
      status: () => {
        const rests = this.#isErased || sweeps.isCanceling || !this.#place.mayGoOn();
        return rests ? "paused" : configuration.current.config.status;
      },
      slots: this.#slots,
      memory: () => this.#inFlightMemory(),
      canRecord: () => this.#canRecord(env.DISK),
      attempt: async (claimed) => send(configuration.current, claimed, network),
      brokenAttempt: (claimed, startedAt, error) => {
        this.#log("error", "an attempt broke", error);
        return brokenAttempt(configuration.current, claimed, startedAt, Date.now());
      },
      commit: (record, effects) => this.#commit(record, effects),
      wakeBy: (time) => this.#wakeBy(time),
      cameToRest: () => this.#cameToRest(),
    });
  }

  /** Asks the disk, if it is there to be asked, for the next time. */
  #canRecord(disk: Fetcher | undefined): boolean {
    const now = Date.now();
    if (mustAskDisk(disk, now)) this.#ctx.waitUntil(askDisk(disk, now));
    return !isStorageExhausted(now);
  }

  #inFlightMemory(): InFlightMemory {
    const { configuration, endpointId } = this.#parts;
    this.#memory ??= new InFlightMemory(endpointId(), configuration.current.config.workspaceId);
    return this.#memory;
  }

  /** Reads what is stored, before the object's first request, and goes on with what was cut off. */
  async load(): Promise<void> {
    await this.#wakeUp.load();
    await this.#parts.configuration.load();
    // What a life before this one held is given back, whether anything is sent in this one or not.
    if (this.isReady) this.#inFlightMemory();
    this.#isLoaded = true;
    this.start();
  }

  /** Whether nothing of its memory would be missed: no attempt, no sweep, no alarm's work is under way. */
  get isIdle(): boolean {
    const { queue } = this.#parts;
    return (
      this.#isLoaded &&
      !this.#wakeUp.isHandling &&
      !this.#isSweeping &&
      queue.inFlight === 0 &&
      this.#slots.isUnused
    );
  }

  /** Makes room for other objects, if it is idle: it is closed, and goes on when its alarm rings or somebody calls. */
  async close(): Promise<void> {
    if (!this.isIdle) return;
    if (this.isReady) {
      this.#parts.health.flush();
      this.#arm();
    }
    await this.#place.close();
  }

  /** Whether it has a configuration and was not erased. */
  get isReady(): boolean {
    return this.#parts.configuration.isPresent && !this.#isErased;
  }

  get isErased(): boolean {
    return this.#isErased;
  }

  /** Whether this endpoint exists; an object that has no configuration asks D1. */
  async exists(): Promise<boolean> {
    if (!this.isReady && !this.#isErased) await this.adopt(null);
    return this.isReady;
  }

  /** Takes a configuration, unless it has that version or a newer one; null = what D1 has. */
  async adopt(given: EndpointConfig | null): Promise<void> {
    if (this.#isErased) return;
    const { configuration } = this.#parts;
    const prepared = await configuration.prepare(given);
    if (!prepared || this.#isErased) return;
    this.change(() => {
      const taken = configuration.take(prepared);
      if (taken?.before) followChange(taken.before, taken.after, this.#parts);
    });
    this.start();
  }

  /**
   * The answer of `act`, which changes what is stored; for a repeated request the first one's, kept with that change.
   * What the change makes possible starts after it.
   */
  once<Answer extends { outcome: string }>(
    request: IdempotentRequest | undefined,
    act: () => Answer,
  ): Answer | KeyConflict {
    if (request === undefined || this.#isErased) {
      const answer = act();
      this.start();
      return answer;
    }
    const now = Date.now();
    const once = this.#parts.kept.answerOnce<Answer, Answer>(
      (work) => this.change(work),
      request,
      now,
      () => {
        const made = act();
        return DONE.has(made.outcome) ? { keep: made } : { tell: made };
      },
    );
    if (once.outcome === "key_conflict") return once;
    if (once.outcome === "answered" && once.isRepeated) return { ...once.answer, isRepeated: true };
    const answer = once.outcome === "told" ? once.told : once.answer;
    this.start();
    return answer;
  }

  /** What keeps the endpoint's deliveries at this moment. */
  standstill(): Standstill {
    const { configuration, sweeps } = this.#parts;
    const { status } = configuration.current.config;
    return { status, isCanceling: sweeps.isCanceling, ...this.#drain.standstill() };
  }

  /** Starts whatever may start now. */
  start(): void {
    if (!this.isReady || !this.#place.mayGoOn()) return;
    if (!this.#parts.sweeps.isDone) this.#continueSweeps();
    this.#drain.run();
  }

  /** One attempt outside the queue, as soon as a slot is free. */
  async sendOnce(outgoing: Outgoing): Promise<Attempt> {
    await this.#slots.takeWhenFree();
    try {
      const { attempt } = await send(this.#parts.configuration.current, outgoing, this.#network);
      return attempt;
    } finally {
      this.#slots.release();
      this.start();
    }
  }

  /** A step now and each further one in a macrotask of its own, so that attempts and requests go on between. */
  #continueSweeps(): void {
    if (this.#isSweeping || this.#isErased) return;
    const { sweeps, health, tail } = this.#parts;
    this.change(() => {
      const canceled = sweeps.step(Date.now());
      health.canceled(canceled);
      tail.skipped(canceled);
    });
    if (sweeps.isDone) return;
    this.#isSweeping = true;
    setTimeout(() => {
      this.#isSweeping = false;
      this.start();
    }, 0);
  }

  /** Takes deliveries into the queue. */
  enqueue<T>(take: () => T): T {
    this.#batchesSinceAlarm++;
    return this.change(take);
  }

  /** A change of what is stored: one transaction, with an alarm for the work that it leaves. */
  change<T>(change: () => T): T {
    const { queue, tail } = this.#parts;
    const last = queue.lastSequence;
    const result = this.#transaction(() => {
      const made = change();
      this.#arm();
      return made;
    });
    if (queue.lastSequence > last) tail.changed(last + 1, queue.lastSequence);
    return result;
  }

  /** What only memory counts is stored by an alarm that is set anyway; where none is soon, now: a timer would keep it awake. */
  #storeCounts(): void {
    const { health } = this.#parts;
    if (health.hasUnstored && !this.#wakeUp.isSetBy(Date.now() + HIBERNATES_AFTER_MS)) health.flush();
  }

  #transaction<T>(act: () => T): T {
    try {
      return this.#ctx.storage.transactionSync(() => {
        const result = act();
        this.#parts.health.beforeCommit();
        return result;
      });
    } catch (error) {
      if (this.#isOnDisk && isStorageFullError(error)) noteStorageFull(Date.now());
      // What memory counts is not what was stored: a new instance reads it again.
      startAnew(this.#ctx, `a change of what is stored failed: ${error}`);
      throw error;
    }
  }

  /** It has a place now, for which it waited. */
  goOn(): void {
    this.start();
    this.#arm();
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    // An alarm that memory holds to be set may be the one that was lost: it is set anew.
    this.#wakeUp.rang();
    if (!(await this.exists())) return;
    this.start();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute. The handler of an alarm
    // may be running: its end asks nobody for a note, so this one is as if it did not.
    await this.#wakeUp.note(this.isReady ? nextDueAt(this.#parts, false, Date.now()) : null);
  }

  /** Erases everything, for good: D1 holds the tombstone that keeps what comes late from bringing it back. */
  async erase(): Promise<void> {
    this.#isErased = true;
    const { configuration, endpointId, health, operational, tail } = this.#parts;
    for (const part of [configuration, operational, health, tail]) part.stop();
    // What it counted remains its workspace's. One without a configuration was erased before, as was an empty one, whose
    // caller did not hear of it.
    if (configuration.isPresent && !this.#isEmpty)
      await noteFinalCounts(this.#db, endpointId(), health.report(Date.now()).counts);
    this.#isEmpty = true;
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
  }

  /** The alarm's work: what has become due, and what is done now and then. Never throws: it would not be tried for long. */
  async alarm(): Promise<void> {
    const { configuration, health, operational } = this.#parts;
    this.#wakeUp.rang();
    if (!this.#place.mayGoOn()) {
      this.#wakeBy(Date.now() + this.#place.sleepMs());
      // Once the alarm is over: one that is cut would ring again at once.
      setTimeout(() => this.close(), 0);
      return;
    }
    this.#wakeUp.handling();
    try {
      if (!(await this.exists())) return;
      // First: what is being sent is not due any more, so that nothing of the rest asks for an alarm now.
      const sent = this.#orLog("could not publish operational events", operational.send());
      this.#drain.renew();
      this.start();
      await this.#retain();
      if (!this.#isErased) await this.#orLog("could not tell D1 a status", configuration.report());
      await sent;
      await this.#untilRest();
    } catch (error) {
      this.#log("error", "the alarm's work failed", error);
      this.#wakeBy(Date.now() + this.#parts.delays.safetyNetMs);
    } finally {
      const isInUse = this.#batchesSinceAlarm > 1;
      this.#batchesSinceAlarm = 0;
      // Where events come one after the other, what their own rows tell is stored now and then.
      if (this.isReady && (!isInUse || health.hasUnstored)) health.flush();
      const dueAt = this.isReady ? nextDueAt(this.#parts, false, Date.now()) : null;
      this.#wakeUp.handled(dueAt, this.#nextChoreAt(isInUse));
    }
    // What is in flight ends soon, and then it is noted: for each such moment D1 would be written twice.
    const isAtRest = !this.#isErased && this.#parts.queue.inFlight === 0;
    if (!isAtRest) return;
    await this.#wakeUp.noteIfMoved(this.#nextDueAt());
    if (this.#place.isWanted()) setTimeout(() => this.close(), 0);
  }

  /**
   * As long as the handler runs, the alarm that rang is the safety net: should the object be lost, it rings again. So no
   * other is set for attempts that soon end.
   */
  async #untilRest(): Promise<void> {
    if (this.#parts.queue.inFlight === 0 || this.#isErased) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#atRest = resolve;
    const end = this.#deadlines.in(LONGEST_RING_MS, resolve);
    await this.#wakeUp.orFreshAlarm(promise);
    end();
  }

  async #orLog(message: string, work: Promise<void>): Promise<void> {
    await work.catch((error) => this.#log("warn", message, error));
  }

  /** Drops old records in steps, each in a macrotask of its own. */
  async #retain(): Promise<void> {
    const { health, retention } = this.#parts;
    const endsAt = Date.now() + RETENTION_MS_PER_ALARM;
    do {
      // The alarm's end sets the next one: a safety net here would have what waits for hours ring every few seconds.
      this.#hasMoreToDrop = this.#transaction(() => {
        const { expired, hasMore } = retention.run(Date.now());
        health.expired(expired);
        this.#parts.tail.skipped(expired.length);
        health.tidy();
        return hasMore;
      });
      await new Promise((resolve) => setTimeout(resolve, 0));
    } while (this.#hasMoreToDrop && this.isReady && Date.now() < endsAt);
  }

  /** Records a group of attempts, with what they mean for the endpoint itself; D1 is told of a change of status. */
  #commit(record: (epoch: number) => void, effects: EndpointEffects): void {
    if (this.#isErased) return;
    const { configuration, health, tail, totals } = this.#parts;
    const { status } = configuration.current.config;
    const change =
      effects.change && status !== "disabled" && status !== effects.change.status ? effects.change : null;
    this.change(() => {
      record(totals.epoch);
      health.record(effects, change);
      if (change) configuration.changeStatus(change.status, change.reason);
    });
    for (const { claimed } of effects.recorded) tail.changed(claimed.sequence);
    if (change) this.#orLog("could not tell D1 a status", configuration.report());
  }

  #cameToRest(): void {
    this.#atRest();
    if (this.#isErased || this.#wakeUp.isHandling) return;
    this.#arm();
    const troubleAt = this.isReady ? this.#parts.health.troubleAt() : null;
    if (troubleAt !== null) this.#wakeBy(troubleAt);
    this.#storeCounts();
    this.#wakeUp.noteIfMoved(this.#nextDueAt());
    if (this.#place.isWanted()) setTimeout(() => this.close(), 0);
  }

  #nextDueAt(): number | null {
    return this.isReady ? nextDueAt(this.#parts, this.#wakeUp.isHandling, Date.now()) : null;
  }

  #nextChoreAt(isInUse: boolean): number | null {
    if (!this.isReady) return null;
    return nextChoreAt(this.#parts, this.#hasMoreToDrop, isInUse, Date.now());
  }

  /** Sets the alarm to what is due next. */
  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.#wakeBy(dueAt);
  }

  #wakeBy(time: number): void {
    if (!this.#isErased) this.#wakeUp.by(time);
  }

  #log(level: "warn" | "error", message: string, error: unknown): void {
    logLine(level, message, { endpoint: this.#parts.endpointId(), error });
  }
}
