import { DurableObject } from "cloudflare:workers";
import { objectEnv, slotsOf } from "../d1/patient-database.ts";
import type { LogSubscription } from "../domain/endpoint.ts";
import type { LoggedEvent, NewEvent } from "../domain/event.ts";
import type { ExplainAnswer, ExplainRequest } from "../domain/explain-messages.ts";
import type { IdempotentRequest, KnownAnswer } from "../domain/idempotency.ts";
import { acceptedAt, nextPosition } from "../domain/ids.ts";
import type {
  AppendAnswer,
  AppendRequest,
  EventPage,
  EventQuery,
  EventSpan,
  EventSpanPage,
  FindEventAnswer,
  LogMetrics,
  NoteReplayAnswer,
  StatsWindow,
} from "../domain/messages.ts";
import type { EventLogObject } from "../domain/object-faces.ts";
import type {
  CreateReplayAnswer,
  CreateReplayBatchAnswer,
  ReplayBatch,
  ReplayJob,
  ReplayPreview,
  ReplaySelection,
} from "../domain/replay-messages.ts";
import type { EventSearch, EventSearchPage } from "../domain/search-messages.ts";
import { WINDOW_MS } from "../domain/stats-window.ts";
import { type Watch, watchShape } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { logOf } from "../objects/objects.ts";
import { logLine } from "../service-log.ts";
import { HIBERNATES_AFTER_MS } from "../storage/delays.ts";
import { type OwnPlace, ownPlace } from "../storage/places.ts";
import { migrate, writeStored } from "../storage/schema.ts";
import { startAnew } from "../storage/start-anew.ts";
import { explain } from "./find/explain.ts";
import { listEvents } from "./find/list.ts";
import { searchEvents } from "./find/search.ts";
import { type LogParts, logParts } from "./parts.ts";
import { previewOf } from "./replay/replay-found.ts";
import { type StartPort, startReplay, startReplays } from "./replay/start-replays.ts";
import { LOG_SCHEMA } from "./schema.ts";
import { readSpan } from "./span.ts";

/** Above this much in the object publishing answers `overloaded`: an object takes 10 GB, whatever fills it. */
const MAX_STORED_BYTES = 8 * 1024 ** 3;

/** A workspace's event log: accepts, matches, hands over, archives. One object per workspace, named by its id. */
export class EventLog extends DurableObject<Env> implements EventLogObject {
  readonly #storage: DurableObjectStorage;
  readonly #parts: LogParts;
  readonly #place: OwnPlace;
  #groupsSinceAlarm = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, objectEnv(env, slotsOf(env)));
    this.#storage = ctx.storage;
    migrate(ctx.storage, LOG_SCHEMA);
    this.#place = ownPlace(env, "EVENT_LOG", ctx, this, (id) => logOf(env, id));
    this.#parts = logParts(ctx, this.env, this.#place, (events, bytes) => this.#committed(events, bytes));
    ctx.blockConcurrencyWhile(() => this.#parts.wakeUp.load());
  }

  /** Accepts a request's events, all or none; answers once they are committed. */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    if (this.#storage.sql.databaseSize > MAX_STORED_BYTES)
      return { outcome: "overloaded", retryAfterSeconds: 10 };
    return this.#parts.appender.append(request.events, request.request);
  }

  /** Accepts an operational event about an endpoint, if any other endpoint asked for its type; otherwise it is not kept. */
  async appendOperational(endpointId: string, event: NewEvent): Promise<AppendAnswer> {
    const created = event.created ?? Math.floor(Date.now() / 1000);
    const operational = { ...event, created, about: endpointId };
    const [matched] = (await this.#parts.matcher.match([operational], Date.now())) ?? [];
    const { endpoints = [], missed = [] } = matched?.match ?? {};
    if (endpoints.length + missed.length === 0) return { outcome: "accepted", events: [] };
    return this.#parts.appender.append([operational]);
  }

  /** Takes an endpoint's subscription, unless it knows a newer version. */
  subscribe(entry: LogSubscription): void {
    // All or nothing of it: who failed asks again, and must not be told that this version is known.
    this.#storage.transactionSync(() => this.#parts.subscriptions.put(entry, this.#nextPosition()));
  }

  /** Somebody watches deliveries: it is passed on with what is handed over. */
  watch(watch: Watch): void {
    this.#parts.watch.hear(watch);
    // A row now and then, and only while somebody watches: it would be forgotten in a reset.
    writeStored(this.#storage.sql, "watch", watchShape, watch);
  }

  /** Forgets an endpoint for good. */
  unsubscribe(endpointId: string, version: number): void {
    const { handOver, missed, replays, subscriptions } = this.#parts;
    this.#storage.transactionSync(() => {
      const number = subscriptions.delete(endpointId, version);
      if (number === null) return;
      handOver.drop(number);
      replays.drop(number);
      missed.drop(number);
    });
  }

  findEvent(id: string): Promise<FindEventAnswer> {
    return this.#parts.lookup.find(id);
  }

  /** The event id of what a publisher calls so; null = the log knows of none. */
  eventIdOf(name: string): string | null {
    return this.#parts.lookup.idOf(name);
  }

  /** What became of an event, or would become of it, at each of some endpoints. */
  explain(request: ExplainRequest): Promise<ExplainAnswer> {
    return explain({ ...this.#parts, nextPosition: () => this.#nextPosition() }, request);
  }

  #nextPosition(): number {
    return nextPosition(this.#parts.appender.lastPosition, Date.now());
  }

  /** A page of the log, newest first. */
  listEvents(query: EventQuery): Promise<EventPage> {
    return listEvents(this.#parts.reader, query, Date.now());
  }

  /** A page of the events that a search finds, newest first. */
  search(query: EventSearch): Promise<EventSearchPage> {
    return searchEvents(this.#parts.reader, query, Date.now());
  }

  /** A page of the events accepted in a span of time, oldest first. */
  readSpan(span: EventSpan): Promise<EventSpanPage> {
    return readSpan(this.#parts.reader, span, this.#parts.appender.lastPosition, Date.now());
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  matchingEndpoints(eventId: string): Promise<string[]> {
    return this.#parts.lookup.matchingEndpoints(eventId);
  }

  /** The endpoints that the first of some same requests chose for a replay; the rest of it may have been lost. */
  notedReplay(request: IdempotentRequest): KnownAnswer<string[]> {
    return this.#parts.kept.find(request, Date.now());
  }

  /**
   * Remembers that an event is replayed to endpoints, so that its deliveries can be found there. With an
   * Idempotency-Key the choice of endpoints is kept: each of them then enqueues the request's replay once.
   */
  noteReplay(position: number, endpointIds: string[], request?: IdempotentRequest): NoteReplayAnswer {
    const { kept, lookup } = this.#parts;
    const once = kept.answerOnce<string[]>(
      (work) => this.ctx.storage.transactionSync(work),
      request,
      Date.now(),
      () => {
        lookup.noteReplay(position, endpointIds);
        return { keep: endpointIds };
      },
    );
    if (once.outcome === "answered") return { outcome: "noted", endpointIds: once.answer };
    return { outcome: "key_conflict" };
  }

  get #startPort(): StartPort {
    return { ...this.#parts, storage: this.ctx.storage, now: () => Date.now() };
  }

  /** Starts a replay job for an endpoint. */
  createReplay(
    endpointId: string,
    selection: ReplaySelection,
    request?: IdempotentRequest,
    isDryRun = false,
  ): Promise<CreateReplayAnswer> {
    return startReplay(this.#startPort, endpointId, selection, isDryRun, request);
  }

  /** Starts a replay to some endpoints, null = to all; one that only counts is waited for a little. */
  createReplays(
    endpointIds: string[] | null,
    selection: ReplaySelection,
    isDryRun: boolean,
    request?: IdempotentRequest,
  ): Promise<CreateReplayBatchAnswer> {
    return startReplays(this.#startPort, endpointIds, selection, isDryRun, request);
  }

  findReplays(id: string): ReplayBatch | null {
    return this.#parts.replays.batches.find(id);
  }

  /** What a replay or a job that only counts has found so far; null = it is none such. */
  async previewReplay(id: string): Promise<ReplayPreview | null> {
    const { reader, replays, subscriptions } = this.#parts;
    const batch = replays.batches.find(id);
    if (batch === null) return replays.preview(id);
    if (!batch.isDryRun) return null;
    const found = replays.batches.found(id);
    return previewOf(reader, found, (number) => subscriptions.endpointId(number), acceptedAt);
  }

  /** Replays over several endpoints, newest first. */
  listBatches(before: string | undefined, limit: number): ReplayBatch[] {
    return this.#parts.replays.batches.list(before, limit);
  }

  /** The jobs of one, newest first. */
  listBatchJobs(id: string, before: string | undefined, limit: number): ReplayJob[] {
    return this.#parts.replays.listOfBatch(id, before, limit);
  }

  /** Stops one before its next step. */
  cancelReplays(id: string): ReplayBatch | null {
    return this.#parts.replays.batches.cancel(id);
  }

  /** An endpoint's replay jobs, newest first. */
  listReplays(endpointId: string, before: string | undefined, limit: number): ReplayJob[] {
    const number = this.#parts.subscriptions.numberOf(endpointId);
    return number === null ? [] : this.#parts.replays.list(number, before, limit);
  }

  findReplay(endpointId: string, id: string): ReplayJob | null {
    const number = this.#parts.subscriptions.numberOf(endpointId);
    return number === null ? null : this.#parts.replays.find(number, id);
  }

  /** Stops a replay job before its next step. */
  cancelReplay(endpointId: string, id: string): ReplayJob | null {
    const number = this.#parts.subscriptions.numberOf(endpointId);
    return number === null ? null : this.#parts.replays.cancel(number, id);
  }

  /** How many events an endpoint missed while it was disabled, in a window that ends now. */
  missedCount(endpointId: string, window: StatsWindow): number {
    const number = this.#parts.subscriptions.numberOf(endpointId);
    return number === null ? 0 : this.#parts.missed.since(number, Date.now() - WINDOW_MS[window]);
  }

  /** The same of some endpoints, in their order. */
  missedCounts(endpointIds: string[], window: StatsWindow): number[] {
    return endpointIds.map((endpointId) => this.missedCount(endpointId, window));
  }

  metrics(): LogMetrics {
    const { appender, archive, handOver } = this.#parts;
    return {
      hotBytes: archive.hotBytes,
      unarchivedEvents: archive.hotEvents,
      waitingBytes: appender.waitingBytes + handOver.queuedBytes,
      laggingEndpoints: handOver.laggingEndpoints,
      handOverLagMs: handOver.lagMs(),
      acceptedEvents: appender.counts.accepted,
      missedEvents: appender.counts.missed,
    };
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    const { wakeUp } = this.#parts;
    // An alarm that memory holds to be set may be the one that was lost: it is set anew.
    wakeUp.rang();
    this.#runDue();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await wakeUp.note(this.#nextDueAt());
  }

  /** It has a place among the open objects, for which it waited. */
  goOn(): void {
    this.#runDue();
    this.#arm();
  }

  /** Goes on with all that may have waited: hand-over, and replays. */
  #runDue(): void {
    const { handOver, replays } = this.#parts;
    handOver.wake();
    replays.batches.run();
    replays.run();
  }

  /** Whether nothing of its memory would be missed. */
  get isIdle(): boolean {
    const { appender, archive, handOver, replays } = this.#parts;
    return appender.waitingBytes === 0 && handOver.isIdle && !archive.isRunning && replays.isIdle;
  }

  /** Makes room for other objects, if it has nothing to do. */
  async close(isForced = false): Promise<void> {
    this.#arm();
    await this.#place.close(isForced);
  }

  /** Deletes everything of this workspace's log, R2 included. */
  async erase(): Promise<void> {
    await this.#parts.archive.erase();
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
    // Stopping the object would take back what is not on disk yet.
    await this.#storage.sync();
    startAnew(this.ctx, "the workspace was deleted");
  }

  override async alarm(): Promise<void> {
    const { delays, missed, wakeUp } = this.#parts;
    wakeUp.rang();
    if (!this.#place.mayGoOn()) {
      wakeUp.by(Date.now() + this.#place.sleepMs());
      // Once the alarm is over: one that is cut would ring again at once.
      setTimeout(() => this.close(true), 0);
      return;
    }
    wakeUp.handling();
    try {
      this.#runDue();
      missed.store();
      await wakeUp.orFreshAlarm(this.#runArchive());
    } catch (error) {
      logLine("error", "the alarm's work failed", { workspace: this.#parts.workspaceId(), error });
    } finally {
      // Events come one after the other: the next one will want a safety net, and finds it set.
      const isInUse = this.#groupsSinceAlarm > 1;
      wakeUp.handled(this.#nextDueAt(), isInUse ? Date.now() + delays.safetyNetMs : null);
      this.#groupsSinceAlarm = 0;
    }
    await wakeUp.orFreshAlarm(wakeUp.noteIfMoved(this.#noteAt(this.#nextDueAt())));
  }

  /**
   * When cron is to look after what is due, should the alarm be lost: as late after it as a note for each commit would
   * cost too much, or the due times of a busy log would move it back and forth.
   */
  #noteAt(dueAt: number | null): number | null {
    return dueAt === null ? null : Math.max(dueAt, Date.now() + this.#parts.delays.toldAfterMs);
  }

  /** The one place that decides when the object must be awake again. */
  #nextDueAt(): number | null {
    const { archive, handOver, replays } = this.#parts;
    const times = [handOver.nextDueAt(), archive.dueAt(), replays.nextDueAt()];
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.#parts.wakeUp.by(dueAt);
  }

  /** What follows a commit. The events are stored: if this fails, memory no longer tells what is, and starts anew. */
  #committed(events: LoggedEvent[], bytes: number): void {
    const { archive, handOver, missed, wakeUp } = this.#parts;
    try {
      this.#groupsSinceAlarm++;
      archive.committed(events[0]?.position ?? 0, events.length, bytes);
      missed.committed(events);
      if (missed.hasUnstored) wakeUp.by(Date.now() + HIBERNATES_AFTER_MS);
      handOver.committed(events);
      const archiveAt = archive.dueAt();
      if (archive.isDue) this.#runArchive();
      else if (archiveAt !== null) wakeUp.by(archiveAt);
      wakeUp.noteIfMoved(this.#noteAt(Date.now()));
    } catch (error) {
      startAnew(this.ctx, `what follows a commit failed: ${error}`);
    }
  }

  /** Never rejects: what failed is tried again. */
  async #runArchive(): Promise<void> {
    const { archive, workspaceId } = this.#parts;
    await archive.run().catch((error) => {
      logLine("error", "archiving failed", { workspace: workspaceId(), error });
    });
  }
}
