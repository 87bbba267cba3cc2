import { type Event, RETENTION_MS } from "../domain/event.ts";
import { positionAt } from "../domain/ids.ts";
import type { EventPage, EventQuery } from "../domain/messages.ts";
import { typeMatches } from "../domain/subscription.ts";
import type { EventReader } from "./reader.ts";

/** Events that one page looks at; with rare matches a page comes back short, with a cursor. */
const EXAMINED_PER_PAGE = 10_000;

/** A page of a log, newest first. The cursor is the position before which the next page starts, so it stays right while events are added. */
export async function listEvents(reader: EventReader, query: EventQuery, now: number): Promise<EventPage> {
  const oldest = positionAt(Math.max(query.from ?? 0, now - RETENTION_MS));
  const start = Math.min(
    query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(query.cursor),
    query.to === undefined ? Number.MAX_SAFE_INTEGER : positionAt(query.to),
  );
  const rows: EventPage["rows"] = [];
  let examined = 0;
  let position = start;
  let isComplete = true;
  scan: for await (const group of reader.backwards(start)) {
    for (const { sent: _sent, data: _data, missed: _missed, endpoints, ...event } of group) {
      if (event.position < oldest) return { rows, next: null };
      if (rows.length === query.limit || examined === EXAMINED_PER_PAGE) {
        isComplete = false;
        break scan;
      }
      examined++;
      position = event.position;
      if (query.type !== undefined && !typeMatches(query.type, event.type)) continue;
      if (query.tag !== undefined && !event.tags.includes(query.tag)) continue;
      if (!hasContext(event, query.context)) continue;
      rows.push({ ...event, endpoints: endpoints.length });
    }
  }
  const isOver = isComplete && !reader.hasBefore(position);
  return { rows, next: isOver ? null : String(position) };
}

function hasContext(event: Pick<Event, "context">, wanted: Record<string, string> = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => event.context[key] === value);
}
