import { DurableObject } from "cloudflare:workers";
import { loadEndpointConfig } from "../config/endpoint-config.ts";
import { noteEndpointDueAt } from "../config/object-reports.ts";
import { openSecrets } from "../config/seal.ts";
import { dialectNamed } from "../dialects/index.ts";
import type { Delivery } from "../domain/delivery.ts";
import { mustNoteDueAt } from "../domain/due.ts";
import type { EndpointConfig, EndpointSecrets } from "../domain/endpoint.ts";
import type { Event } from "../domain/event.ts";
import { sequenceOfDeliveryId } from "../domain/ids.ts";
import type {
  DeliveryPage,
  DeliveryQuery,
  DeliveryWithAttempts,
  HandOver,
  HandOverAnswer,
  ReplayAnswer,
} from "../domain/messages.ts";
import { checkUrl, parseAllowedNetworks } from "../domain/networks.ts";
import type { AttemptOutcome } from "../domain/retry.ts";
import type { Env } from "../env.ts";
import { migrate, readMeta, writeMeta } from "../storage/schema.ts";
import { attempt, type Network } from "./attempt.ts";
import { Authenticator } from "./auth.ts";
import { Deliveries } from "./deliveries.ts";
import { Drain, type EndpointEffects } from "./drain.ts";
import { Intake } from "./intake.ts";
import { networkOf } from "./network.ts";
import { type ClaimedDelivery, DeliveryQueue } from "./queue.ts";
import { Retention } from "./retention.ts";
import { toDelivery } from "./rows.ts";
import { ENDPOINT_SCHEMA } from "./schema.ts";
import { reportStatusChange, type StatusChange } from "./status-change.ts";

/** Connections that Cloudflare gives an object. */
const DEFAULT_SLOTS = 6;

/** How soon the object is woken while it has work in hand, should it be lost. */
const SAFETY_NET_MS = 30_000;

const NOT_FAILING = JSON.stringify({ consecutiveFailures: 0, holdUntil: 0 });

/** One endpoint: its queue, its order, its attempts and their records. Named by the endpoint's id. */
export class Endpoint extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  readonly #queue: DeliveryQueue;
  readonly #intake: Intake;
  readonly #deliveries: Deliveries;
  readonly #drain: Drain;
  #config: EndpointConfig | null;
  #secrets: EndpointSecrets | null = null;
  readonly #retention: Retention;
  readonly #network: Network;
  #isUrlAllowed = false;
  #authenticator = new Authenticator(null);
  #isErased = false;
  /** The stored state of failures, as text. */
  #failing: string;
  #alarmAt: number | null = null;
  #notedDueAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    const { sql } = ctx.storage;
    migrate(ctx.storage, ENDPOINT_SCHEMA);
    this.#config = JSON.parse(readMeta<string>(sql, "config") ?? "null");
    this.#queue = new DeliveryQueue(sql);
    this.#intake = new Intake(sql, this.#queue);
    this.#retention = new Retention(sql, this.#queue);
    this.#failing = readMeta<string>(sql, "failing") ?? NOT_FAILING;
    this.#network = networkOf(env);
    this.#deliveries = new Deliveries(sql, () => this.#endpointId());
    this.#drain = new Drain(
      {
        queue: this.#queue,
        now: Date.now,
        random: Math.random,
        policy: () => this.#configured().policy,
        status: () => (this.#isErased ? "disabled" : this.#configured().status),
        slots: Number(env.SLOTS_PER_OBJECT ?? DEFAULT_SLOTS),
        attempt: (claimed) => this.#attempt(claimed),
        commit: (record, effects) => this.#commit(record, effects),
        wakeBy: (time) => this.#wakeBy(time),
        cameToRest: () => this.#cameToRest(),
      },
      JSON.parse(this.#failing),
    );
    ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = await ctx.storage.getAlarm();
      if (this.#config) this.#use(this.#config, await openSecrets(this.#config.sealed, env));
    });
  }

  get #isConfigured(): boolean {
    return this.#config !== null && !this.#isErased;
  }

  /** Takes a configuration, unless it has one as new. An object without one trusts D1 alone: it may be erased. */
  async configure(given: EndpointConfig): Promise<void> {
    if (this.#isErased) return;
    const config = this.#config ? given : await loadEndpointConfig(this.env.DB, given.id);
    if (!config) return;
    const secrets = await openSecrets(config.sealed, this.env);
    const before = this.#config;
    if (this.#isErased || (before && before.version >= config.version)) return;
    this.#storage.transactionSync(() => {
      writeMeta(this.#storage.sql, "config", JSON.stringify(config));
      this.#storage.sql.exec("DELETE FROM meta WHERE key = 'status_change'");
    });
    this.#use(config, secrets);
    if (before && before.status !== "enabled" && config.status === "enabled") this.#drain.release();
    this.#start();
  }

  /** Takes a batch from a log: what it has already is dropped, the rest is committed with its position. */
  async enqueue(batch: HandOver): Promise<HandOverAnswer> {
    if (!(await this.#hasConfig())) return { outcome: "gone" };
    const answer = this.#change(() => this.#intake.take(batch, Date.now()));
    this.#start();
    return answer;
  }

  /** Adds a replay of an event at the end of the order. `replayOf`: the delivery it repeats, if one is meant. */
  async replay({ event, replayOf }: { event: Event; replayOf: string | null }): Promise<ReplayAnswer> {
    if (!(await this.#hasConfig())) return { outcome: "gone" };
    if (this.#configured().status === "disabled") return { outcome: "disabled" };
    const original =
      replayOf === null
        ? (this.#deliveries.ofEvent(event.position).at(-1)?.sequence ?? null)
        : sequenceOfDeliveryId(this.#endpointId(), replayOf);
    const sequence = this.#change(() => this.#intake.addReplay(event, original, Date.now()));
    this.#start();
    const row = this.#deliveries.row(sequence);
    if (!row) throw new Error("the replay is not there");
    return { outcome: "enqueued", delivery: toDelivery(this.#endpointId(), row) };
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
    if (!(await this.#hasConfig())) return;
    this.#start();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await this.#noteDueAt(this.#nextDueAt());
  }

  /** Erases everything, for good: D1 holds the tombstone that keeps what comes late from bringing it back. */
  async erase(): Promise<void> {
    this.#isErased = true;
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    if (!(await this.#hasConfig())) return;
    try {
      this.#drain.renew();
      this.#change(() => this.#retention.run(Date.now()));
      this.#start();
      await this.#reportStatusChange();
    } catch (error) {
      this.#log("error", "the alarm's work failed", error);
    } finally {
      this.#arm();
    }
    await this.#noteDueAtIfMoved();
  }

  /** Whether this endpoint exists; an object that has no configuration asks D1. */
  async #hasConfig(): Promise<boolean> {
    if (this.#isConfigured) return true;
    if (this.#isErased) return false;
    const config = await loadEndpointConfig(this.env.DB, this.#endpointId());
    if (config) await this.configure(config);
    return this.#isConfigured;
  }

  /** What follows from a configuration and is needed at each attempt. */
  #use(config: EndpointConfig, secrets: EndpointSecrets): void {
    this.#config = config;
    this.#secrets = secrets;
    this.#authenticator = new Authenticator(secrets.auth);
    this.#isUrlAllowed = checkUrl(config.url, parseAllowedNetworks(this.env.ALLOWED_NETWORKS)) === null;
  }

  #start(): void {
    if (this.#isConfigured) this.#drain.run();
  }

  /** A change of the queue: one transaction, with an alarm for the work that it leaves. */
  #change<T>(change: () => T): T {
    try {
      return this.#storage.transactionSync(() => {
        const result = change();
        if (this.#queue.pendingCount > 0) this.#wakeBy(Date.now() + SAFETY_NET_MS);
        return result;
      });
    } catch (error) {
      // What memory counts is not what was stored: a new instance reads it again.
      this.ctx.abort(`a change of the queue failed: ${error}`);
      throw error;
    }
  }

  #attempt(claimed: ClaimedDelivery): Promise<AttemptOutcome> {
    const { url, policy, dialect: dialectName, dialectOptions, workspaceId } = this.#configured();
    const dialect = dialectNamed(dialectName);
    if (!dialect || !this.#secrets)
      throw new Error(`endpoint ${this.#endpointId()} cannot send as ${dialectName}`);
    return attempt(
      {
        delivery: {
          event: claimed.event,
          workspaceId,
          endpointId: this.#endpointId(),
          sequence: claimed.sequence,
          attempt: claimed.attemptCount + 1,
          isReplay: claimed.isReplay,
          firedAt: claimed.firedAt,
          attemptId: crypto.randomUUID(),
        },
        url,
        isUrlAllowed: this.#isUrlAllowed,
        method: policy.method,
        timeoutMs: policy.timeoutSeconds * 1000,
        dialect,
        options: dialectOptions,
        secrets: this.#secrets,
        authenticator: this.#authenticator,
      },
      this.#network,
    );
  }

  /** Records a group of attempts; a change of status that follows is stored with them and then told to D1. */
  #commit(record: () => void, effects: EndpointEffects): void {
    if (this.#isErased) return;
    const config = this.#configured();
    const change =
      effects.change && config.status !== "disabled" && config.status !== effects.change.status
        ? effects.change
        : null;
    const changed = change ? { ...config, status: change.status, statusReason: change.reason } : null;
    this.#change(() => {
      record();
      this.#storeFailing(effects);
      if (!changed) return;
      const report: StatusChange = {
        version: config.version,
        status: changed.status,
        reason: changed.statusReason,
      };
      writeMeta(this.#storage.sql, "config", JSON.stringify(changed));
      writeMeta(this.#storage.sql, "status_change", JSON.stringify(report));
    });
    if (!changed) return;
    this.#config = changed;
    this.#reportStatusChange().catch((error) =>
      this.#log("warn", "a change of status is not in D1 yet", error),
    );
  }

  /** Only failures, and the success that ends them, cost this row. */
  #storeFailing({ consecutiveFailures, holdUntil }: EndpointEffects): void {
    const failing = JSON.stringify({ consecutiveFailures, holdUntil });
    if (failing === this.#failing) return;
    this.#failing = failing;
    writeMeta(this.#storage.sql, "failing", failing);
  }

  async #reportStatusChange(): Promise<void> {
    const stored = readMeta<string>(this.#storage.sql, "status_change");
    if (stored === null) return;
    await reportStatusChange(this.env, this.#endpointId(), JSON.parse(stored));
    if (this.#isErased || readMeta<string>(this.#storage.sql, "status_change") !== stored) return;
    this.#storage.sql.exec("DELETE FROM meta WHERE key = 'status_change'");
  }

  #cameToRest(): void {
    if (this.#isErased) return;
    this.#arm();
    this.#noteDueAtIfMoved();
  }

  /** The one place that decides when the object must be awake again, Unix milliseconds; null = never by itself. */
  #nextDueAt(): number | null {
    if (!this.#isConfigured) return null;
    const now = Date.now();
    if (this.#queue.inFlight > 0) return now + SAFETY_NET_MS;
    const { status, policy } = this.#configured();
    if (status !== "enabled") return this.#retention.nextExpiryAt();
    const dueAt = this.#queue.nextDueAt(policy.serialize);
    return dueAt === null ? null : Math.max(dueAt, this.#drain.holdUntil, now);
  }

  #arm(): void {
    const dueAt = this.#nextDueAt();
    if (dueAt !== null) this.#wakeBy(dueAt);
  }

  /** Sets the alarm unless an earlier one is set: it will look again. */
  #wakeBy(time: number): void {
    if (this.#alarmAt !== null && this.#alarmAt <= time) return;
    this.#alarmAt = time;
    this.#storage.setAlarm(time);
  }

  async #noteDueAtIfMoved(): Promise<void> {
    const dueAt = this.#nextDueAt();
    if (mustNoteDueAt(this.#notedDueAt, dueAt, Date.now())) await this.#noteDueAt(dueAt);
  }

  /** Tells D1 when cron is to look here if the alarm gets lost. */
  async #noteDueAt(dueAt: number | null): Promise<void> {
    const before = this.#notedDueAt;
    this.#notedDueAt = dueAt;
    try {
      await noteEndpointDueAt(this.env.DB, this.#endpointId(), dueAt);
    } catch (error) {
      this.#notedDueAt = before;
      this.#log("warn", "could not note the next due time", error);
    }
  }

  #configured(): EndpointConfig {
    if (!this.#config) throw new Error("the endpoint has no configuration");
    return this.#config;
  }

  #endpointId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("an endpoint is reached by its id only");
    return name;
  }

  #log(level: "warn" | "error", message: string, error: unknown): void {
    console[level]({ message, endpoint: this.#endpointId(), error: String(error) });
  }
}
