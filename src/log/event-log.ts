import { DurableObject } from "cloudflare:workers";
import { noteLogDueAt } from "../config/object-reports.ts";
import { mustNoteDueAt } from "../domain/due.ts";
import type { LogSubscription } from "../domain/endpoint.ts";
import type { LoggedEvent, NewEvent } from "../domain/event.ts";
import type { IdSeed } from "../domain/ids.ts";
import type {
  AppendAnswer,
  AppendRequest,
  EventPage,
  EventQuery,
  FindEventAnswer,
  LogMetrics,
} from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { migrate, readMeta, writeMeta } from "../storage/schema.ts";
import { Appender, type KnownEvents, serverMadeIds } from "./appender.ts";
import { Archive } from "./archive.ts";
import { EventLookup } from "./event-lookup.ts";
import { HandOver } from "./hand-over.ts";
import { HandOverStore } from "./hand-over-store.ts";
import { listEvents } from "./list.ts";
import { EventReader } from "./reader.ts";
import { LOG_SCHEMA } from "./schema.ts";
import { SubscriptionStore } from "./subscription-store.ts";

/** Above this much that is not yet in R2, publishing answers `overloaded`. */
const MAX_HOT_BYTES = 8 * 1024 ** 3;

/** How soon the object is woken after a commit, should it be lost before it has handed over. */
const SAFETY_NET_MS = 10_000;

/** A workspace's event log: accepts, matches, hands over, archives. One object per workspace, named by its id. */
export class EventLog extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  readonly #seed: IdSeed;
  readonly #subscriptions: SubscriptionStore;
  readonly #reader: EventReader;
  readonly #lookup: EventLookup;
  readonly #archive: Archive;
  readonly #appender: Appender;
  readonly #handOver: HandOver;
  #alarmAt: number | null = null;
  #notedDueAt: number | null = null;
  #acceptedEvents = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    const { sql } = ctx.storage;
    migrate(ctx.storage, LOG_SCHEMA);
    this.#seed = readSeed(sql);
    this.#subscriptions = new SubscriptionStore(sql);
    this.#reader = new EventReader(sql, env.ARCHIVE, () => this.#workspaceId());
    this.#lookup = new EventLookup({
      sql,
      seed: this.#seed,
      reader: this.#reader,
      subscriptions: this.#subscriptions,
      now: Date.now,
    });
    const handOverStore = new HandOverStore(sql);
    this.#archive = new Archive({
      storage: ctx.storage,
      bucket: env.ARCHIVE,
      seed: this.#seed,
      now: Date.now,
      workspaceId: () => this.#workspaceId(),
      releaseUpTo: (position) => this.#handOver.releaseUpTo(position),
      keepHandedOver: () => handOverStore.keepHandedOver(this.#handOver.handedOver),
      archiveAfterMs: Number(env.ARCHIVE_AFTER_SECONDS ?? 600) * 1000,
    });
    this.#appender = new Appender(
      {
        storage: ctx.storage,
        subscriptions: this.#subscriptions,
        seed: this.#seed,
        now: Date.now,
        handedOver: () => this.#handOver.handedOver,
        armed: () => this.#wakeBy(Date.now() + SAFETY_NET_MS),
        committed: (events, bytes) => this.#committed(events, bytes),
      },
      this.#reader.newestPosition(),
    );
    this.#handOver = this.#resumeHandOver(handOverStore);
    ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = await ctx.storage.getAlarm();
    });
  }

  /** Accepts a request's events, all or none; answers once they are committed. */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    if (this.#archive.hotBytes > MAX_HOT_BYTES) return { outcome: "overloaded", retryAfterSeconds: 10 };
    const ids = serverMadeIds(request.events, this.#seed);
    return this.#appender.append(
      request.events,
      ids.length === 0 ? NONE_KNOWN : await this.#lookup.known(ids),
    );
  }

  /** Accepts an operational event about an endpoint, if any other endpoint asked for its type; otherwise it is not kept. */
  async appendOperational(endpointId: string, event: NewEvent): Promise<AppendAnswer> {
    const operational = { ...event, about: endpointId };
    const { endpoints, missed } = this.#subscriptions.match(operational);
    if (endpoints.length + missed.length === 0) return { outcome: "accepted", events: [] };
    return this.#appender.append([operational], NONE_KNOWN);
  }

  /** Takes an endpoint's subscription, unless it knows a newer version. */
  subscribe(entry: LogSubscription): void {
    this.#subscriptions.put(entry);
  }

  /** Forgets an endpoint for good. */
  unsubscribe(endpointId: string, version: number): void {
    const number = this.#subscriptions.delete(endpointId, version);
    if (number !== null) this.#handOver.drop(number);
  }

  findEvent(id: string): Promise<FindEventAnswer> {
    return this.#lookup.find(id);
  }

  /** A page of the log, newest first. */
  listEvents(query: EventQuery): Promise<EventPage> {
    return listEvents(this.#reader, query, Date.now());
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  matchingEndpoints(eventId: string): Promise<string[]> {
    return this.#lookup.matchingEndpoints(eventId);
  }

  /** Remembers that an event was replayed to endpoints, so that its deliveries can be found there. */
  noteReplay(position: number, endpointIds: string[]): void {
    this.#lookup.noteReplay(position, endpointIds);
  }

  metrics(): LogMetrics {
    return {
      hotBytes: this.#archive.hotBytes,
      unarchivedEvents: this.#archive.hotEvents,
      waitingBytes: this.#appender.waitingBytes + this.#handOver.queuedBytes,
      laggingEndpoints: this.#handOver.laggingEndpoints,
      handOverLagMs: this.#handOver.lagMs(),
      acceptedEvents: this.#acceptedEvents,
    };
  }

  /** For cron: goes on with what is due, should the alarm have been lost. */
  async wake(): Promise<void> {
    this.#handOver.wake();
    this.#arm();
    // Cron came because D1's note has passed: it must move on, or cron comes again every minute.
    await this.#noteDue();
  }

  /** Deletes everything of this workspace's log, R2 included. */
  async erase(): Promise<void> {
    await this.#archive.erase();
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
    this.ctx.abort("the workspace was deleted");
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    try {
      this.#handOver.wake();
      await this.#archive.run();
    } catch (error) {
      console.error({ message: "archiving failed", workspace: this.#workspaceId(), error: String(error) });
      this.#wakeBy(Date.now() + SAFETY_NET_MS);
    } finally {
      this.#arm();
    }
    if (mustNoteDueAt(this.#notedDueAt, this.#nextDueAt(), Date.now())) await this.#noteDue();
  }

  /** The one place that decides when the object must be awake again. */
  #nextDueAt(): number | null {
    const times = [this.#handOver.nextDueAt(), this.#archive.dueAt()].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
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

  /** Tells D1 when cron is to look here if the alarm gets lost. */
  async #noteDue(): Promise<void> {
    const dueAt = this.#nextDueAt();
    const noted = this.#notedDueAt;
    this.#notedDueAt = dueAt;
    try {
      await noteLogDueAt(this.env.DB, this.#workspaceId(), dueAt);
    } catch (error) {
      // The alarm is the rule, the note only its safety net.
      this.#notedDueAt = noted;
      console.warn({
        message: "could not note the next due time",
        workspace: this.#workspaceId(),
        error: String(error),
      });
    }
  }

  #committed(events: LoggedEvent[], bytes: number): void {
    this.#acceptedEvents += events.length;
    this.#archive.committed(events[0]?.position ?? 0, events.length, bytes);
    this.#handOver.committed(events);
    if (this.#archive.isDue) {
      this.#archive.run().catch((error) => {
        console.error({ message: "archiving failed", workspace: this.#workspaceId(), error: String(error) });
      });
    }
  }

  /** Hand-over after a restart: the stored positions, and what was committed after the last of them. */
  #resumeHandOver(store: HandOverStore): HandOver {
    const handedOver = store.handedOver();
    const liveEndpoints = this.env.LIVE_ENDPOINTS ? Number(this.env.LIVE_ENDPOINTS) : null;
    const handOver = new HandOver(
      {
        now: Date.now,
        lastPosition: () => this.#appender.lastPosition,
        send: (number, events) => this.#send(number, events),
        read: (number, after, limits) => this.#reader.forEndpoint(number, after, limits),
        storeLag: (number, position) => store.storeLag(number, position),
        clearLag: (number) => store.clearLag(number),
        liveEndpoints,
      },
      handedOver,
      store.lagging(),
    );
    for (const events of store.groupsAfter(handedOver)) handOver.committed(events);
    return handOver;
  }

  async #send(number: number, events: LoggedEvent[]) {
    const endpointId = this.#subscriptions.endpointId(number);
    if (endpointId === null) return { outcome: "gone" as const };
    return this.env.ENDPOINT.getByName(endpointId).enqueue({
      workspaceId: this.#workspaceId(),
      logId: this.#workspaceId(),
      events: events.map(({ sent: _sent, endpoints: _endpoints, missed: _missed, ...event }) => event),
    });
  }

  #workspaceId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("an event log is reached by its workspace's id only");
    return name;
  }
}

const NONE_KNOWN: KnownEvents = new Map();

/** The log's numbers for its ids, drawn at its first start. */
function readSeed(sql: SqlStorage): IdSeed {
  const stored = readMeta<string>(sql, "seed");
  if (stored !== null) return JSON.parse(stored);
  const [a = 0, b = 0, c = 0] = crypto.getRandomValues(new Uint32Array(3));
  const seed: IdSeed = [a, b, c];
  writeMeta(sql, "seed", JSON.stringify(seed));
  return seed;
}
