import { DurableObject } from "cloudflare:workers";
import { noteLogDueAt } from "../config/object-reports.ts";
import type { LogSubscription } from "../domain/endpoint.ts";
import type { LoggedEvent, NewEvent } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { type IdSeed, positionOfEventId } from "../domain/ids.ts";
import type {
  AppendAnswer,
  AppendRequest,
  CreateReplayAnswer,
  EventPage,
  EventQuery,
  EventSpan,
  EventSpanPage,
  FindEventAnswer,
  LogMetrics,
  NoteReplayAnswer,
  ReplayJob,
  ReplaySelection,
  StatsWindow,
} from "../domain/messages.ts";
import { unpackEvents } from "../domain/packed-events.ts";
import { WINDOW_MS } from "../domain/stats-window.ts";
import type { Env } from "../env.ts";
import { logLine } from "../service-log.ts";
import { KeptAnswers, type KnownAnswer } from "../storage/answers.ts";
import { migrate } from "../storage/schema.ts";
import { WakeUp } from "../storage/wake-up.ts";
import { Appender } from "./appender.ts";
import { Archive } from "./archive.ts";
import { EventLookup } from "./event-lookup.ts";
import type { HandOver } from "./hand-over.ts";
import { HandOverStore } from "./hand-over-store.ts";
import { readSeed } from "./id-seed.ts";
import { listEvents } from "./list.ts";
import { MissedCounts } from "./missed-counts.ts";
import { EventReader } from "./reader.ts";
import { ReplayJobs } from "./replay-jobs.ts";
import { resumeHandOver } from "./resume-hand-over.ts";
import { LOG_SCHEMA } from "./schema.ts";
import { readSpan } from "./span.ts";
import { SubscriptionStore } from "./subscription-store.ts";

/** Above this much in the object publishing answers `overloaded`: an object takes 10 GB, whatever fills it. */
const MAX_STORED_BYTES = 8 * 1024 ** 3;

/** How soon the object is woken after a commit, should it be lost before it has handed over. */
const SAFETY_NET_MS = 10_000;

/** How long after a commit D1's note is: cron's help may be late by that, and a note costs a row written. */
const NOTE_LEAD_MS = 60_000;

/** A workspace's event log: accepts, matches, hands over, archives. One object per workspace, named by its id. */
export class EventLog extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  readonly #seed: IdSeed;
  readonly #subscriptions: SubscriptionStore;
  readonly #kept: KeptAnswers;
  readonly #reader: EventReader;
  readonly #lookup: EventLookup;
  readonly #archive: Archive;
  readonly #appender: Appender;
  readonly #handOver: HandOver;
  readonly #replays: ReplayJobs;
  readonly #missed: MissedCounts;
  readonly #wakeUp: WakeUp;
  #acceptedEvents = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    const { sql } = ctx.storage;
    migrate(ctx.storage, LOG_SCHEMA);
    this.#seed = readSeed(sql);
    this.#kept = new KeptAnswers(sql);
    this.#subscriptions = new SubscriptionStore(sql);
    this.#reader = new EventReader(sql, env.ARCHIVE, () => this.#workspaceId());
    this.#lookup = new EventLookup({
      sql,
      seed: this.#seed,
      reader: this.#reader,
      subscriptions: this.#subscriptions,
      now: Date.now,
    });
    this.#wakeUp = new WakeUp(ctx.storage, (dueAt) => noteLogDueAt(env.DB, this.#workspaceId(), dueAt));
    const handOverStore = new HandOverStore(sql);
    this.#archive = new Archive({
      storage: ctx.storage,
      bucket: env.ARCHIVE,
      seed: this.#seed,
      now: Date.now,
      workspaceId: () => this.#workspaceId(),
      releaseUpTo: (position) => this.#handOver.releaseUpTo(position),
      keepHandedOver: () => handOverStore.keepHandedOver(this.#handOver.handedOver),
      archiveAfterMs: Number(env.ARCHIVE_AFTER_SECONDS ?? 600) * 1000,
    });
    this.#appender = new Appender(
      {
        storage: ctx.storage,
        subscriptions: this.#subscriptions,
        seed: this.#seed,
        now: Date.now,
        handedOver: () => this.#handOver.handedOver,
        known: (ids) => this.#lookup.known(ids),
        armed: () => this.#wakeUp.by(Date.now() + SAFETY_NET_MS),
        committed: (events, bytes) => this.#committed(events, bytes),
      },
      this.#reader.newestPosition(),
    );
    this.#handOver = resumeHandOver({
      store: handOverStore,
      env,
      workspaceId: () => this.#workspaceId(),
      lastPosition: () => this.#appender.lastPosition,
      endpointId: (number) => this.#subscriptions.endpointId(number),
      read: (number, after, limits) => this.#reader.forEndpoint(number, after, limits),
      wakeBy: (time) => this.#wakeUp.by(time),
    });
    this.#missed = new MissedCounts(sql);
    this.#replays = new ReplayJobs({
      sql,
      reader: this.#reader,
      now: Date.now,
      endpoint: (endpointId) => env.ENDPOINT.getByName(endpointId),
      endpointId: (number) => this.#subscriptions.endpointId(number),
      positionOf: async (id) =>
        positionOfEventId(id, this.#seed) ?? (await this.#lookup.byId(id))?.position ?? null,
      wakeBy: (time) => this.#wakeUp.by(time),
    });
    ctx.blockConcurrencyWhile(() => this.#wakeUp.load());
  }

  /** Accepts a request's events, all or none; answers once they are committed. */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    if (this.#storage.sql.databaseSize > MAX_STORED_BYTES)
      return { outcome: "overloaded", retryAfterSeconds: 10 };
    return this.#appender.append(unpackEvents(request.events), request.request);
  }

  /** Accepts an operational event about an endpoint, if any other endpoint asked for its type; otherwise it is not kept. */
  async appendOperational(endpointId: string, event: NewEvent): Promise<AppendAnswer> {
    const created = event.created ?? Math.floor(Date.now() / 1000);
    const operational = { ...event, created, about: endpointId };
    const { endpoints, missed } = this.#subscriptions.match(operational);
    if (endpoints.length + missed.length === 0) return { outcome: "accepted", events: [] };
    return this.#appender.append([operational]);
  }

  /** Takes an endpoint's subscription, unless it knows a newer version. */
  subscribe(entry: LogSubscription): void {
    this.#subscriptions.put(entry);
  }

  /** Forgets an endpoint for good. */
  unsubscribe(endpointId: string, version: number): void {
    const number = this.#subscriptions.delete(endpointId, version);
    if (number === null) return;
    this.#handOver.drop(number);
    this.#replays.drop(number);
    this.#missed.drop(number);
  }

  findEvent(id: string): Promise<FindEventAnswer> {
    return this.#lookup.find(id);
  }

  /** A page of the log, newest first. */
  listEvents(query: EventQuery): Promise<EventPage> {
    return listEvents(this.#reader, query, Date.now());
  }

  /** A page of the events accepted in a span of time, oldest first. */
  readSpan(span: EventSpan): Promise<EventSpanPage> {
    return readSpan(this.#reader, span, this.#appender.lastPosition, Date.now());
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  matchingEndpoints(eventId: string): Promise<string[]> {
    return this.#lookup.matchingEndpoints(eventId);
  }

  /** The endpoints that the first of some same requests chose for a replay; the rest of it may have been lost. */
  notedReplay(request: IdempotentRequest): KnownAnswer<string[]> {
    return this.#kept.find(request, Date.now());
  }

  /**
   * Remembers that an event is replayed to endpoints, so that its deliveries can be found there. With an
   * Idempotency-Key the choice of endpoints is kept: each of them then enqueues the request's replay once.
   */
  noteReplay(position: number, endpointIds: string[], request?: IdempotentRequest): NoteReplayAnswer {
    const now = Date.now();
    const first = this.#kept.find<string[]>(request, now);
    if (first.outcome === "key_conflict") return first;
    if (first.outcome === "repeated") return { outcome: "noted", endpointIds: first.answer };
    this.#lookup.noteReplay(position, endpointIds);
    this.#kept.keep(request, endpointIds, now);
    return { outcome: "noted", endpointIds };
  }

  /** Starts a replay job for an endpoint, and keeps the answer in the same transaction; `unknown`: no such endpoint here. */
  createReplay(
    endpointId: string,
    selection: ReplaySelection,
    request?: IdempotentRequest,
  ): CreateReplayAnswer {
    const now = Date.now();
    const first = this.#kept.find<ReplayJob>(request, now);
    if (first.outcome === "key_conflict") return first;
    if (first.outcome === "repeated") return { outcome: "created", job: first.answer, isRepeated: true };
    const number = this.#subscriptions.numberOf(endpointId);
    if (number === null) return { outcome: "unknown" };
    const job = this.#replays.create(number, selection);
    this.#kept.keep(request, job, now);
    return { outcome: "created", job };
  }

  /** An endpoint's replay jobs, newest first. */
  listReplays(endpointId: string, before: string | undefined, limit: number): ReplayJob[] {
    const number = this.#subscriptions.numberOf(endpointId);
    return number === null ? [] : this.#replays.list(number, before, limit);
  }

  findReplay(endpointId: string, id: string): ReplayJob | null {
    const number = this.#subscriptions.numberOf(endpointId);
    return number === null ? null : this.#replays.find(number, id);
  }

  /** Stops a replay job before its next step. */
  cancelReplay(endpointId: string, id: string): ReplayJob | null {
    const number = this.#subscriptions.numberOf(endpointId);
    return number === null ? null : this.#replays.cancel(number, id);
  }

  /** How many events an endpoint missed while it was disabled, in a window that ends now. */
  missedCount(endpointId: string, window: StatsWindow): number {
    const number = this.#subscriptions.numberOf(endpointId);
    return number === null ? 0 : this.#missed.since(number, Date.now() - WINDOW_MS[window]);
  }

  metrics(): LogMetrics {
    return {
      hotBytes: this.#archive.hotBytes,
      unarchivedEvents: this.#archive.hotEvents,
      waitingBytes: this.#appender.waitingBytes + this.#handOver.queuedBytes,
      laggingEndpoints: this.#handOver.laggingEndpoints,
      handOverLagMs: this.#handOver.lagMs(),
      acceptedEvents: this.#acceptedEvents,
    };
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    // An alarm that memory holds to be set may be the one that was lost: it is set anew.
    this.#wakeUp.rang();
    this.#handOver.wake();
    this.#replays.run();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await this.#wakeUp.note(this.#nextDueAt());
  }

  /** Deletes everything of this workspace's log, R2 included. */
  async erase(): Promise<void> {
    await this.#archive.erase();
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
    // Stopping the object would take back what is not on disk yet.
    await this.#storage.sync();
    this.ctx.abort("the workspace was deleted");
  }

  override async alarm(): Promise<void> {
    this.#wakeUp.rang();
    try {
      this.#handOver.wake();
      this.#replays.run();
      this.#missed.store();
      await this.#archive.run();
    } catch (error) {
      this.#archiveFailed(error);
    } finally {
      this.#arm();
    }
    await this.#wakeUp.noteIfMoved(this.#nextDueAt());
  }

  /** The one place that decides when the object must be awake again. */
  #nextDueAt(): number | null {
    const times = [this.#handOver.nextDueAt(), this.#archive.dueAt(), this.#replays.nextDueAt()];
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.#wakeUp.by(dueAt);
  }

  /** What follows a commit. The events are stored: if this fails, memory no longer tells what is, and starts anew. */
  #committed(events: LoggedEvent[], bytes: number): void {
    try {
      this.#acceptedEvents += events.length;
      this.#archive.committed(events[0]?.position ?? 0, events.length, bytes);
      this.#missed.committed(events);
      this.#handOver.committed(events);
      if (this.#archive.isDue) {
        this.#archive.run().catch((error) => this.#archiveFailed(error));
      }
      this.#wakeUp.noteIfMoved(Date.now() + NOTE_LEAD_MS);
    } catch (error) {
      this.ctx.abort(`what follows a commit failed: ${error}`);
    }
  }

  #archiveFailed(error: unknown): void {
    logLine("error", "archiving failed", { workspace: this.#workspaceId(), error });
  }

  #workspaceId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("an event log is reached by its workspace's id only");
    return name;
  }
}
