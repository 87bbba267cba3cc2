import { DurableObject } from "cloudflare:workers";
import { noteLogDueAt } from "../config/object-reports.ts";
import { mustNoteDueAt } from "../domain/due.ts";
import type { LogSubscription } from "../domain/endpoint.ts";
import { type LoggedEvent, RETENTION_MS } from "../domain/event.ts";
import { eventIdTime, type IdSeed, positionOfEventId } from "../domain/ids.ts";
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
import { decodeChunk } from "./chunk.ts";
import { HandOver } from "./hand-over.ts";
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
    this.#archive = new Archive({
      storage: ctx.storage,
      bucket: env.ARCHIVE,
      seed: this.#seed,
      now: Date.now,
      workspaceId: () => this.#workspaceId(),
      releaseUpTo: (position) => this.#handOver.releaseUpTo(position),
      keepHandedOver: () => writeMeta(sql, "handed_over", this.#handOver.handedOver),
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
    this.#handOver = this.#resumeHandOver(sql);
    ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = await ctx.storage.getAlarm();
    });
  }

  /** Accepts a request's events, all or none; answers once they are committed. */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    if (this.#archive.hotBytes > MAX_HOT_BYTES) return { outcome: "overloaded", retryAfterSeconds: 10 };
    const ids = serverMadeIds(request.events, this.#seed);
    return this.#appender.append(request.events, ids.length === 0 ? NONE_KNOWN : await this.#known(ids));
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

  async findEvent(id: string): Promise<FindEventAnswer> {
    const event = await this.#find(id);
    if (!event) {
      return eventIdTime(id) < Date.now() - RETENTION_MS ? { outcome: "expired" } : { outcome: "unknown" };
    }
    if (event.acceptedAt < Date.now() - RETENTION_MS) return { outcome: "expired" };
    const { sent: _sent, endpoints, missed, ...plain } = event;
    const replayed = this.#storage.sql
      .exec<{ number: number }>("SELECT number FROM replayed WHERE position = ?", event.position)
      .toArray()
      .map((row) => row.number)
      .filter((number) => !endpoints.includes(number) && !missed.includes(number));
    const named = (numbers: number[], isMissed: boolean) =>
      this.#subscriptions.name(numbers).map((endpoint) => ({ ...endpoint, missed: isMissed }));
    return {
      outcome: "found",
      event: plain,
      matched: endpoints.length,
      endpoints: [...named(endpoints, false), ...named(missed, true), ...named(replayed, false)],
    };
  }

  /** A page of the log, newest first. */
  listEvents(query: EventQuery): Promise<EventPage> {
    return listEvents(this.#reader, query, Date.now());
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  async matchingEndpoints(eventId: string): Promise<string[]> {
    const event = await this.#find(eventId);
    if (!event) return [];
    const { stage } = JSON.parse(event.data) as { stage?: unknown };
    const match = this.#subscriptions.index.match({
      ...event,
      stage: typeof stage === "string" ? stage : undefined,
    });
    return this.#subscriptions.name(match.endpoints).map(({ id }) => id);
  }

  /** Remembers that an event was replayed to endpoints, so that its deliveries can be found there. */
  noteReplay(position: number, endpointIds: string[]): void {
    for (const endpointId of endpointIds) {
      const number = this.#subscriptions.numberOf(endpointId);
      if (number !== null)
        this.#storage.sql.exec(
          "INSERT OR IGNORE INTO replayed (position, number) VALUES (?, ?)",
          position,
          number,
        );
    }
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
  #resumeHandOver(sql: SqlStorage): HandOver {
    const newest = sql
      .exec<{ handed_over: number }>("SELECT handed_over FROM chunks ORDER BY first DESC LIMIT 1")
      .toArray()[0];
    const handedOver = newest?.handed_over ?? readMeta<number>(sql, "handed_over") ?? 0;
    const lagging = sql
      .exec<{ number: number; position: number }>("SELECT number, position FROM lagging")
      .toArray();
    const liveEndpoints = this.env.LIVE_ENDPOINTS ? Number(this.env.LIVE_ENDPOINTS) : null;
    const handOver = new HandOver(
      {
        now: Date.now,
        lastPosition: () => this.#appender.lastPosition,
        send: (number, events) => this.#send(number, events),
        read: (number, after, limits) => this.#reader.forEndpoint(number, after, limits),
        storeLag: (number, position) => {
          sql.exec("INSERT OR REPLACE INTO lagging (number, position) VALUES (?, ?)", number, position);
        },
        clearLag: (number) => {
          sql.exec("DELETE FROM lagging WHERE number = ?", number);
        },
        liveEndpoints,
      },
      handedOver,
      lagging.map(({ number, position }) => [number, position]),
    );
    for (const chunk of sql.exec<{ body: ArrayBuffer }>(
      "SELECT body FROM chunks WHERE last > ? ORDER BY first",
      handedOver,
    )) {
      const events = decodeChunk(new Uint8Array(chunk.body), (event) => event.position > handedOver);
      if (events.length > 0) handOver.committed(events);
    }
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

  async #known(ids: string[]): Promise<KnownEvents> {
    const known = new Map<string, LoggedEvent>();
    for (const id of ids) {
      const event = await this.#find(id);
      if (event) known.set(id, event);
    }
    return known;
  }

  async #find(id: string): Promise<LoggedEvent | null> {
    const { sql } = this.#storage;
    const position =
      positionOfEventId(id, this.#seed) ??
      sql
        .exec<{ position: number }>(
          "SELECT position FROM publisher_ids WHERE id = ?1 UNION ALL SELECT position FROM far_ids WHERE id = ?1 LIMIT 1",
          id,
        )
        .toArray()[0]?.position;
    if (position === undefined) return this.#reader.byOwnId(id);
    const event = await this.#reader.at(position);
    return event?.id === id ? event : null;
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
