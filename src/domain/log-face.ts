import type { ClaimAnswer, ClaimRequest, NamesAsked, NamesKnown, OwnClaims } from "./claim-messages.ts";
import type { LogSubscription } from "./endpoint.ts";
import type { NewEvent } from "./event.ts";
import type { ExplainAnswer, ExplainRequest } from "./explain-messages.ts";
import type { IdempotentRequest, KnownAnswer } from "./idempotency.ts";
import type { LogMetrics } from "./log-figures.ts";
import type { PlainLogAnswer } from "./log-shards.ts";
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
} from "./messages.ts";
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
} from "./replay-messages.ts";
import type {
  EventSearch,
  EventSearchPage,
  SubscriptionTrial,
  TriedEvent,
  TriedInLog,
} from "./search-messages.ts";
import type { Watch } from "./tail.ts";

/* What an event log answers to, over RPC; for the others see `object-faces.ts`. */

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
  /** Whether it accepts what is sent by the routing of an epoch. */
  accepts(epoch: number): boolean;
  /** How many logs the workspace has, as far as this one was told; log 0 always was. */
  logCount(): number;
  /** Claims names for one of the logs; only log 0 has the register of them. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;
  /** A request is refused that claimed names: they are anybody's again. */
  giveBackClaims(own: OwnClaims): void;
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
  /** Takes the subscriptions of some endpoints, each unless it knows a newer version. Returns how many logs the workspace has. */
  subscribeAll(entries: LogSubscription[]): number;
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
  /** Starts a replay job for an endpoint; `startedBy`: the part of the endpoints whose portal sessions ask for it, null = none. */
  createReplay(
    endpointId: string,
    selection: ReplaySelection,
    request?: IdempotentRequest,
    isDryRun?: boolean,
    startedBy?: string | null,
  ): Promise<CreateReplayAnswer>;
  /** Starts a replay to some endpoints, null = to all; one that only counts is waited for a little. */
  createReplays(
    endpointIds: string[] | null,
    selection: ReplaySelection,
    isDryRun: boolean,
    request?: IdempotentRequest,
    startedBy?: string | null,
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
  /** How many events each of some endpoints missed while it was disabled, in their order. */
  missedCounts(endpointIds: string[], window: StatsWindow): PlainLogAnswer<number[]>;
  metrics(): LogMetrics;
  /** For cron: goes on with what is due, should the alarm have been lost. */
  wake(): Promise<void>;
  /** Cron looks in now and then: an alarm that was lost is set anew, as by any call. */
  lookIn(): void;
  /** It has a place among the open objects, for which it waited. */
  goOn(): void;
  /** Makes room for other objects, if it has nothing to do. */
  close(isForced?: boolean): Promise<void>;
  /** Deletes everything of this workspace's log, R2 included. */
  erase(): Promise<void>;
}
