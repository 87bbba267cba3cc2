import { conditionsIn } from "../../domain/conditions.ts";
import { type LoggedEvent, RETENTION_MS } from "../../domain/event.ts";
import {
  acceptedAt,
  eventIdAt,
  eventIdTime,
  type IdSeed,
  isEventId,
  positionOfEventId,
} from "../../domain/ids.ts";
import type { FindEventAnswer } from "../../domain/messages.ts";
import type { KnownEvents } from "../accept/first-answers.ts";
import type { Matcher } from "../accept/matcher.ts";
import type { EventReader } from "../archive/reader.ts";
import { OwnIds } from "../store/own-ids.ts";
import type { SubscriptionStore } from "../store/subscription-store.ts";

export interface EventLookupPort {
  sql: SqlStorage;
  seed: IdSeed;
  reader: EventReader;
  subscriptions: SubscriptionStore;
  matcher: Matcher;
  nowMs(): number;
}

/** Single events by id, wherever they lie, with the endpoints that their match and their replays name. */
export class EventLookup {
  readonly #port: EventLookupPort;
  readonly #ownIds: OwnIds;

  constructor(port: EventLookupPort) {
    this.#port = port;
    this.#ownIds = new OwnIds(port.sql);
  }

  /** The event with this id, or that its publisher calls so, as the log keeps it, or null; at most two ranged reads. */
  async byId(id: string): Promise<LoggedEvent | null> {
    const { reader } = this.#port;
    const position = this.#positionOf(id);
    if (position === null) return isEventId(id) ? reader.byOwnId(id) : null;
    const event = await reader.at(position);
    return event?.id === id || event?.ownId === id ? event : null;
  }

  /** Where the event lies or lay; null = the log knows none, or has it in a segment's list of ids. */
  #positionOf(id: string): number | null {
    const { seed, sql, nowMs } = this.#port;
    if (!isEventId(id)) return this.#ownIds.find(id, nowMs())?.position ?? null;
    // Nobody can make up an id that the server makes.
    const made = positionOfEventId(id, seed);
    if (made !== null) return made;
    const row = sql
      .exec<{ position: number }>(
        "SELECT position FROM publisher_ids WHERE id = ?1 UNION ALL SELECT position FROM far_ids WHERE id = ?1 LIMIT 1",
        id,
      )
      .toArray()[0];
    return row?.position ?? null;
  }

  /** The event id of what a publisher calls so; null = the log knows of none. */
  idOf(name: string): string | null {
    if (isEventId(name)) return name;
    const known = this.#ownIds.find(name, this.#port.nowMs());
    return known && eventIdAt(known.position, this.#port.seed);
  }

  /** The events of some ids that the server made, by id, where there are such; each chunk or archive block is read once. */
  async findKnown(ids: readonly string[]): Promise<KnownEvents> {
    const wanted = new Set(ids);
    const positions = ids.flatMap((id) => positionOfEventId(id, this.#port.seed) ?? []);
    const events = await this.#port.reader.many(positions);
    return new Map(events.filter(({ id }) => wanted.has(id)).map((event) => [event.id, event]));
  }

  /** The event as it is told to others: its endpoints by id, for as long as it may be read. */
  async find(id: string): Promise<FindEventAnswer> {
    const oldest = this.#port.nowMs() - RETENTION_MS;
    const event = await this.byId(id);
    if (!event) return { outcome: this.#hasExpired(id, oldest) ? "expired" : "unknown" };
    if (event.acceptedAt < oldest) return { outcome: "expired" };
    const { sent: _sent, endpoints, missed, ...plain } = event;
    const replayed = this.#replayedTo(event.position).filter(
      (number) => !endpoints.includes(number) && !missed.includes(number),
    );
    const named = (numbers: readonly number[], isMissed: boolean) =>
      this.#port.subscriptions.name(numbers).map((endpoint) => ({ ...endpoint, missed: isMissed }));
    return {
      outcome: "found",
      event: plain,
      matched: endpoints.length,
      endpoints: [...named(endpoints, false), ...named(missed, true), ...named(replayed, false)],
    };
  }

  /** The event as the log keeps it, with the endpoints that it was replayed to by name; null = it cannot be read. */
  async relations(id: string): Promise<{ event: LoggedEvent; replayed: number[] } | null> {
    const event = await this.byId(id);
    if (event === null || event.acceptedAt < this.#port.nowMs() - RETENTION_MS) return null;
    return { event, replayed: this.#replayedTo(event.position) };
  }

  /** Whether the log knows that there was such an event: an id that nobody ever had is as unknown as it is old. */
  #hasExpired(id: string, oldest: number): boolean {
    const position = this.#positionOf(id);
    if (position !== null) return acceptedAt(position) < oldest;
    return isEventId(id) && eventIdTime(id) < oldest && this.#port.reader.isListed(id);
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  async matchingEndpoints(id: string): Promise<string[]> {
    const { matcher, nowMs, subscriptions } = this.#port;
    const event = await this.byId(id);
    if (!event) return [];
    const conditions = conditionsIn(JSON.parse(event.data));
    const [matched] = (await matcher.match([{ ...event, ...conditions }], nowMs())) ?? [];
    return subscriptions.name(matched?.match.endpoints ?? []).map((endpoint) => endpoint.id);
  }

  /** Remembers that an event was replayed to endpoints, so that its deliveries can be found there. */
  noteReplay(position: number, endpointIds: readonly string[]): void {
    for (const endpointId of endpointIds) {
      const number = this.#port.subscriptions.numberOf(endpointId);
      if (number === null) continue;
      this.#port.sql.exec(
        "INSERT OR IGNORE INTO replayed (position, number) VALUES (?, ?)",
        position,
        number,
      );
    }
  }

  #replayedTo(position: number): number[] {
    return this.#port.sql
      .exec<{ number: number }>("SELECT number FROM replayed WHERE position = ?", position)
      .toArray()
      .map((row) => row.number);
  }
}
