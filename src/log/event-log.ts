import { DurableObject } from "cloudflare:workers";
import { objectEnv, slotsOf } from "../d1/patient-database.ts";
import type { ClaimAnswer, ClaimRequest, NamesAsked, OwnClaims } from "../domain/claim-messages.ts";
import type { LogSubscription } from "../domain/endpoint.ts";
import type { NewEvent } from "../domain/event.ts";
import type { ExplainAnswer, ExplainRequest } from "../domain/explain-messages.ts";
import type { IdempotentRequest, KnownAnswer } from "../domain/idempotency.ts";
import type { EventLogObject } from "../domain/log-face.ts";
import type { PlainLogAnswer } from "../domain/log-shards.ts";
import type {
  AppendAnswer,
  AppendRequest,
  EventPage,
  EventQuery,
  EventSpan,
  EventSpanPage,
  FindEventAnswer,
  HandedOverUpTo,
  NoteReplayAnswer,
  StatsWindow,
} from "../domain/messages.ts";
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
  TriedInLog,
} from "../domain/search-messages.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Watch } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { logNamed } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { type OwnPlace, ownPlace } from "../storage/places.ts";
import { migrate } from "../storage/schema.ts";
import { appendOperational } from "./accept/operational.ts";
import type { LogParts } from "./parts.ts";
import { LogReading } from "./reading.ts";
import { LogReplaying } from "./replaying.ts";
import { LogRunner } from "./runner.ts";
import { LOG_SCHEMA } from "./schema.ts";

/** An event log of a workspace, named as `log-shards.ts` says. What its methods promise is said of `EventLogObject`. */
export class EventLog extends DurableObject<Env> implements EventLogObject {
  readonly #surroundings: Surroundings;
  readonly #place: OwnPlace;
  /** Null: its alarm rang, and there is no place for it now. Who calls it has taken one before. */
  readonly #live: LogRunner | null;

  constructor(ctx: DurableObjectState, env: Env, surroundings: Surroundings = platform) {
    super(ctx, objectEnv(env, slotsOf(env), surroundings));
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
    this.#live.replaceLostAlarm();
    return this.#live;
  }

  get #parts(): LogParts {
    return this.#runner.parts;
  }

  get #reading(): LogReading {
    return new LogReading(this.#parts, this.#surroundings);
  }

  get #replaying(): LogReplaying {
    return new LogReplaying(this.#parts);
  }

  async append(request: AppendRequest): Promise<AppendAnswer> {
    return this.#parts.appender.append(request);
  }

  async appendOperational(endpointId: string, event: NewEvent, epoch = 0): Promise<AppendAnswer> {
    return appendOperational(this.#parts, endpointId, event, epoch, this.#surroundings.nowMs());
  }

  closeFor(epoch: number, count: number): number | null {
    return this.#runner.closeFor(epoch, count);
  }

  openFor(epoch: number, count: number, barriers: number[]): void {
    this.#runner.openFor(epoch, count, barriers);
  }

  accepts(epoch: number): boolean {
    return this.#parts.share.accepts(epoch);
  }

  logCount(): number {
    return this.#parts.share.current.count;
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#parts.names.claim(request);
  }

  giveBackClaims(own: OwnClaims): void {
    this.#parts.names.giveBack(own);
  }

  findAccepted(asked: NamesAsked) {
    return this.#parts.names.findAccepted(asked);
  }

  isHandedOver(endpointId: string, position: number): HandedOverUpTo {
    return this.#runner.isHandedOver(endpointId, position);
  }

  scanForReplay(asked: ReplayScan): Promise<ReplayScanned> {
    return this.#parts.replayReader.scan(asked);
  }

  eventsAt(positions: number[], maxBytes: number): Promise<EventsAt> {
    return this.#parts.replayReader.some(positions, maxBytes);
  }

  positionOf(id: string): Promise<number | null> {
    return this.#parts.replayReader.positionOf(id);
  }

  subscribe(entry: LogSubscription): number {
    this.#runner.subscribe(entry);
    return this.logCount();
  }

  subscribeAll(entries: LogSubscription[]): number {
    for (const entry of entries) this.#runner.subscribe(entry);
    return this.logCount();
  }

  watch(watch: Watch): PlainLogAnswer<string[]> {
    return this.#parts.share.addCountTo(this.#runner.watch(watch));
  }

  unsubscribe(endpointId: string, version: number): number {
    this.#runner.unsubscribe(endpointId, version);
    return this.logCount();
  }

  findEvent(id: string): Promise<FindEventAnswer> {
    return this.#reading.findEvent(id);
  }

  eventIdOf(name: string): PlainLogAnswer<string | null> {
    return this.#reading.eventIdOf(name);
  }

  explain(request: ExplainRequest): Promise<ExplainAnswer> {
    return this.#reading.explain(request, () => this.#runner.nextPosition());
  }

  listEvents(query: EventQuery): Promise<EventPage> {
    return this.#reading.listEvents(query);
  }

  search(query: EventSearch): Promise<EventSearchPage> {
    return this.#reading.search(query);
  }

  tryNewest(trial: SubscriptionTrial): Promise<TriedEvent[] | TriedInLog> {
    return this.#reading.tryNewest(trial);
  }

  readSpan(span: EventSpan): Promise<EventSpanPage> {
    return this.#reading.readSpan(span);
  }

  isSettled(endpointId: string, looksAgain = false): Promise<boolean> {
    return this.#runner.isSettled(endpointId, looksAgain);
  }

  matchingEndpoints(eventId: string): Promise<string[]> {
    return this.#parts.lookup.matchingEndpoints(eventId);
  }

  notedReplay(request: IdempotentRequest): KnownAnswer<string[]> {
    return this.#replaying.notedReplay(request);
  }

  noteReplay(position: number, endpointIds: string[], request?: IdempotentRequest): NoteReplayAnswer {
    return this.#replaying.noteReplay(position, endpointIds, request);
  }

  createReplay(
    endpointId: string,
    selection: ReplaySelection,
    request?: IdempotentRequest,
    isDryRun = false,
    startedBy: string | null = null,
  ): Promise<CreateReplayAnswer> {
    return this.#replaying.createReplay(endpointId, selection, isDryRun, startedBy, request);
  }

  createReplays(
    endpointIds: string[] | null,
    selection: ReplaySelection,
    isDryRun: boolean,
    request?: IdempotentRequest,
    startedBy: string | null = null,
  ): Promise<CreateReplayBatchAnswer> {
    return this.#replaying.createReplays(endpointIds, selection, isDryRun, startedBy, request);
  }

  findReplays(id: string): ReplayBatch | null {
    return this.#parts.replays.batches.find(id);
  }

  previewReplay(id: string): Promise<ReplayPreview | null> {
    return this.#parts.replays.preview(id);
  }

  listBatches(before: string | undefined, limit: number): ReplayBatch[] {
    return this.#parts.replays.batches.list(before, limit);
  }

  listBatchJobs(id: string, before: string | undefined, limit: number): ReplayJob[] {
    return this.#parts.replays.listOfBatch(id, before, limit);
  }

  cancelReplays(id: string): ReplayBatch | null {
    return this.#parts.replays.batches.cancel(id);
  }

  listReplays(endpointId: string, before: string | undefined, limit: number): ReplayJob[] {
    return this.#parts.replays.list(endpointId, before, limit);
  }

  findReplay(endpointId: string, id: string): ReplayJob | null {
    return this.#parts.replays.find(endpointId, id);
  }

  cancelReplay(endpointId: string, id: string): ReplayJob | null {
    return this.#parts.replays.cancel(endpointId, id);
  }

  missedCount(endpointId: string, window: StatsWindow): number {
    return this.#runner.missedCount(endpointId, window);
  }

  missedCounts(endpointIds: string[], window: StatsWindow): PlainLogAnswer<number[]> {
    return this.#parts.share.addCountTo(endpointIds.map((id) => this.missedCount(id, window)));
  }

  metrics() {
    return this.#reading.metrics();
  }

  wake(): Promise<void> {
    return this.#runner.wake();
  }

  lookIn(): void {
    this.#runner.replaceLostAlarm();
  }

  async goOn(): Promise<void> {
    this.#runner.goOn();
  }

  /** Whether nothing of its memory would be missed. */
  get isIdle(): boolean {
    return this.#live?.isIdle ?? true;
  }

  close(): Promise<void> {
    return this.#live?.close() ?? this.#place.close();
  }

  erase(): Promise<void> {
    return this.#runner.erase();
  }

  override alarm(): Promise<void> {
    return this.#live?.ring() ?? this.#place.sleepOn();
  }
}
