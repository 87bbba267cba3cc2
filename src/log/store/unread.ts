import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { LoggedEvent } from "../../domain/event.ts";
import { acceptedAt } from "../../domain/ids.ts";
import { always, listed, type StoredText, shapeOf } from "../../domain/stored.ts";
import type { SchemaStep } from "../../storage/schema.ts";

/**
 * Which archived events an endpoint had yet to take when they left SQLite, by segment: one row for an endpoint that lags,
 * none for the others.
 */
export const UNREAD_SCHEMA: SchemaStep = {
  statements: [
    "CREATE TABLE unread (number INTEGER, first INTEGER, events BLOB NOT NULL, PRIMARY KEY (number, first)) WITHOUT ROWID",
  ],
  olderCodeMayRead: true,
};

/** What is kept of an event: enough to put on record that it expired. */
type UnreadEvent = [position: number, id: string, type: string, created: number];

/** By position: a later version may only append. */
export const unreadShape = shapeOf(listed<UnreadEvent>(always()));

/**
 * What lags for 30 days ends as dead at its endpoint, even where R2 has deleted the events by then: who they were is
 * kept here.
 */
export class Unread {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps the events of a segment that endpoints with a row have yet to take; part of the segment's transaction. */
  keep(first: number, events: readonly LoggedEvent[]): void {
    const positions = new Map(
      this.#sql
        .exec<{ number: number; position: number }>("SELECT number, position FROM lagging")
        .toArray()
        .map(({ number, position }) => [number, position]),
    );
    if (positions.size === 0) return;
    const unread = new Map<number, UnreadEvent[]>();
    for (const { position, id, type, created, endpoints } of events) {
      for (const number of endpoints) {
        if (position <= (positions.get(number) ?? Number.POSITIVE_INFINITY)) continue;
        const own = unread.get(number) ?? [];
        unread.set(number, own);
        own.push([position, id, type, created]);
      }
    }
    for (const [number, own] of unread) {
      const body = deflateRawSync(unreadShape.write(own), { level: 1 });
      this.#sql.exec(
        "INSERT OR REPLACE INTO unread (number, first, events) VALUES (?, ?, ?)",
        number,
        first,
        body,
      );
    }
  }

  /** The events of a segment, between two positions, that an endpoint had yet to take: without their data. */
  of(number: number, segmentFirst: number, from: number, to: number): LoggedEvent[] {
    const row = this.#sql
      .exec<{ events: ArrayBuffer }>(
        "SELECT events FROM unread WHERE number = ? AND first = ?",
        number,
        segmentFirst,
      )
      .toArray()[0];
    if (!row) return [];
    const text = inflateRawSync(new Uint8Array(row.events)).toString() as StoredText<UnreadEvent[]>;
    const events = unreadShape.read(text);
    return events
      .filter(([position]) => position >= from && position <= to)
      .map((event) => expired(number, event));
  }

  /** An endpoint lags no more. */
  forget(number: number): void {
    this.#sql.exec("DELETE FROM unread WHERE number = ?", number);
  }

  /** Segments up to one are gone. */
  dropUpTo(first: number): void {
    this.#sql.exec("DELETE FROM unread WHERE first <= ?", first);
  }
}

function expired(number: number, [position, id, type, created]: UnreadEvent): LoggedEvent {
  return {
    ...{ position, id, type, created, acceptedAt: acceptedAt(position), isExpired: true },
    ...{ apiVersion: "", tags: [], context: {}, data: "null", endpoints: [number], missed: [] },
    sent: { created: false, apiVersion: false, tags: false, context: false },
  };
}
