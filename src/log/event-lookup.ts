import { conditionsIn } from "../domain/conditions.ts";
import { type LoggedEvent, RETENTION_MS } from "../domain/event.ts";
import { eventIdTime, type IdSeed, positionOfEventId } from "../domain/ids.ts";
import type { FindEventAnswer } from "../domain/messages.ts";
import type { KnownEvents } from "./append-batch.ts";
import type { Matcher } from "./matcher.ts";
import type { EventReader } from "./reader.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

export interface EventLookupPort {
  sql: SqlStorage;
  seed: IdSeed;
  reader: EventReader;
  subscriptions: SubscriptionStore;
  matcher: Matcher;
  now(): number;
}

/** Single events by id, wherever they lie, with the endpoints that their match and their replays name. */
export class EventLookup {
  readonly #port: EventLookupPort;

  constructor(port: EventLookupPort) {
    this.#port = port;
  }

  /** The event with this id as the log keeps it, or null; at most two ranged reads. */
  async byId(id: string): Promise<LoggedEvent | null> {
    const { sql, seed, reader } = this.#port;
    const position =
      positionOfEventId(id, seed) ??
      sql
        .exec<{ position: number }>(
          "SELECT position FROM publisher_ids WHERE id = ?1 UNION ALL SELECT position FROM far_ids WHERE id = ?1 LIMIT 1",
          id,
        )
        .toArray()[0]?.position;
    if (position === undefined) return reader.byOwnId(id);
    const event = await reader.at(position);
    return event?.id === id ? event : null;
  }

  /** Those of some ids that the server made that are events'; each chunk or archive block is read once. */
  async known(ids: readonly string[]): Promise<KnownEvents> {
    const wanted = new Set(ids);
    const positions = ids.flatMap((id) => positionOfEventId(id, this.#port.seed) ?? []);
    const events = await this.#port.reader.many(positions);
    return new Map(events.filter(({ id }) => wanted.has(id)).map((event) => [event.id, event]));
  }

  /** The event as it is told to others: its endpoints by id, for as long as it may be read. */
  async find(id: string): Promise<FindEventAnswer> {
    const oldest = this.#port.now() - RETENTION_MS;
    const event = await this.byId(id);
    if (!event) return { outcome: eventIdTime(id) < oldest ? "expired" : "unknown" };
    if (event.acceptedAt < oldest) return { outcome: "expired" };
    const { sent: _sent, endpoints, missed, ...plain } = event;
    const replayed = this.#replayedTo(event.position).filter(
      (number) => !endpoints.includes(number) && !missed.includes(number),
    );
    const named = (numbers: number[], isMissed: boolean) =>
      this.#port.subscriptions.name(numbers).map((endpoint) => ({ ...endpoint, missed: isMissed }));
    return {
      outcome: "found",
      event: plain,
      matched: endpoints.length,
      endpoints: [...named(endpoints, false), ...named(missed, true), ...named(replayed, false)],
    };
  }

  /** Ids of the endpoints that would get this event if it were published now. */
  async matchingEndpoints(id: string): Promise<string[]> {
    const { matcher, now, subscriptions } = this.#port;
    const event = await this.byId(id);
    if (!event) return [];
    const conditions = conditionsIn(JSON.parse(event.data));
    const [matched] = (await matcher.match([{ ...event, ...conditions }], now())) ?? [];
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
