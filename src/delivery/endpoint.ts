import { DurableObject } from "cloudflare:workers";
import { noteEndpointDueAt } from "../config/object-reports.ts";
import type { Attempt, Delivery } from "../domain/delivery.ts";
import type { EndpointConfig } from "../domain/endpoint.ts";
import type { Event } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { sequenceOfDeliveryId } from "../domain/ids.ts";
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
  KeyConflict,
  ReplayAnswer,
  ReplayCandidates,
  ReplaySelection,
  ReplayStatus,
  ReplayStep,
  ReplayStepAnswer,
  RetryAnswer,
  StatsWindow,
} from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { logLine } from "../service-log.ts";
import { KeptAnswers } from "../storage/answers.ts";
import { migrate } from "../storage/schema.ts";
import { WakeUp } from "../storage/wake-up.ts";
import { attempt } from "./attempt.ts";
import type { ClaimedDelivery } from "./claim.ts";
import { Configuration } from "./configuration.ts";
import { Deliveries } from "./deliveries.ts";
import { Drain, type EndpointEffects } from "./drain.ts";
import { Health } from "./health.ts";
import { Intake } from "./intake.ts";
import { networkOf } from "./network.ts";
import { OperationalEvents } from "./operational.ts";
import { publishOperational } from "./operational-publisher.ts";
import { DeliveryQueue } from "./queue.ts";
import { Replays } from "./replays.ts";
import { Retention } from "./retention.ts";
import { ENDPOINT_SCHEMA } from "./schema.ts";
import { type Sweep, Sweeps } from "./sweeps.ts";

/** Connections that Cloudflare gives an object. */
const DEFAULT_SLOTS = 6;

/** How soon the object is woken while it has work in hand, should it be lost. */
const SAFETY_NET_MS = 30_000;

/** Outcomes of a request that did what was asked: only these are kept for its repetition. */
const DONE = new Set(["enqueued", "due", "canceled", "canceling"]);

/** One endpoint: its queue, its order, its attempts and their records. Named by the endpoint's id. */
export class Endpoint extends DurableObject<Env> {
  readonly #configuration: Configuration;
  readonly #queue: DeliveryQueue;
  readonly #intake: Intake;
  readonly #deliveries: Deliveries;
  readonly #replays: Replays;
  readonly #sweeps: Sweeps;
  readonly #kept: KeptAnswers;
  readonly #retention: Retention;
  readonly #health: Health;
  readonly #operational: OperationalEvents;
  readonly #drain: Drain;
  readonly #wakeUp: WakeUp;
  readonly #network;
  #isErased = false;
  #isSweeping = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    migrate(ctx.storage, ENDPOINT_SCHEMA);
    const endpointId = () => this.#endpointId();
    const policy = () => this.#config.policy;
    this.#network = networkOf(env);
    this.#configuration = new Configuration(sql, env, endpointId);
    this.#queue = new DeliveryQueue(sql);
    this.#intake = new Intake(sql, this.#queue);
    this.#deliveries = new Deliveries(sql, endpointId);
    this.#replays = new Replays(sql, this.#deliveries, this.#intake);
    this.#sweeps = new Sweeps({ sql, queue: this.#queue, policy, random: Math.random });
    this.#kept = new KeptAnswers(sql);
    this.#retention = new Retention(sql, this.#queue);
    this.#operational = new OperationalEvents({
      sql,
      now: Date.now,
      publish: (kind, count, details) => publishOperational(env, this.#config, kind, count, details),
    });
    this.#health = new Health({ ctx, env, endpointId, queue: this.#queue, operational: this.#operational });
    this.#wakeUp = new WakeUp(ctx.storage, (dueAt) => noteEndpointDueAt(env.DB, endpointId(), dueAt));
    this.#drain = new Drain(
      {
        queue: this.#queue,
        now: Date.now,
        random: Math.random,
        policy,
        status: () => (this.#isErased || this.#sweeps.isCanceling ? "paused" : this.#config.status),
        slots: Number(env.SLOTS_PER_OBJECT ?? DEFAULT_SLOTS),
        attempt: (claimed) => this.#attempt(claimed),
        commit: (record, effects) => this.#commit(record, effects),
        wakeBy: (time) => this.#wakeUp.by(time),
        cameToRest: () => this.#cameToRest(),
      },
      this.#health.failing,
    );
    ctx.blockConcurrencyWhile(async () => {
      await this.#wakeUp.load();
      await this.#configuration.load();
    });
  }

  /** Takes a configuration, unless it has one as new. */
  async configure(given: EndpointConfig): Promise<void> {
    await this.#adopt(given);
  }

  /** Takes a batch from a log: what it has already is dropped, the rest is committed with its position. */
  async enqueue(batch: HandOver): Promise<HandOverAnswer> {
    if (!(await this.#exists())) return { outcome: "gone" };
    const answer = this.#change(() => this.#intake.take(batch, Date.now()));
    this.#start();
    return answer;
  }

  /** Adds a replay of an event at the end of the order. `replayOf`: the delivery it repeats, if one is meant. */
  async replay({
    event,
    replayOf,
    request,
  }: {
    event: Event;
    replayOf: string | null;
    request?: IdempotentRequest;
  }): Promise<ReplayAnswer> {
    if (!(await this.#exists())) return { outcome: "gone" };
    return this.#once<ReplayAnswer>(request, () => {
      if (this.#config.status === "disabled") return { outcome: "disabled" };
      const original =
        replayOf === null
          ? (this.#deliveries.rowsOf(event.position).at(-1)?.sequence ?? null)
          : sequenceOfDeliveryId(this.#endpointId(), replayOf);
      const sequence = this.#change(() => this.#intake.addReplay(event, original, Date.now()));
      const delivery = this.#deliveries.at(sequence);
      return delivery ? { outcome: "enqueued", delivery } : { outcome: "gone" };
    });
  }

  /** What a replay job by status takes, among the deliveries from one sequence to another; `to` absent = all there are. */
  replayCandidates(
    selection: ReplaySelection,
    from: number,
    limit: number,
    to?: number,
  ): ReplayCandidates & { to: number } {
    const last = to ?? this.#queue.lastSequence;
    if (!this.#isReady) return { positions: [], next: null, to: last };
    return { ...this.#replays.candidates(selection, from, limit, last), to: last };
  }

  /** Which of some events, by log position, a replay job of this status takes. */
  selectReplays(status: ReplayStatus, positions: number[]): number[] {
    return this.#isReady ? this.#replays.select(status, positions) : [];
  }

  /** Enqueues a step of a replay job, once. */
  async replayStep(step: ReplayStep): Promise<ReplayStepAnswer> {
    if (!(await this.#exists())) return { outcome: "gone" };
    if (this.#config.status === "disabled") return { outcome: "disabled" };
    if (this.#intake.isFull) return { outcome: "full" };
    const done = this.#change(() => this.#replays.enqueue(step, Date.now()));
    this.#start();
    return { outcome: "enqueued", done };
  }

  /** A replay job ended. */
  endReplay(jobId: string): void {
    if (this.#isReady) this.#replays.forget(jobId);
  }

  /** Sends an event at once, outside queue, stats and failure count; null if the endpoint does not exist. */
  async test({ event }: { event: Event }): Promise<Attempt | null> {
    if (!(await this.#exists())) return null;
    const now = Date.now();
    const { attempt: record } = await this.#send({
      sequence: 0,
      event,
      firedAt: now,
      attemptCount: 0,
      isReplay: false,
    });
    return record;
  }

  /** Makes a pending delivery due now; with `serialize` only the head. */
  retry(id: string, request?: IdempotentRequest): RetryAnswer {
    return this.#once(request, () => this.#retry(id));
  }

  #retry(id: string): RetryAnswer {
    const row = this.#deliveries.rowOf(id);
    if (!row || !this.#isReady) return { outcome: "unknown" };
    const pending = this.#queue.pending(row.sequence);
    if (!pending) return { outcome: "not_pending" };
    const { status, policy } = this.#config;
    if (status !== "enabled") return { outcome: status };
    if (this.#queue.isInFlight(row.sequence)) return { outcome: "in_flight" };
    if (policy.serialize && this.#queue.lowestPending()?.sequence !== row.sequence)
      return { outcome: "not_head" };
    if (pending.next_attempt_at !== null) this.#change(() => this.#queue.setDue(row.sequence, Date.now()));
    return { outcome: "due" };
  }

  /** Makes every delivery that waits for a retry due now. */
  retryAll(request?: IdempotentRequest): RetryAnswer {
    return this.#once<RetryAnswer>(request, () => {
      if (!this.#isReady) return { outcome: "unknown" };
      const { status } = this.#config;
      if (status !== "enabled") return { outcome: status };
      this.#change(() => this.#sweeps.add({ action: "retry" }));
      return { outcome: "due" };
    });
  }

  /** Cancels a pending delivery; one in flight is canceled too, its attempt still goes on record. */
  cancel(id: string, request?: IdempotentRequest): CancelAnswer {
    return this.#once(request, () => this.#cancel(id));
  }

  #cancel(id: string): CancelAnswer {
    const row = this.#deliveries.rowOf(id);
    if (!row || !this.#isReady) return { outcome: "unknown" };
    const pending = this.#queue.pending(row.sequence);
    if (!pending) return { outcome: "not_pending" };
    this.#change(() => {
      this.#queue.close(pending, "canceled", Date.now());
      this.#health.ended("canceled", 1);
    });
    const delivery = this.#deliveries.at(row.sequence);
    return delivery ? { outcome: "canceled", delivery } : { outcome: "unknown" };
  }

  /** Cancels the pending deliveries of a selection; none of them is attempted from now on. */
  cancelAll(selection: CancelSelection, request?: IdempotentRequest): CancelAllAnswer {
    return this.#once<CancelAllAnswer>(request, () => {
      if (!this.#isReady) return { outcome: "unknown" };
      this.#change(() => this.#sweeps.add({ action: "cancel", ...selection }));
      return { outcome: "canceling" };
    });
  }

  stats(window: StatsWindow): EndpointStats {
    return this.#health.stats(window);
  }

  listDeliveries(query: DeliveryQuery): DeliveryPage {
    return this.#isErased ? { rows: [], next: null } : this.#deliveries.list(query);
  }

  findDelivery(id: string): DeliveryWithAttempts | null {
    return this.#isErased ? null : this.#deliveries.find(id);
  }

  /** The deliveries of the event at a log position. */
  deliveriesOf(position: number): Delivery[] {
    return this.#isErased ? [] : this.#deliveries.ofEvent(position);
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    if (!(await this.#exists())) return;
    this.#start();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await this.#wakeUp.note(this.#nextDueAt());
  }

  /** Erases everything, for good: D1 holds the tombstone that keeps what comes late from bringing it back. */
  async erase(): Promise<void> {
    this.#isErased = true;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    this.#wakeUp.rang();
    if (!(await this.#exists())) return;
    try {
      this.#drain.renew();
      this.#change(() => {
        const now = Date.now();
        this.#health.ended("dead", this.#retention.run(now));
        this.#health.flush();
      });
      this.#start();
      await this.#configuration.report();
      await this.#operational.send();
    } catch (error) {
      this.#log("error", "the alarm's work failed", error);
    } finally {
      this.#arm();
    }
    await this.#wakeUp.noteIfMoved(this.#nextDueAt());
  }

  get #config(): EndpointConfig {
    return this.#configuration.current.config;
  }

  get #isReady(): boolean {
    return this.#configuration.isPresent && !this.#isErased;
  }

  /** Whether this endpoint exists; an object that has no configuration asks D1. */
  async #exists(): Promise<boolean> {
    if (!this.#isReady && !this.#isErased) await this.#adopt(null);
    return this.#isReady;
  }

  async #adopt(given: EndpointConfig | null): Promise<void> {
    if (this.#isErased) return;
    const adopted = await this.#configuration.adopt(given);
    if (!adopted || this.#isErased) return;
    const { before, after } = adopted;
    if (before) this.#followChange(before, after);
    this.#start();
  }

  /** What a change of configuration means for the deliveries that are there. */
  #followChange(before: EndpointConfig, after: EndpointConfig): void {
    const isResumed = before.status !== "enabled" && after.status === "enabled";
    if (isResumed) this.#drain.release();
    if (after.policy.serialize && (isResumed || before.url !== after.url)) {
      const head = this.#queue.lowestPending();
      if (head && head.next_attempt_at !== null && !this.#queue.isInFlight(head.sequence)) {
        this.#change(() => this.#queue.setDue(head.sequence, Date.now()));
      }
    }
    if (JSON.stringify(before.policy.retry) !== JSON.stringify(after.policy.retry))
      this.#sweep({ action: "retime" });
  }

  /**
   * The answer of `act`, which changes what is stored; for a repeated request the first one's, kept with that change.
   * What the change makes possible starts after it.
   */
  #once<Answer extends { outcome: string }>(
    request: IdempotentRequest | undefined,
    act: () => Answer,
  ): Answer | KeyConflict {
    if (request === undefined || this.#isErased) {
      const answer = act();
      this.#start();
      return answer;
    }
    const now = Date.now();
    const first = this.#kept.find<Answer>(request, now);
    if (first.outcome === "key_conflict") return first;
    if (first.outcome === "repeated") return { ...first.answer, isRepeated: true };
    const answer = this.#change(() => {
      const made = act();
      if (DONE.has(made.outcome)) this.#kept.keep(request, made, now);
      return made;
    });
    this.#start();
    return answer;
  }

  #start(): void {
    if (!this.#isReady) return;
    if (!this.#sweeps.isDone) this.#continueSweeps();
    this.#drain.run();
  }

  #sweep(sweep: Sweep): void {
    this.#change(() => this.#sweeps.add(sweep));
    this.#continueSweeps();
    this.#start();
  }

  /** A step now and each further one in a macrotask of its own, so that attempts and requests go on between. */
  #continueSweeps(): void {
    if (this.#isSweeping || this.#isErased) return;
    this.#change(() => this.#health.ended("canceled", this.#sweeps.step(Date.now())));
    if (this.#sweeps.isDone) return;
    this.#isSweeping = true;
    setTimeout(() => {
      this.#isSweeping = false;
      this.#start();
    }, 0);
  }

  /** A change of what is stored: one transaction, with an alarm for the work that it leaves. */
  #change<T>(change: () => T): T {
    try {
      return this.ctx.storage.transactionSync(() => {
        const result = change();
        if (this.#queue.pendingCount > 0 || !this.#sweeps.isDone) this.#wakeUp.by(Date.now() + SAFETY_NET_MS);
        return result;
      });
    } catch (error) {
      // What memory counts is not what was stored: a new instance reads it again.
      this.ctx.abort(`a change of what is stored failed: ${error}`);
      throw error;
    }
  }

  #attempt(claimed: ClaimedDelivery) {
    return this.#send(claimed);
  }

  /** The one way to attempt a delivery: first tries, retries, replays and tests differ in what they hand in. */
  #send(of: Pick<ClaimedDelivery, "sequence" | "event" | "firedAt" | "attemptCount" | "isReplay">) {
    const { config, secrets, dialect, authenticator, isUrlAllowed } = this.#configuration.current;
    const { sequence, event, firedAt, attemptCount, isReplay } = of;
    const { url, policy, workspaceId, dialectOptions: options } = config;
    const delivery = {
      ...{ event, sequence, firedAt, isReplay, workspaceId },
      endpointId: this.#endpointId(),
      attempt: attemptCount + 1,
      attemptId: crypto.randomUUID(),
    };
    const { method, timeoutSeconds } = policy;
    return attempt(
      {
        delivery,
        url,
        isUrlAllowed,
        method,
        timeoutMs: timeoutSeconds * 1000,
        dialect,
        options,
        secrets,
        authenticator,
      },
      this.#network,
    );
  }

  /** Records a group of attempts, with what they mean for the endpoint itself; D1 is told of a change of status. */
  #commit(record: () => void, effects: EndpointEffects): void {
    if (this.#isErased) return;
    const { status } = this.#config;
    const change =
      effects.change && status !== "disabled" && status !== effects.change.status ? effects.change : null;
    this.#change(() => {
      record();
      this.#health.record(effects, change);
      if (change) this.#configuration.changeStatus(change.status, change.reason);
    });
    if (change)
      this.#configuration
        .report()
        .catch((error) => this.#log("warn", "D1 does not know the status yet", error));
  }

  #cameToRest(): void {
    if (this.#isErased) return;
    this.#health.restAfterWork();
    this.#arm();
    this.#wakeUp.noteIfMoved(this.#nextDueAt());
  }

  /** The one place that decides when the object must be awake again, Unix milliseconds; null = never by itself. */
  #nextDueAt(): number | null {
    if (!this.#isReady) return null;
    const now = Date.now();
    const { status, policy } = this.#config;
    const dueAt =
      status === "enabled" ? this.#queue.nextDueAt(policy.serialize) : this.#retention.nextExpiryAt();
    const times = [
      this.#queue.inFlight > 0 || !this.#sweeps.isDone ? now + SAFETY_NET_MS : null,
      dueAt === null ? null : Math.max(dueAt, status === "enabled" ? this.#drain.holdUntil : 0),
      this.#operational.nextDueAt(),
    ].filter((time) => time !== null);
    return times.length === 0 ? null : Math.max(now, Math.min(...times));
  }

  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.#wakeUp.by(dueAt);
  }

  #endpointId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("an endpoint is reached by its id only");
    return name;
  }

  #log(level: "warn" | "error", message: string, error: unknown): void {
    logLine(level, message, { endpoint: this.#endpointId(), error });
  }
}
