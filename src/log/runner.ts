import type { LogSubscription } from "../domain/endpoint.ts";
import type { LoggedEvent } from "../domain/event.ts";
import { positionAt } from "../domain/ids.ts";
import type { HandedOverUpTo, StatsWindow } from "../domain/messages.ts";
import { WINDOW_MS } from "../domain/stats-window.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import { type Watch, watchShape } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { logLine } from "../service-log.ts";
import { HIBERNATES_AFTER_MS } from "../storage/delays.ts";
import type { OwnPlace } from "../storage/places.ts";
import { refuseOlderCode, writeStored } from "../storage/schema.ts";
import { startAnew } from "../storage/start-anew.ts";
import { type LogParts, logParts } from "./parts.ts";
import { LOG_SCHEMA } from "./schema.ts";

/** What keeps a log going: what follows from a commit, and when it is awake again. */
export class LogRunner {
  readonly #ctx: DurableObjectState;
  readonly #place: OwnPlace;
  readonly #surroundings: Surroundings;
  readonly parts: LogParts;
  #groupsSinceRing = 0;
  #hasLookedForAlarm = false;

  /** Goes on with what was left in the object's storage, whose tables are there. */
  constructor(ctx: DurableObjectState, env: Env, place: OwnPlace, surroundings: Surroundings) {
    this.#ctx = ctx;
    this.#place = place;
    this.#surroundings = surroundings;
    this.parts = logParts(ctx, env, place, surroundings, (events, bytes) =>
      this.#followCommit(events, bytes),
    );
  }

  /** Reads what alarm is set; before the object's first request. */
  load(): Promise<void> {
    return this.parts.wakeUp.load();
  }

  /**
   * Somebody calls: an alarm that was lost is replaced, also one that a life before this one had set. A log beside others may accept
   * nothing for long, which would have it set anew.
   */
  replaceLostAlarm(): void {
    const { wakeUp } = this.parts;
    wakeUp.replaceLost();
    if (this.#hasLookedForAlarm) return;
    this.#hasLookedForAlarm = true;
    if (wakeUp.isHandling) return;
    if (!wakeUp.isSetBy(Number.POSITIVE_INFINITY)) this.#arm();
    // One that is set may be for a month later, where a disk was full as that of a replay was to be stored.
    const replayAt = this.parts.replays.nextDueAt();
    if (replayAt !== null) wakeUp.wakeBy(replayAt);
  }

  /** The position that an event would get that is accepted now. */
  nextPosition(): number {
    return this.parts.share.nextPosition(this.parts.appender.lastPosition, this.#surroundings.nowMs());
  }

  /** Takes an endpoint's subscription, unless it knows a newer version. */
  subscribe(entry: LogSubscription): void {
    // All or nothing of it: who failed asks again, and must not be told that this version is known.
    this.parts.storage.transactionSync(() => this.parts.subscriptions.put(entry, this.nextPosition()));
  }

  /** See `EventLogObject`. */
  closeFor(epoch: number, count: number): number | null {
    const { appender, share } = this.parts;
    return this.#changeShare(() => share.close(epoch, count, appender.lastPosition));
  }

  /** See `EventLogObject`. */
  openFor(epoch: number, count: number, barriers: number[]): void {
    this.#changeShare(() => this.parts.share.open(epoch, count, barriers));
  }

  /** Code from before there were several logs would accept here what goes to another one, at any position. */
  #changeShare<T>(change: () => T): T {
    const { storage } = this.parts;
    try {
      return storage.transactionSync(() => {
        refuseOlderCode(storage.sql, LOG_SCHEMA);
        return change();
      });
    } catch (error) {
      // On a full disk it may be the commit that failed: memory must not hold for closed what is open on disk.
      this.parts.share.forget();
      throw error;
    }
  }

  /** See `EventLogObject`. */
  watch(watch: Watch): string[] {
    // A row now and then, and only while somebody watches: it would be forgotten in a reset.
    writeStored(this.#ctx.storage.sql, "watch", watchShape, watch);
    return this.parts.watch.hear(watch, this.#surroundings.nowMs());
  }

  /**
   * Whether an endpoint has all that it was handed over, stored: nothing is on its way to it, or waits to be. Its object asks, so
   * it can be reached: what waits for its time after a failure is handed over at once, unless it looks again for what it asked
   * before.
   */
  async isSettled(endpointId: string, looksAgain: boolean): Promise<boolean> {
    const { handOver, predecessors, subscriptions } = this.parts;
    const number = subscriptions.numberOf(endpointId);
    if (number === null || handOver.isSettled(number)) return true;
    if (!predecessors.areAllPassed) {
      // What is behind a stage that the endpoint has not passed was never sent to it.
      const limit = await predecessors.limit(number, endpointId);
      if (handOver.isSettled(number)) return true;
      if (limit < Number.POSITIVE_INFINITY && handOver.isHandedOver(number, limit)) return true;
    }
    if (!looksAgain) handOver.endRest(number);
    return false;
  }

  /** See `EventLogObject`. */
  isHandedOver(endpointId: string, position: number): HandedOverUpTo {
    const { handOver, subscriptions } = this.parts;
    const number = subscriptions.numberOf(endpointId);
    return {
      here: number === null || handOver.isHandedOver(number, position),
      everywhere: handOver.isHandedOverToAll(position),
    };
  }

  /** How many events an endpoint missed while it was disabled, in a window that ends now. */
  missedCount(endpointId: string, window: StatsWindow): number {
    const { missed, subscriptions } = this.parts;
    const number = subscriptions.numberOf(endpointId);
    return number === null ? 0 : missed.countSince(number, this.#surroundings.nowMs() - WINDOW_MS[window]);
  }

  /** Forgets an endpoint for good. */
  unsubscribe(endpointId: string, version: number): void {
    const { handOver, missed, replays, storage, subscriptions } = this.parts;
    storage.transactionSync(() => {
      const number = subscriptions.delete(endpointId, version);
      if (number === null) return;
      handOver.drop(number);
      replays.drop(number);
      missed.drop(number);
    });
  }

  /** Goes on with all that may have waited: hand-over, and replays. */
  goOn(): void {
    this.#runDue();
    this.#arm();
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    const { wakeUp } = this.parts;
    // An alarm that memory holds to be set may be the one that was lost: it is set anew.
    wakeUp.noteRing();
    this.goOn();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await wakeUp.note(this.#nextDueAt());
  }

  #runDue(): void {
    const { handOver, replays } = this.parts;
    handOver.wake();
    replays.batches.run();
    replays.run();
  }

  /** Whether nothing of its memory would be missed. */
  get isIdle(): boolean {
    const { appender, archive, handOver, replays } = this.parts;
    return appender.waitingBytes === 0 && handOver.isIdle && !archive.isRunning && replays.isIdle;
  }

  /** Makes room for other objects, if it has nothing to do; `isForced`: even if it has. */
  async close(isForced = false): Promise<void> {
    this.#arm();
    await this.#place.close(isForced);
  }

  /** Deletes everything of this workspace's log, R2 included. */
  async erase(): Promise<void> {
    const { storage } = this.#ctx;
    await this.parts.archive.erase();
    await storage.deleteAlarm();
    await storage.deleteAll();
    // Stopping the object would take back what is not on disk yet.
    await storage.sync();
    startAnew(this.#ctx, "the workspace was deleted");
  }

  /** The alarm's work. Never throws: it would not be tried for long. */
  async ring(): Promise<void> {
    const { delays, handOver, missed, wakeUp } = this.parts;
    wakeUp.noteRing();
    if (!this.#place.mayGoOn()) {
      wakeUp.wakeBy(this.#surroundings.nowMs() + this.#place.sleepMs());
      // Once the alarm is over: one that is cut would ring again at once.
      this.#surroundings.after(0, () => this.close(true));
      return;
    }
    wakeUp.beginHandling();
    // Before events leave for the archive.
    const isInUse = this.#isInUse;
    try {
      this.#runDue();
      missed.store();
      // As long as the handler runs, its alarm is the safety net of what is handed over: no other is set for that.
      await wakeUp.awaitOrFreshAlarm(Promise.all([this.#runArchive(), handOver.awaitRest()]));
    } catch (error) {
      logLine("error", "the alarm's work failed", { workspace: this.parts.workspaceId(), error });
    } finally {
      // The next event will want a safety net, and finds it set.
      if (isInUse) wakeUp.wakeBy(this.#surroundings.nowMs() + delays.safetyNetMs);
      wakeUp.endHandling(this.#nextDueAt());
      this.#groupsSinceRing = 0;
    }
    await wakeUp.awaitOrFreshAlarm(wakeUp.noteIfMoved(this.#noteAt(this.#nextDueAt())));
  }

  /** Whether events come one after the other. Each may have found the object asleep: so memory alone does not tell. */
  get #isInUse(): boolean {
    const { delays, reader } = this.parts;
    return (
      this.#groupsSinceRing > 1 ||
      reader.hasTwoAfter(positionAt(this.#surroundings.nowMs() - delays.safetyNetMs))
    );
  }

  /**
   * When cron is to look after what is due, should the alarm be lost: as late after it as a note for each commit would
   * cost too much, or the due times of a busy log would move it back and forth.
   */
  #noteAt(dueAt: number | null): number | null {
    return dueAt === null
      ? null
      : Math.max(dueAt, this.#surroundings.nowMs() + this.parts.delays.toldAfterMs);
  }

  /** The one place that decides when the object must be awake again. */
  #nextDueAt(): number | null {
    const { archive, handOver, replays } = this.parts;
    const times = [handOver.nextDueAt(), archive.dueAt(), replays.nextDueAt()];
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.parts.wakeUp.wakeBy(dueAt);
  }

  /** What follows a commit. The events are stored: if this fails, memory no longer tells what is, and starts anew. */
  #followCommit(events: LoggedEvent[], bytes: number): void {
    const { archive, handOver, missed, wakeUp } = this.parts;
    try {
      this.#groupsSinceRing++;
      archive.noteCommitted(events[0]?.position ?? 0, events.length, bytes);
      missed.countCommitted(events);
      if (missed.hasUnstored) wakeUp.wakeBy(this.#surroundings.nowMs() + HIBERNATES_AFTER_MS);
      handOver.noteCommitted(events);
      const archiveAt = archive.dueAt();
      if (archive.isDue) this.#runArchive();
      else if (archiveAt !== null) wakeUp.wakeBy(archiveAt);
      wakeUp.noteIfMoved(this.#noteAt(this.#surroundings.nowMs()));
    } catch (error) {
      startAnew(this.#ctx, `what follows a commit failed: ${error}`);
    }
  }

  /** Never rejects: what failed is tried again. */
  async #runArchive(): Promise<void> {
    const { archive, workspaceId } = this.parts;
    await archive.run().catch((error) => {
      logLine("error", "archiving failed", { workspace: workspaceId(), error });
    });
  }
}
