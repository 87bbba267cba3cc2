import { noteEndpointDueAt, noteFinalCounts } from "../d1/endpoint-reports.ts";
import type { Attempt } from "../domain/delivery.ts";
import type { EndpointConfig } from "../domain/endpoint.ts";
import type { IdempotentRequest, KeyConflict } from "../domain/idempotency.ts";
import { orderBy } from "../domain/order.ts";
import type { Pull, PullAnswer, PullResult } from "../domain/pulling.ts";
import type { Shape } from "../domain/stored.ts";
import type { Standstill } from "../domain/waiting.ts";
import type { Env } from "../env.ts";
import type { OwnPlace } from "../storage/places.ts";
import { EndpointAlarm } from "./alarm.ts";
import { Changes } from "./changes.ts";
import { followChange, followFirst } from "./follow-change.ts";
import { HandedOver, isSettledInLog } from "./handed-over.ts";
import type { Kept } from "./kept-answers.ts";
import type { EndpointParts } from "./parts.ts";
import { Pulls } from "./pull/pulls.ts";
import type { Outgoing } from "./record/claim.ts";
import { Sending, type SendingMeans } from "./sending.ts";
import { Sweeping } from "./sweeping.ts";

/** What keeps an endpoint object going: when it starts something, and when it ends. */
export class Runner {
  readonly #ctx: DurableObjectState;
  readonly #db: D1Database;
  readonly #parts: EndpointParts;
  readonly #sending: Sending;
  readonly #place: OwnPlace;
  readonly #alarm: EndpointAlarm;
  readonly #pulls: Pulls;
  readonly #handedOver: HandedOver;
  readonly #changes: Changes;
  readonly #sweeping: Sweeping;
  #isLoaded = false;
  /** Its tables are gone, until the next life makes them anew. */
  #isEmpty = false;
  #isClosing = false;

  constructor(ctx: DurableObjectState, env: Env, parts: EndpointParts, means: SendingMeans) {
    this.#ctx = ctx;
    this.#db = env.DB;
    this.#parts = parts;
    parts.health.whenUntold((retryAt) => this.#alarm.wakeAtLeisure(retryAt));
    this.#place = means.place;
    this.#alarm = new EndpointAlarm(ctx.storage, {
      ...{ parts, place: means.place },
      note: (dueAt, ifMoved) => noteEndpointDueAt(env.DB, parts.endpointId(), dueAt, ifMoved),
      isReady: () => this.isReady,
      exists: () => this.exists(),
      startFresh: () => {
        this.#sending.renew();
        this.start();
      },
      transaction: (act) => this.#changes.transaction(act),
      close: () => this.close(),
    });
    this.#sending = new Sending(ctx, env, means, {
      parts,
      storeResults: (act) => this.#changes.storeResults(act),
      tellSettled: () => this.#handedOver.tellSettled(),
      wakeBy: (time) => this.#alarm.wakeBy(time),
      noteRest: () => this.#alarm.noteRest(),
      expireLeases: () => {
        if (this.#mayGoOn) this.#pulls.expire();
      },
      start: () => this.start(),
    });
    this.#handedOver = new HandedOver({
      ...{ parts, alarm: this.#alarm, sending: this.#sending },
      change: (change) => this.change(change),
      isSettled: (looksAgain) => isSettledInLog(env, parts, looksAgain),
    });
    this.#changes = new Changes(ctx, env, {
      ...{ parts, alarm: this.#alarm },
      settleAll: () => this.#sending.drain.settleAll(),
      tellSettled: () => this.#handedOver.tellSettled(),
    });
    this.#sweeping = new Sweeping({
      parts,
      change: (change) => this.change(change),
      start: () => this.start(),
    });
    this.#pulls = new Pulls({
      parts,
      change: (change) => this.change(change),
      claim: (out, mostOut) => (this.isReady ? this.#sending.drain.claim(out, mostOut) : null),
      nextAt: () => this.#sending.drain.nextClaimAt(),
      record: (ended) => this.#sending.drain.record(ended),
    });
  }

  /** Hands deliveries out to a receiver that fetches them. */
  async pull(pull: Pull): Promise<PullAnswer> {
    return (await this.exists()) ? this.#pulls.pull(pull) : { outcome: "unknown" };
  }

  /** What became of deliveries that were handed out; returns how many that concerned. */
  async acknowledge(token: string, results: readonly PullResult[]): Promise<number> {
    if (!(await this.exists())) return 0;
    const acknowledged = this.#pulls.acknowledge(token, results);
    this.start();
    return acknowledged;
  }

  /** Reads what is stored, before the object's first request, and goes on with what was cut off. */
  async load(): Promise<void> {
    await this.#alarm.load();
    await this.#parts.configuration.load();
    this.#sending.giveBackMemory();
    if (this.isReady) this.#giveMissingKeys();
    this.#isLoaded = true;
    this.start();
  }

  /** While a deploy takes place, older code may store deliveries of an order by key, which it takes for a strict one: without keys. */
  #giveMissingKeys(): void {
    const { configuration, queue, sweeps } = this.#parts;
    const isByKey = orderBy(configuration.current.policy.order) !== null;
    if (!isByKey || queue.keys.haveTables || queue.lowestPending() === null) return;
    if (!sweeps.isReordering) this.change(() => sweeps.add({ action: "reorder" }));
  }

  /** Whether nothing of its memory would be missed: no attempt, no sweep, no alarm's work, no question is under way. */
  get isIdle(): boolean {
    const { configuration, tail } = this.#parts;
    const isBusy = this.#alarm.isHandling || this.#sweeping.isUnderWay || !this.#sending.isIdle;
    return this.#isLoaded && !isBusy && !configuration.isAwaited && !(this.#isClosing && tail.hasNews);
  }

  /** Makes room for other objects, if it is idle: it is closed, and goes on when its alarm rings or somebody calls. */
  async close(): Promise<void> {
    if (!this.isIdle || this.#isClosing) return;
    this.#isClosing = true;
    try {
      // Those who watch would never hear of what it has not told yet.
      await this.#parts.tail.flush();
      if (!this.isIdle) return;
      if (this.isReady) {
        this.#alarm.flush();
        this.#alarm.arm();
      }
      this.#sending.leave();
      await this.#place.close();
    } finally {
      this.#isClosing = false;
    }
  }

  /** Whether it has a configuration and was not erased. */
  get isReady(): boolean {
    return this.#parts.configuration.isPresent && !this.isErased;
  }

  get isErased(): boolean {
    return this.#parts.existence.isErased;
  }

  /** Whether this endpoint exists. An object that has no configuration asks D1: nobody gives a new one its first. */
  async exists(): Promise<boolean> {
    if (!this.isReady && !this.isErased) await this.adopt(null);
    return this.isReady;
  }

  /**
   * Takes a configuration, unless it has that version or a newer one; null = what D1 has.
   * @param isAskedFor whether this life asked for it
   */
  async adopt(given: EndpointConfig | null, isAskedFor = false): Promise<void> {
    if (this.isErased) return;
    const { configuration } = this.#parts;
    const prepared = await configuration.prepare(given, isAskedFor);
    if (!prepared || this.isErased) return;
    this.change(() => {
      const taken = configuration.adopt(prepared);
      if (taken?.before) followChange(taken.before, taken.after, this.#parts);
      else if (taken) followFirst(taken.after, this.#parts);
    });
    this.#sending.holdMemory();
    this.start();
  }

  /**
   * The answer of `act`, which changes what is stored; for a repeated request the first one's. What the change makes possible
   * starts after it.
   */
  once<Answer extends { outcome: string }>(
    request: IdempotentRequest | undefined,
    shape: Shape<Kept<Answer>>,
    act: () => Answer,
  ): Answer | KeyConflict {
    this.settle();
    const isKept = request !== undefined && !this.isErased;
    const answer = isKept ? this.#changes.once(request, shape, act) : act();
    this.start();
    return answer;
  }

  /** A change of what is stored, see `Changes`. */
  change<T>(change: () => T): T {
    return this.#changes.change(change);
  }

  /** What keeps the endpoint's deliveries at this moment. */
  standstill(): Standstill {
    return this.#sending.standstill();
  }

  get #mayGoOn(): boolean {
    return this.isReady && this.#place.mayGoOn();
  }

  /** Starts whatever may start now. */
  start(): void {
    if (!this.#mayGoOn) return;
    this.#sweeping.goOn();
    this.#sending.run();
    this.#pulls.look();
  }

  /** One attempt outside the queue, as soon as a slot is free. */
  sendOnce(outgoing: Outgoing): Promise<Attempt> {
    return this.#sending.sendOnce(outgoing);
  }

  /** What logs hand over. */
  get handedOver(): Pick<HandedOver, "enqueue" | "take" | "awaitOtherLogs" | "catchUp" | "isCaughtUp"> {
    return this.#handedOver;
  }

  /** Stores all that is in memory alone: before anybody reads what is stored. */
  settle(): void {
    const { queue } = this.#parts;
    if (!this.isReady || (queue.inFlight === 0 && queue.held.isEmpty)) return;
    this.#sending.drain.settleAll();
    this.#handedOver.tellSettled();
    this.start();
  }

  /** It has a place now, for which it waited. */
  goOn(): void {
    this.start();
    this.#alarm.arm();
  }

  /** Somebody calls: a new invocation, and an alarm that was lost is set anew. */
  noteCall(): void {
    this.#sending.renew();
    this.#alarm.replaceLost();
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  wake(): Promise<void> {
    return this.#alarm.wake();
  }

  /** Erases everything, for good: D1 holds the tombstone that keeps what comes late from bringing it back. */
  async erase(): Promise<void> {
    this.#countLast();
    this.#parts.existence.end();
    this.#parts.tail.stop();
    this.#handedOver.end();
    this.#sending.leave();
    const { configuration, endpointId, health } = this.#parts;
    // What it counted remains its workspace's. One without a configuration was erased before, as was an empty one, whose
    // caller did not hear of it.
    if (configuration.isPresent && !this.#isEmpty)
      await noteFinalCounts(this.#db, endpointId(), health.report(this.#parts.surroundings.nowMs()).counts);
    this.#isEmpty = true;
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
  }

  /** What ended and has no record yet counts, too. Where there is no room to record it, erasing makes some. */
  #countLast(): void {
    try {
      if (this.isReady) this.#sending.drain.settleAll();
    } catch {
      // It goes uncounted.
    }
  }

  /** The alarm rang. */
  ring(): Promise<void> {
    return this.#alarm.ring();
  }
}
