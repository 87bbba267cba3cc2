import { DurableObject } from "cloudflare:workers";
import { objectEnv, slotsOf } from "../d1/patient-database.ts";
import type { Attempt, Delivery } from "../domain/delivery.ts";
import type { EndpointConfig } from "../domain/endpoint.ts";
import type { Event } from "../domain/event.ts";
import type { ExplainedDeliveries } from "../domain/explain-messages.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import type { LastAttemptFilter } from "../domain/last-attempt.ts";
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
} from "../domain/messages.ts";
import type { EndpointObject } from "../domain/object-faces.ts";
import type { Pull, PullAnswer, PullResult } from "../domain/pulling.ts";
import type { QueueState } from "../domain/queue-state.ts";
import type {
  ReplayCandidates,
  ReplaySelection,
  ReplayStatus,
  ReplayStep,
  ReplayStepAnswer,
} from "../domain/replay-messages.ts";
import type { Slots } from "../domain/slots.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import type { Watch } from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { endpointOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { OwnTurns } from "../storage/own-turns.ts";
import { type OwnPlace, ownPlace } from "../storage/places.ts";
import { networkOf } from "./attempt/network.ts";
import { ByHand } from "./by-hand.ts";
import { FromLogs } from "./from-logs.ts";
import { Listeners } from "./listeners.ts";
import { type EndpointParts, endpointParts } from "./parts.ts";
import { canceledAs01, retriedAs01 } from "./queue/swept-before.ts";
import { Reading } from "./reading.ts";
import { type AskedReplay, Replaying } from "./replaying.ts";
import { Runner } from "./runner.ts";

/** What an endpoint's object is once it has a place among the open objects. */
interface Live {
  parts: EndpointParts;
  runner: Runner;
  fromLogs: FromLogs;
  byHand: ByHand;
  reading: Reading;
  replaying: Replaying;
  listeners: Listeners;
}

/** One endpoint: its queue, its order, its attempts and their records. Named by the endpoint's id. */
export class Endpoint extends DurableObject<Env> implements EndpointObject {
  readonly #surroundings: Surroundings;
  readonly #place: OwnPlace;
  /** Null: its alarm rang, and there is no place for it now. Who calls it has taken one before. */
  readonly #live: Live | null;

  constructor(ctx: DurableObjectState, env: Env, surroundings: Surroundings = platform) {
    const slots = slotsOf(env);
    super(ctx, objectEnv(env, slots, surroundings));
    this.#surroundings = surroundings;
    this.#place = ownPlace(env, "ENDPOINT", ctx, this, surroundings, (id) => endpointOf(env, id));
    this.#live = this.#place.mayOpen() ? this.#wakeUp(slots) : null;
  }

  #wakeUp(slots: Slots): Live {
    const parts = endpointParts(this.ctx, this.env, this.#surroundings);
    const turns = new OwnTurns(() => parts.configuration.current.config.workspaceId, this.#surroundings);
    const runner = new Runner(this.ctx, this.env, parts, {
      network: networkOf(this.env, this.#surroundings, parts.deadlines, turns.next),
      slots,
      turns,
      place: this.#place,
    });
    this.ctx.blockConcurrencyWhile(() => runner.load());
    return {
      parts,
      runner,
      fromLogs: new FromLogs(parts, runner),
      byHand: new ByHand(parts, runner),
      reading: new Reading(parts, runner, turns.next),
      replaying: new Replaying(parts, runner),
      listeners: new Listeners(parts, runner),
    };
  }

  get #awake(): Live {
    if (this.#live === null) throw this.#place.leave();
    this.#live.runner.noteCall();
    return this.#live;
  }

  /** Whether nothing of its memory would be missed. */
  get isIdle(): boolean {
    return this.#live?.runner.isIdle ?? true;
  }

  /** Takes a configuration, unless it has that version or a newer one. */
  async configure(given: EndpointConfig): Promise<void> {
    await this.#awake.runner.adopt(given);
  }

  /** Takes a batch from a log: what it has already is dropped, the rest is attempted. Answers what is settled by then. */
  take(batch: Taking): Promise<TakingAnswer> {
    return this.#awake.fromLogs.take(batch);
  }

  /** Takes a batch as logs of version 0.2 and before hand it over: answers once all of it is stored. */
  enqueue(batch: HandOver): Promise<HandOverAnswer> {
    return this.#awake.fromLogs.enqueue(batch);
  }

  /** Adds a replay of an event at the end of the order. */
  replay(asked: AskedReplay): Promise<ReplayAnswer> {
    return this.#awake.replaying.add(asked);
  }

  /** What a replay job by status takes, among the deliveries from one sequence to another; `to` absent = all there are. */
  replayCandidates(
    selection: ReplaySelection,
    from: number,
    limit: number,
    to?: number,
  ): Promise<ReplayCandidates & { to: number }> {
    return this.#awake.replaying.candidates(selection, from, limit, to);
  }

  /** Which of some events, by log position, a replay job of this status takes. */
  selectReplays(
    status: ReplayStatus,
    positions: number[],
    lastAttempt: LastAttemptFilter = {},
  ): Promise<number[]> {
    return this.#awake.replaying.select(status, positions, lastAttempt);
  }

  /** Enqueues a step of a replay job, once. */
  replayStep(step: ReplayStep): Promise<ReplayStepAnswer> {
    return this.#awake.replaying.step(step);
  }

  /** A replay job ended. */
  endReplay(jobId: string): void {
    this.#awake.replaying.end(jobId);
  }

  /** Sends an event at once, outside queue, stats and failure count; null if the endpoint does not exist. */
  test({ event }: { event: Event }): Promise<Attempt | null> {
    return this.#awake.byHand.test(event);
  }

  /** Makes a pending delivery due now; in order only the head. */
  retry(id: string, request?: IdempotentRequest): Promise<RetryAnswer> {
    return this.#awake.byHand.retry(id, request);
  }

  /** Makes every delivery that waits for a retry due now. */
  retryMany(request?: IdempotentRequest): Promise<SweepAnswer> {
    return this.#awake.byHand.retryMany(request);
  }

  /** Makes every delivery of one key that waits for a retry due now. */
  retryOfKey(key: string, request?: IdempotentRequest): Promise<SweepAnswer> {
    return this.#awake.byHand.retryOfKey(key, request);
  }

  /** Cancels a pending delivery; one in flight is canceled too, its attempt still goes on record. */
  cancel(id: string, request?: IdempotentRequest): Promise<CancelAnswer> {
    return this.#awake.byHand.cancel(id, request);
  }

  /** Cancels the pending deliveries of a selection; none of them is attempted from now on. */
  cancelMany(selection: CancelSelection, request?: IdempotentRequest): Promise<SweepAnswer> {
    return this.#awake.byHand.cancelMany(selection, request);
  }

  /** Cancels the pending deliveries of a selection that have one key. */
  cancelOfKey(key: string, selection: CancelSelection, request?: IdempotentRequest): Promise<SweepAnswer> {
    return this.#awake.byHand.cancelOfKey(key, selection, request);
  }

  /** `retryMany`, as a Worker of version 0.1 calls it. */
  async retryAll(request?: IdempotentRequest): Promise<RetryAnswer> {
    return retriedAs01(await this.retryMany(request));
  }

  /** `cancelMany`, as a Worker of version 0.1 calls it. */
  async cancelAll(selection: CancelSelection, request?: IdempotentRequest): Promise<CancelAllAnswer> {
    return canceledAs01(await this.cancelMany(selection, request));
  }

  /** How far a retry or cancel of many is; null if none such is on record. */
  findSweep(id: string): SweepReport | null {
    return this.#awake.reading.sweep(id);
  }

  /** How its queue stands; null = it does not exist. */
  queueState(): Promise<QueueState | null> {
    return this.#awake.reading.queueState();
  }

  stats(window: StatsWindow): EndpointStats {
    return this.#awake.reading.stats(window);
  }

  listDeliveries(query: DeliveryQuery): Promise<DeliveryPage> {
    return this.#awake.reading.list(query);
  }

  findDelivery(id: string): DeliveryWithAttempts | null {
    return this.#awake.reading.find(id);
  }

  /** The request of an attempt of a delivery, see `shown-request.ts`. */
  showRequest(id: string, attempt: number | "next" | null, event: Event | null): ShownRequestAnswer {
    return this.#awake.reading.showRequest(id, attempt, event);
  }

  /** The deliveries of the event at a log position. */
  deliveriesOf(position: number): Delivery[] {
    return this.#awake.reading.ofEvent(position);
  }

  /** The deliveries of the event at a log position, and why the newest of them waits. */
  explain(position: number): ExplainedDeliveries {
    return this.#awake.reading.explain(position);
  }

  /** Somebody watches deliveries. */
  watch(watch: Watch): void {
    if (this.#awake.runner.isReady) this.#awake.parts.tail.hear(watch);
  }

  /** Hands out what may be attempted to a receiver that fetches it. */
  pull(pull: Pull): Promise<PullAnswer> {
    return this.#awake.runner.pull(pull);
  }

  /** What became of what was handed out; returns how many deliveries that concerned. */
  acknowledge(token: string, results: PullResult[]): Promise<number> {
    return this.#awake.runner.acknowledge(token, results);
  }

  /** Somebody listens: what waits for that goes on. */
  async listened(): Promise<void> {
    await this.#awake.listeners.noteListener();
  }

  /** The last who listened left: it is paused, and after an hour disabled. Whether it was. */
  listenerLeft(): Promise<boolean> {
    return this.#awake.listeners.noteLeaving();
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  wake(): Promise<void> {
    return this.#awake.runner.wake();
  }

  lookIn(): void {
    this.#awake.runner.noteCall();
  }

  /** It has a place among the open objects, for which it waited. */
  goOn(): void {
    this.#awake.runner.goOn();
  }

  /** Makes room for other objects, if it has nothing to do. */
  close(): Promise<void> {
    return this.#live?.runner.close() ?? this.#place.close();
  }

  /** Erases everything, for good. */
  erase(): Promise<void> {
    return this.#awake.runner.erase();
  }

  override alarm(): Promise<void> {
    return this.#live?.runner.ring() ?? this.#place.sleepOn();
  }
}
