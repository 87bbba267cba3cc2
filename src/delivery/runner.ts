import { noteEndpointDueAt } from "../config/object-reports.ts";
import type { EndpointConfig } from "../domain/endpoint.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import type { KeyConflict } from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { logLine } from "../service-log.ts";
import { WakeUp } from "../storage/wake-up.ts";
import type { Network } from "./attempt.ts";
import { Drain, type EndpointEffects } from "./drain.ts";
import type { EndpointParts } from "./parts.ts";
import { send } from "./send.ts";
import type { Sweep } from "./sweeps.ts";

/** Connections that Cloudflare gives an object. */
const DEFAULT_SLOTS = 6;

/** How soon the object is woken while it has work in hand, should it be lost. */
const SAFETY_NET_MS = 30_000;

/** Outcomes of a request that did what was asked: only these are kept for its repetition. */
const DONE = new Set(["enqueued", "due", "canceled", "canceling"]);

/** What keeps an endpoint object going: its changes, what follows from them, and when it is awake again. */
export class Runner {
  readonly #ctx: DurableObjectState;
  readonly #parts: EndpointParts;
  readonly #drain: Drain;
  readonly #wakeUp: WakeUp;
  #isErased = false;
  #isSweeping = false;

  constructor(ctx: DurableObjectState, env: Env, parts: EndpointParts, network: Network) {
    this.#ctx = ctx;
    this.#parts = parts;
    const { endpointId, configuration, queue, sweeps, health } = parts;
    this.#wakeUp = new WakeUp(ctx.storage, (dueAt) => noteEndpointDueAt(env.DB, endpointId(), dueAt));
    this.#drain = new Drain(
      {
        queue,
        now: Date.now,
        random: Math.random,
        policy: () => configuration.current.config.policy,
        status: () => (this.#isErased || sweeps.isCanceling ? "paused" : configuration.current.config.status),
        slots: Number(env.SLOTS_PER_OBJECT ?? DEFAULT_SLOTS),
        attempt: (claimed) => send(configuration.current, claimed, network),
        commit: (record, effects) => this.#commit(record, effects),
        wakeBy: (time) => this.#wakeUp.by(time),
        cameToRest: () => this.#cameToRest(),
      },
      health.failing,
    );
  }

  /** Reads what is stored; before the object's first request. */
  async load(): Promise<void> {
    await this.#wakeUp.load();
    await this.#parts.configuration.load();
  }

  /** Whether it has a configuration and was not erased. */
  get isReady(): boolean {
    return this.#parts.configuration.isPresent && !this.#isErased;
  }

  get isErased(): boolean {
    return this.#isErased;
  }

  /** Whether this endpoint exists; an object that has no configuration asks D1. */
  async exists(): Promise<boolean> {
    if (!this.isReady && !this.#isErased) await this.adopt(null);
    return this.isReady;
  }

  /** Takes a configuration, unless it has one as new; null = what D1 has. */
  async adopt(given: EndpointConfig | null): Promise<void> {
    if (this.#isErased) return;
    const adopted = await this.#parts.configuration.adopt(given);
    if (!adopted || this.#isErased) return;
    const { before, after } = adopted;
    if (before) this.#followChange(before, after);
    this.start();
  }

  /** What a change of configuration means for the deliveries that are there. */
  #followChange(before: EndpointConfig, after: EndpointConfig): void {
    const { queue } = this.#parts;
    const isResumed = before.status !== "enabled" && after.status === "enabled";
    if (isResumed) this.#drain.release();
    if (after.policy.serialize && (isResumed || before.url !== after.url)) {
      const head = queue.lowestPending();
      if (head && head.next_attempt_at !== null && !queue.isInFlight(head.sequence)) {
        this.change(() => queue.setDue(head.sequence, Date.now()));
      }
    }
    if (JSON.stringify(before.policy.retry) !== JSON.stringify(after.policy.retry))
      this.#sweep({ action: "retime" });
  }

  /**
   * The answer of `act`, which changes what is stored; for a repeated request the first one's, kept with that change.
   * What the change makes possible starts after it.
   */
  once<Answer extends { outcome: string }>(
    request: IdempotentRequest | undefined,
    act: () => Answer,
  ): Answer | KeyConflict {
    if (request === undefined || this.#isErased) {
      const answer = act();
      this.start();
      return answer;
    }
    const now = Date.now();
    const first = this.#parts.kept.find<Answer>(request, now);
    if (first.outcome === "key_conflict") return first;
    if (first.outcome === "repeated") return { ...first.answer, isRepeated: true };
    const answer = this.change(() => {
      const made = act();
      if (DONE.has(made.outcome)) this.#parts.kept.keep(request, made, now);
      return made;
    });
    this.start();
    return answer;
  }

  /** Starts whatever may start now. */
  start(): void {
    if (!this.isReady) return;
    if (!this.#parts.sweeps.isDone) this.#continueSweeps();
    this.#drain.run();
  }

  #sweep(sweep: Sweep): void {
    this.change(() => this.#parts.sweeps.add(sweep));
    this.start();
  }

  /** A step now and each further one in a macrotask of its own, so that attempts and requests go on between. */
  #continueSweeps(): void {
    if (this.#isSweeping || this.#isErased) return;
    const { sweeps, health } = this.#parts;
    this.change(() => health.ended("canceled", sweeps.step(Date.now())));
    if (sweeps.isDone) return;
    this.#isSweeping = true;
    setTimeout(() => {
      this.#isSweeping = false;
      this.start();
    }, 0);
  }

  /** A change of what is stored: one transaction, with an alarm for the work that it leaves. */
  change<T>(change: () => T): T {
    const { queue, sweeps } = this.#parts;
    try {
      return this.#ctx.storage.transactionSync(() => {
        const result = change();
        if (queue.pendingCount > 0 || !sweeps.isDone) this.#wakeUp.by(Date.now() + SAFETY_NET_MS);
        return result;
      });
    } catch (error) {
      // What memory counts is not what was stored: a new instance reads it again.
      this.#ctx.abort(`a change of what is stored failed: ${error}`);
      throw error;
    }
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    if (!(await this.exists())) return;
    this.start();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await this.#wakeUp.note(this.#nextDueAt());
  }

  /** Erases everything, for good: D1 holds the tombstone that keeps what comes late from bringing it back. */
  async erase(): Promise<void> {
    this.#isErased = true;
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
  }

  /** The alarm's work: what has become due, and what is done now and then. */
  async alarm(): Promise<void> {
    const { configuration, health, operational, retention } = this.#parts;
    this.#wakeUp.rang();
    if (!(await this.exists())) return;
    try {
      this.#drain.renew();
      this.change(() => {
        const now = Date.now();
        health.ended("dead", retention.run(now));
        health.flush();
      });
      this.start();
      await configuration.report();
      await operational.send();
    } catch (error) {
      this.#log("error", "the alarm's work failed", error);
    } finally {
      this.#arm();
    }
    await this.#wakeUp.noteIfMoved(this.#nextDueAt());
  }

  /** Records a group of attempts, with what they mean for the endpoint itself; D1 is told of a change of status. */
  #commit(record: () => void, effects: EndpointEffects): void {
    if (this.#isErased) return;
    const { configuration, health } = this.#parts;
    const { status } = configuration.current.config;
    const change =
      effects.change && status !== "disabled" && status !== effects.change.status ? effects.change : null;
    this.change(() => {
      record();
      health.record(effects, change);
      if (change) configuration.changeStatus(change.status, change.reason);
    });
    if (change)
      configuration.report().catch((error) => this.#log("warn", "D1 does not know the status yet", error));
  }

  #cameToRest(): void {
    if (this.#isErased) return;
    this.#parts.health.restAfterWork();
    this.#arm();
    this.#wakeUp.noteIfMoved(this.#nextDueAt());
  }

  /** The one place that decides when the object must be awake again, Unix milliseconds; null = never by itself. */
  #nextDueAt(): number | null {
    if (!this.isReady) return null;
    const { configuration, operational, queue, retention, sweeps } = this.#parts;
    const now = Date.now();
    const { status, policy } = configuration.current.config;
    const dueAt = status === "enabled" ? queue.nextDueAt(policy.serialize) : retention.nextExpiryAt();
    const times = [
      queue.inFlight > 0 || !sweeps.isDone ? now + SAFETY_NET_MS : null,
      dueAt === null ? null : Math.max(dueAt, status === "enabled" ? this.#drain.holdUntil : 0),
      operational.nextDueAt(),
    ].filter((time) => time !== null);
    return times.length === 0 ? null : Math.max(now, Math.min(...times));
  }

  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.#wakeUp.by(dueAt);
  }

  #log(level: "warn" | "error", message: string, error: unknown): void {
    logLine(level, message, { endpoint: this.#parts.endpointId(), error });
  }
}
