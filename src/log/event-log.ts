import { DurableObject } from "cloudflare:workers";
import { objectEnv, slotsOf } from "../d1/patient-database.ts";
import type { ClaimAnswer, ClaimRequest, NamesAsked, NamesKnown } from "../domain/claim-messages.ts";
import type { LogSubscription } from "../domain/endpoint.ts";
import type { NewEvent } from "../domain/event.ts";
import type { ExplainAnswer, ExplainRequest } from "../domain/explain-messages.ts";
import type { IdempotentRequest, KnownAnswer } from "../domain/idempotency.ts";
import type {
  AppendAnswer,
  AppendRequest,
  EventPage,
  EventQuery,
  EventSpan,
  EventSpanPage,
  FindEventAnswer,
  HandedOverUpTo,
  LogMetrics,
  NoteReplayAnswer,
  StatsWindow,
} from "../domain/messages.ts";
import type { EventLogObject } from "../domain/object-faces.ts";
import type {
  CreateReplayAnswer,
  CreateReplayBatchAnswer,
  EventsAt,
  ReplayBatch,
  ReplayJob,
  ReplayPreview,
  ReplayScan,
  ReplayScanned,
  ReplaySelection,
} from "../domain/replay-messages.ts";
import type {
  EventSearch,
  EventSearchPage,
  SubscriptionTrial,
  TriedEvent,
} from "../domain/search-messages.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Watch } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { firstAnswer } from "../idempotency/objects.ts";
import { logNamed } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { type OwnPlace, ownPlace } from "../storage/places.ts";
import { migrate } from "../storage/schema.ts";
import { appendOperational } from "./accept/operational.ts";
import { explain } from "./find/explain.ts";
import { listEvents } from "./find/list.ts";
import { searchEvents } from "./find/search.ts";
import { tryNewest } from "./find/trial.ts";
import { metricsOf } from "./metrics.ts";
import type { LogParts } from "./parts.ts";
import { noteReplay } from "./replay/note-replay.ts";
import { type StartPort, startReplay, startReplays } from "./replay/start-replays.ts";
import { LogRunner } from "./runner.ts";
import { LOG_SCHEMA } from "./schema.ts";
import { readSpan } from "./span.ts";

/** An event log of a workspace: accepts, matches, hands over, archives. See `log-shards.ts` for its name. */
export class EventLog extends DurableObject<Env> implements EventLogObject {
  readonly #surroundings: Surroundings;
  readonly #place: OwnPlace;
  /** Null: its alarm rang, and there is no place for it now. Who calls it has taken one before. */
  readonly #live: LogRunner | null;

  constructor(ctx: DurableObjectState, env: Env, surroundings: Surroundings = platform) {
    super(ctx, objectEnv(env, slotsOf(env)));
    this.#surroundings = surroundings;
    this.#place = ownPlace(env, "EVENT_LOG", ctx, this, surroundings, (name) => logNamed(env, name));
    this.#live = this.#place.mayOpen() ? this.#wakeUp() : null;
  }

  #wakeUp(): LogRunner {
    migrate(this.ctx.storage, LOG_SCHEMA);
    const runner = new LogRunner(this.ctx, this.env, this.#place, this.#surroundings);
    this.ctx.blockConcurrencyWhile(() => runner.load());
    return runner;
  }

  get #runner(): LogRunner {
    if (this.#live === null) throw this.#place.leave();
    return this.#live;
  }

  get #parts(): LogParts {
    return this.#runner.parts;
  }

  /** Accepts a request's events, all or none; answers once they are committed. */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    return this.#parts.appender.append(request);
  }

  /** Accepts an operational event about an endpoint, if any other endpoint asked for its type; otherwise it is not kept. */
  async appendOperational(endpointId: string, event: NewEvent, epoch = 0): Promise<AppendAnswer> {
    return appendOperational(this.#parts, endpointId, event, epoch, this.#surroundings.nowMs());
  }

  /** See `EventLogObject`. */
  closeFor(epoch: number, count: number): number | null {
    const { appender, share } = this.#parts;
    return share.close(epoch, count, appender.lastPosition);
  }

  /** See `EventLogObject`. */
  openFor(epoch: number, count: number, barriers: number[]): void {
    this.#parts.share.open(epoch, count, barriers);
  }

  /** See `EventLogObject`. */
  logCount(): number {
    return this.#parts.share.current.count;
  }

  /** See `EventLogObject`. */
  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#parts.names.claim(request);
  }

  /** See `EventLogObject`. */
  known(asked: NamesAsked): Promise<NamesKnown> {
    return this.#parts.names.known(asked);
  }

  /** See `EventLogObject`. */
  isHandedOver(endpointId: string, position: number): HandedOverUpTo {
    return this.#runner.isHandedOver(endpointId, position);
  }

  /** See `EventLogObject`. */
  scanForReplay(asked: ReplayScan): Promise<ReplayScanned> {
    return this.#parts.replayReader.scan(asked);
  }

  /** See `EventLogObject`. */
  eventsAt(positions: number[], maxBytes: number): Promise<EventsAt> {
    return this.#parts.replayReader.some(positions, maxBytes);
  }

  /** See `EventLogObject`. */
  positionOf(id: string): Promise<number | null> {
    return this.#parts.replayReader.positionOf(id);
  }

  /** Takes an endpoint's subscription, unless it knows a newer version. Returns how many logs its workspace has. */
  subscribe(entry: LogSubscription): number {
    this.#runner.subscribe(entry);
    return this.logCount();
  }

  /** See `EventLogObject`. */
  subscribeAll(entries: LogSubscription[]): void {
    for (const entry of entries) this.#runner.subscribe(entry);
  }

  /** See `EventLogObject`. */
  watch(watch: Watch): string[] {
    return this.#runner.watch(watch);
  }

  /** Forgets an endpoint for good. Returns how many logs its workspace has. */
  unsubscribe(endpointId: string, version: number): number {
    this.#runner.unsubscribe(endpointId, version);
    return this.logCount();
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
    return explain({ ...this.#parts, nextPosition: () => this.#runner.nextPosition() }, request);
  }

  /** A page of the log, newest first. */
  listEvents(query: EventQuery): Promise<EventPage> {
    return listEvents(this.#parts.reader, query, this.#surroundings.nowMs());
  }

  /** A page of the events that a search finds, newest first. */
  search(query: EventSearch): Promise<EventSearchPage> {
    return searchEvents(this.#parts.reader, query, this.#surroundings);
  }

  /** Which of the newest events a subscription would take. */
  tryNewest(trial: SubscriptionTrial): Promise<TriedEvent[]> {
    return tryNewest(this.#parts.reader, trial, this.#surroundings);
  }

  /** A page of the events accepted in a span of time, oldest first. */
  readSpan(span: EventSpan): Promise<EventSpanPage> {
    return readSpan(this.#parts.reader, span, this.#parts.appender.lastPosition, this.#surroundings.nowMs());
  }

  /** See `EventLogObject`. */
  isSettled(endpointId: string, looksAgain = false): Promise<boolean> {
    return this.#runner.isSettled(endpointId, looksAgain);
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  matchingEndpoints(eventId: string): Promise<string[]> {
    return this.#parts.lookup.matchingEndpoints(eventId);
  }

  /** The endpoints that the first of some same requests chose for a replay; the rest of it may have been lost. */
  notedReplay(request: IdempotentRequest): KnownAnswer<string[]> {
    return firstAnswer(this.ctx.storage.sql, request, this.#surroundings.nowMs());
  }

  /** Remembers that an event is replayed to endpoints, see `note-replay.ts`. */
  noteReplay(position: number, endpointIds: string[], request?: IdempotentRequest): NoteReplayAnswer {
    const { storage } = this.ctx;
    return noteReplay(
      { ...this.#parts, storage },
      position,
      endpointIds,
      request,
      this.#surroundings.nowMs(),
    );
  }

  get #startPort(): StartPort {
    return { ...this.#parts, storage: this.ctx.storage, nowMs: this.#surroundings.nowMs };
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
  previewReplay(id: string): Promise<ReplayPreview | null> {
    return this.#parts.replays.preview(id);
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
    return this.#parts.replays.list(endpointId, before, limit);
  }

  findReplay(endpointId: string, id: string): ReplayJob | null {
    return this.#parts.replays.find(endpointId, id);
  }

  /** Stops a replay job before its next step. */
  cancelReplay(endpointId: string, id: string): ReplayJob | null {
    return this.#parts.replays.cancel(endpointId, id);
  }

  /** How many events an endpoint missed while it was disabled, in a window that ends now. */
  missedCount(endpointId: string, window: StatsWindow): number {
    return this.#runner.missedCount(endpointId, window);
  }

  /** The same of some endpoints, in their order. */
  missedCounts(endpointIds: string[], window: StatsWindow): number[] {
    return endpointIds.map((endpointId) => this.missedCount(endpointId, window));
  }

  metrics(): LogMetrics {
    return metricsOf(this.#parts);
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  wake(): Promise<void> {
    return this.#runner.wake();
  }

  /** It has a place among the open objects, for which it waited. */
  async goOn(): Promise<void> {
    this.#runner.goOn();
  }

  /** Whether nothing of its memory would be missed. */
  get isIdle(): boolean {
    return this.#live?.isIdle ?? true;
  }

  /** Makes room for other objects, if it has nothing to do. */
  close(): Promise<void> {
    return this.#live?.close() ?? this.#place.close();
  }

  /** Deletes everything of this workspace's log, R2 included. */
  erase(): Promise<void> {
    return this.#runner.erase();
  }

  override alarm(): Promise<void> {
    return this.#live?.ring() ?? this.#place.sleepOn();
  }
}
