import type { ClaimAnswer, ClaimRequest, NamesAsked, NamesKnown } from "./claim-messages.ts";
import type { Attempt, Delivery } from "./delivery.ts";
import type { EndpointConfig, LogSubscription } from "./endpoint.ts";
import type { Event, NewEvent } from "./event.ts";
import type { ExplainAnswer, ExplainedDeliveries, ExplainRequest } from "./explain-messages.ts";
import type { IdempotentRequest, KnownAnswer } from "./idempotency.ts";
import type { InboxRequest, ReceivedByInbox } from "./inbox.ts";
import type { LastAttemptFilter } from "./last-attempt.ts";
import type { Carried, CarriedRequest } from "./listening.ts";
import type { PlainLogAnswer } from "./log-shards.ts";
import type {
  AppendAnswer,
  AppendRequest,
  CancelAllAnswer,
  CancelAnswer,
  CancelSelection,
  DeliveryPage,
  DeliveryQuery,
  DeliveryWithAttempts,
  EndpointStats,
  EventPage,
  EventQuery,
  EventSpan,
  EventSpanPage,
  FindEventAnswer,
  HandedOverUpTo,
  HandOver,
  HandOverAnswer,
  LogMetrics,
  NoteReplayAnswer,
  ReplayAnswer,
  RetryAnswer,
  ShownRequestAnswer,
  StatsWindow,
  SweepAnswer,
  SweepReport,
  Taking,
  TakingAnswer,
} from "./messages.ts";
import type { Pull, PullAnswer, PullResult } from "./pulling.ts";
import type { QueueState } from "./queue-state.ts";
import type {
  CreateReplayAnswer,
  CreateReplayBatchAnswer,
  EventsAt,
  ReplayBatch,
  ReplayCandidates,
  ReplayJob,
  ReplayPreview,
  ReplayScan,
  ReplayScanned,
  ReplaySelection,
  ReplayStatus,
  ReplayStep,
  ReplayStepAnswer,
} from "./replay-messages.ts";
import type {
  EventSearch,
  EventSearchPage,
  SubscriptionTrial,
  TriedEvent,
  TriedInLog,
} from "./search-messages.ts";
import type { SentAnswer, SentRequest } from "./sending-messages.ts";
import type { TailAnswer, TailReport, Watch } from "./tail.ts";

/*
 * What the objects answer to, over RPC: whoever calls one knows this alone, not its class.
 */

/** The object of one endpoint. */
export interface EndpointObject extends Rpc.DurableObjectBranded {
  /** Takes a configuration, unless it has that version or a newer one. */
  configure(given: EndpointConfig): Promise<void>;
  /** Takes a batch from a log: drops events that the endpoint has, and attempts the rest. Answers what is settled by then. */
  take(batch: Taking): Promise<TakingAnswer>;
  /** The same, as logs of version 0.2 and before call it: answers once all of it is stored. */
  enqueue(batch: HandOver): Promise<HandOverAnswer>;
  /** What a replay job by status takes, among the deliveries from one sequence to another; `to` absent = all there are. */
  replayCandidates(
    selection: ReplaySelection,
    from: number,
    limit: number,
    to?: number,
  ): ReplayCandidates & { to: number };
  /** Adds a replay of an event at the end of the order. `replayOf`: the delivery it repeats, if one is meant. */
  replay(asked: {
    event: Event;
    replayOf: string | null;
    request?: IdempotentRequest;
  }): Promise<ReplayAnswer>;
  /** Which of some events, by log position, a replay job of this status takes. */
  selectReplays(status: ReplayStatus, positions: number[], lastAttempt?: LastAttemptFilter): number[];
  /** Enqueues a step of a replay job, once. */
  replayStep(step: ReplayStep): Promise<ReplayStepAnswer>;
  /** A replay job ended. */
  endReplay(jobId: string): void;
  /** Sends an event at once, outside queue, stats and failure count; null if the endpoint does not exist. */
  test(asked: { event: Event }): Promise<Attempt | null>;
  /** Makes a pending delivery due now; in order only the head. */
  retry(id: string, request?: IdempotentRequest): Promise<RetryAnswer>;
  /** Makes every delivery that waits for a retry due now. */
  retryMany(request?: IdempotentRequest): Promise<SweepAnswer>;
  /** The same of one key, in a method of its own: an object of older code would retry all. */
  retryOfKey(key: string, request?: IdempotentRequest): Promise<SweepAnswer>;
  /** Cancels a pending delivery; one in flight is canceled too, its attempt still goes on record. */
  cancel(id: string, request?: IdempotentRequest): Promise<CancelAnswer>;
  /** Cancels the pending deliveries of a selection; none of them is attempted from now on. */
  cancelMany(selection: CancelSelection, request?: IdempotentRequest): Promise<SweepAnswer>;
  /** The same of one key, in a method of its own: an object of older code would cancel all. */
  cancelOfKey(key: string, selection: CancelSelection, request?: IdempotentRequest): Promise<SweepAnswer>;
  /** `retryMany`, as a Worker of version 0.1 calls it. */
  retryAll(request?: IdempotentRequest): Promise<RetryAnswer>;
  /** `cancelMany`, as a Worker of version 0.1 calls it. */
  cancelAll(selection: CancelSelection, request?: IdempotentRequest): Promise<CancelAllAnswer>;
  /** How far a retry or cancel of many is; null if none such is on record. */
  findSweep(id: string): SweepReport | null;
  /** How its queue stands; null = it does not exist. */
  queueState(): Promise<QueueState | null>;
  stats(window: StatsWindow): EndpointStats;
  listDeliveries(query: DeliveryQuery): Promise<DeliveryPage>;
  findDelivery(id: string): DeliveryWithAttempts | null;
  /** The request of an attempt of a delivery, see `shown-request.ts`. */
  showRequest(id: string, attempt: number | "next" | null, event: Event | null): ShownRequestAnswer;
  /** The deliveries of the event at a log position. */
  deliveriesOf(position: number): Delivery[];
  /** The deliveries of the event at a log position, and why the newest of them waits. */
  explain(position: number): ExplainedDeliveries;
  /** Somebody watches deliveries. */
  watch(watch: Watch): void;
  /** Hands out what may be attempted to a receiver that fetches it. */
  pull(pull: Pull): Promise<PullAnswer>;
  /** What became of what was handed out; returns how many deliveries that concerned. */
  acknowledge(token: string, results: PullResult[]): Promise<number>;
  /** Somebody listens: what waits for that goes on. */
  listened(): Promise<void>;
  /** The last who listened left: it is paused, and after an hour disabled. Whether it was. */
  listenerLeft(): Promise<boolean>;
  /** For cron: goes on with what is due, should the alarm have been lost. */
  wake(): Promise<void>;
  /** It has a place among the open objects, for which it waited. */
  goOn(): void;
  /** Makes room for other objects, if it has nothing to do. */
  close(): Promise<void>;
  /** Erases everything, for good. */
  erase(): Promise<void>;
}

/** An event log of one workspace. */
export interface EventLogObject extends Rpc.DurableObjectBranded {
  /** Accepts a request's events, all or none; answers once they are committed. */
  append(request: AppendRequest): Promise<AppendAnswer>;
  /** Accepts an operational event about an endpoint, if any other endpoint asked for its type; otherwise it is not kept. */
  appendOperational(endpointId: string, event: NewEvent, epoch?: number): Promise<AppendAnswer>;
  /**
   * Accepts nothing more that was sent by a routing older than this epoch's, of so many logs; returns the newest position that it
   * gave until then, null where it knows a newer one.
   */
  closeFor(epoch: number, count: number): number | null;
  /**
   * Accepts what is sent by this routing, unless it knows a newer one. `barriers`: what the logs answered that were there
   * before, by their number.
   */
  openFor(epoch: number, count: number, barriers: number[]): void;
  /** How many logs the workspace has, as far as this one was told; log 0 always was. */
  logCount(): number;
  /** Claims names for one of the logs; only log 0 has the register of them. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** What was accepted in this log under some names. */
  findAccepted(asked: NamesAsked): Promise<NamesKnown>;
  /** Whether an endpoint has all up to a position, stored. */
  isHandedOver(endpointId: string, position: number): HandedOverUpTo;
  /** For another log's replay job: a bounded look for its events in this one. */
  scanForReplay(asked: ReplayScan): Promise<ReplayScanned>;
  /** The events at some positions, at most some bytes of them and one at least. */
  eventsAt(positions: number[], maxBytes: number): Promise<EventsAt>;
  /** The position of an event by its id, or by what its publisher calls it; null = it is not in this log. */
  positionOf(id: string): Promise<number | null>;
  /** Takes an endpoint's subscription, unless it knows a newer version. Returns how many logs the workspace has. */
  subscribe(entry: LogSubscription): number;
  /** The same of some. */
  subscribeAll(entries: LogSubscription[]): void;
  /**
   * Somebody watches deliveries: it is passed on with what is handed over from here on. Returns the endpoints that were
   * handed something lately and are to be told by a call of their own.
   */
  watch(watch: Watch): PlainLogAnswer<string[]>;
  /** Forgets an endpoint for good. Returns how many logs the workspace has. */
  unsubscribe(endpointId: string, version: number): number;
  findEvent(id: string): Promise<FindEventAnswer>;
  /** The event id of what a publisher calls so; null = the log knows of none. */
  eventIdOf(name: string): PlainLogAnswer<string | null>;
  /** What became of an event, or would become of it, at each of some endpoints. */
  explain(request: ExplainRequest): Promise<ExplainAnswer>;
  /** A page of the log, newest first. */
  listEvents(query: EventQuery): Promise<EventPage>;
  /** A page of the events that a search finds, newest first. */
  search(query: EventSearch): Promise<EventSearchPage>;
  /** Which of the newest events a subscription would take. */
  tryNewest(trial: SubscriptionTrial): Promise<TriedEvent[] | TriedInLog>;
  /** A page of the events accepted in a span of time, oldest first. */
  readSpan(span: EventSpan): Promise<EventSpanPage>;
  /**
   * Whether an endpoint has all that it was handed over, stored: nothing is on its way to it, or waits to be. What rests after
   * a failure is handed over at once, unless the endpoint looks again for what it asked before.
   */
  isSettled(endpointId: string, looksAgain?: boolean): Promise<boolean>;
  /** Ids of the endpoints that would get this event if it were published now. */
  matchingEndpoints(eventId: string): Promise<string[]>;
  /** The endpoints that the first of some same requests chose for a replay; the rest of it may have been lost. */
  notedReplay(request: IdempotentRequest): KnownAnswer<string[]>;
  /**
   * Remembers that an event is replayed to endpoints, so that its deliveries can be found there. With an
   * Idempotency-Key the choice of endpoints is kept: each of them then enqueues the request's replay once.
   */
  noteReplay(position: number, endpointIds: string[], request?: IdempotentRequest): NoteReplayAnswer;
  /** Starts a replay job for an endpoint. */
  createReplay(
    endpointId: string,
    selection: ReplaySelection,
    request?: IdempotentRequest,
    isDryRun?: boolean,
  ): Promise<CreateReplayAnswer>;
  /** Starts a replay to some endpoints, null = to all; one that only counts is waited for a little. */
  createReplays(
    endpointIds: string[] | null,
    selection: ReplaySelection,
    isDryRun: boolean,
    request?: IdempotentRequest,
  ): Promise<CreateReplayBatchAnswer>;
  findReplays(id: string): ReplayBatch | null;
  /** What a replay or a job that only counts has found so far; null = it is none such. */
  previewReplay(id: string): Promise<ReplayPreview | null>;
  /** Replays over several endpoints, newest first. */
  listBatches(before: string | undefined, limit: number): ReplayBatch[];
  /** The jobs of one, newest first. */
  listBatchJobs(id: string, before: string | undefined, limit: number): ReplayJob[];
  /** Stops one before its next step. */
  cancelReplays(id: string): ReplayBatch | null;
  /** An endpoint's replay jobs, newest first. */
  listReplays(endpointId: string, before: string | undefined, limit: number): ReplayJob[];
  findReplay(endpointId: string, id: string): ReplayJob | null;
  /** Stops a replay job before its next step. */
  cancelReplay(endpointId: string, id: string): ReplayJob | null;
  /** How many events an endpoint missed while it was disabled, in a window that ends now. */
  missedCount(endpointId: string, window: StatsWindow): number;
  /** The same of some endpoints, in their order. */
  missedCounts(endpointIds: string[], window: StatsWindow): PlainLogAnswer<number[]>;
  metrics(): LogMetrics;
  /** For cron: goes on with what is due, should the alarm have been lost. */
  wake(): Promise<void>;
  /** It has a place among the open objects, for which it waited. */
  goOn(): void;
  /** Makes room for other objects, if it has nothing to do. */
  close(isForced?: boolean): Promise<void>;
  /** Deletes everything of this workspace's log, R2 included. */
  erase(): Promise<void>;
}

/** The object of one inbox. */
export interface InboxObject extends Rpc.DurableObjectBranded {
  /**
   * Keeps a request. Returns its place since the inbox was given the answers that it has now, from 1; `script` is the
   * number of those answers, and rises with each change of them.
   */
  receive(request: ReceivedByInbox, script: number): Promise<number>;
  /** How many it holds that may be read. */
  count(): number;
  /** A page, newest first; `before` = the number before which it starts. `next`: where the next one does. */
  list(before: number | null, limit: number): { rows: InboxRequest[]; next: number | null };
  /** Deletes everything, for good. What comes all the same is kept like anything else, and its alarm ends that. */
  erase(): Promise<void>;
  /** Has a place among the open objects, for which it waited. */
  goOn(): Promise<void>;
  /** Makes room for other objects, if it rests. */
  close(isForced?: boolean): Promise<void>;
}

/** The hub of a workspace: the sockets of those who watch deliveries. */
export interface HubObject extends Rpc.DurableObjectBranded {
  /** Opens a socket to watch or to listen by: 101, or 401 for a ticket that was used, 409 where there are too many. */
  fetch(request: Request): Promise<Response>;
  /** Who watches; null = nobody. */
  watching(): Watch | null;
  /** What an endpoint tells; answers once it is kept for those who come back, so that a reset loses nothing of it. */
  report(report: TailReport): Promise<TailAnswer>;
  /** How many listen to an endpoint. */
  listening(endpointId: string): number | Promise<number>;
  /** Carries an attempt to those who listen to its endpoint. */
  carry(request: CarriedRequest): Promise<Carried>;
  /** Closes every socket and deletes everything, for good. */
  erase(): Promise<void>;
  /** Has a place among the open objects, for which it waited. */
  goOn(): Promise<void>;
  /** Makes room for other objects, if it rests. */
  close(isForced?: boolean): Promise<void>;
}

/** One of an endpoint's senders. */
export interface SenderObject extends Rpc.DurableObjectBranded {
  /** Begins to make requests, for an endpoint of this workspace; what was begun before is ended, unless this is a further one. */
  open(workspaceId: string, isFurther?: boolean): SenderSession;
}

/** What a sender does while its endpoint holds on to it: its calls are one request on the bill together. */
export interface SenderSession extends Rpc.RpcTargetBranded {
  /** Makes a request, and answers as soon as that has ended. */
  send(request: SentRequest): Promise<SentAnswer>;
}
