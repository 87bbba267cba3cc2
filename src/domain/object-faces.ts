import type { Attempt, Delivery } from "./delivery.ts";
import type { EndpointConfig } from "./endpoint.ts";
import type { Event } from "./event.ts";
import type { ExplainedDeliveries } from "./explain-messages.ts";
import type { IdempotentRequest } from "./idempotency.ts";
import type { InboxRequest, ReceivedByInbox } from "./inbox.ts";
import type { LastAttemptFilter } from "./last-attempt.ts";
import type { Carried, CarriedRequest } from "./listening.ts";
import type {
  CancelAllAnswer,
  CancelAnswer,
  CancelSelection,
  DeliveryPage,
  DeliveryQuery,
  DeliveryWithAttempts,
  EndpointStats,
  HandOver,
  HandOverAnswer,
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
  ReplayCandidates,
  ReplaySelection,
  ReplayStatus,
  ReplayStep,
  ReplayStepAnswer,
} from "./replay-messages.ts";
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
  /** Takes a batch as logs of version 0.2 and before hand it over: answers once all of it is stored. */
  enqueue(batch: HandOver): Promise<HandOverAnswer>;
  /** What a replay job by status takes, among the deliveries from one sequence to another; `to` absent = all there are. */
  replayCandidates(
    selection: ReplaySelection,
    from: number,
    limit: number,
    to?: number,
  ): Promise<ReplayCandidates & { to: number }>;
  /** Adds a replay of an event at the end of the order. `replayOf`: the delivery it repeats, if one is meant. */
  replay(asked: {
    event: Event;
    replayOf: string | null;
    request?: IdempotentRequest;
  }): Promise<ReplayAnswer>;
  /** Which of some events, by log position, a replay job of this status takes. */
  selectReplays(
    status: ReplayStatus,
    positions: number[],
    lastAttempt?: LastAttemptFilter,
  ): Promise<number[]>;
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
  /** `retryMany` of one key, in a method of its own: an object of older code would retry all. */
  retryOfKey(key: string, request?: IdempotentRequest): Promise<SweepAnswer>;
  /** Cancels a pending delivery; one in flight is canceled too, its attempt still goes on record. */
  cancel(id: string, request?: IdempotentRequest): Promise<CancelAnswer>;
  /** Cancels the pending deliveries of a selection; none of them is attempted from now on. */
  cancelMany(selection: CancelSelection, request?: IdempotentRequest): Promise<SweepAnswer>;
  /** `cancelMany` of one key, in a method of its own: an object of older code would cancel all. */
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
  /** Cron looks in now and then: an alarm that was lost is set anew, as by any call. */
  lookIn(): void;
  /** It has a place among the open objects, for which it waited. */
  goOn(): void;
  /** Makes room for other objects, if it has nothing to do. */
  close(): Promise<void>;
  /** Erases everything, for good. */
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
