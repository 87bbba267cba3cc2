import { conditionsIn } from "../../domain/conditions.ts";
import { type Event, type LoggedEvent, RETENTION_MS } from "../../domain/event.ts";
import { positionAt } from "../../domain/ids.ts";
import type { EventPage, EventQuery } from "../../domain/messages.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import type { EventReader } from "../archive/reader.ts";

/** Events that one page looks at; with rare matches a page comes back short, with a cursor. */
const EXAMINED_PER_PAGE = 10_000;

/** What one page parses of events' data, characters: beyond it, it comes back short too. */
const PARSED_PER_PAGE = 1024 * 1024;

/**
 * A page of a log, newest first. The cursor is the position before which the next page starts, so it stays right while events are added.
 * @param logs among which what a page looks at is shared out
 */
export async function listEvents(
  reader: EventReader,
  query: EventQuery,
  nowMs: number,
  logs = 1,
): Promise<EventPage> {
  const oldest = positionAt(Math.max(query.from ?? 0, nowMs - RETENTION_MS));
  const start = Math.min(
    query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(query.cursor),
    query.to === undefined ? Number.MAX_SAFE_INTEGER : positionAt(query.to),
  );
  const rows: EventPage["rows"] = [];
  let examined = 0;
  let position = start;
  let isComplete = true;
  let parsed = 0;
  const needsData = (event: LoggedEvent) => isOfType(event, query) && lacks(event.context, query.context);
  scan: for await (const group of reader.backwards(start, needsData)) {
    for (const { sent: _sent, data, missed: _missed, endpoints, ...event } of group) {
      if (event.position < oldest) return { rows, next: null };
      const isEnough = rows.length === query.limit || examined * logs >= EXAMINED_PER_PAGE;
      if (isEnough || parsed * logs >= PARSED_PER_PAGE) {
        isComplete = false;
        break scan;
      }
      examined++;
      position = event.position;
      if (!isOfType(event, query)) continue;
      if (query.tag !== undefined && !event.tags.includes(query.tag)) continue;
      parsed += data.length;
      if (!hasContext(event.context, data, query.context)) continue;
      rows.push({ ...event, endpoints: endpoints.length });
    }
  }
  const isOver = isComplete && !reader.hasBefore(position);
  return { rows, next: isOver ? null : String(position) };
}

function isOfType({ type }: Pick<Event, "type">, query: EventQuery): boolean {
  return query.type === undefined || typeMatches(query.type, type);
}

/** Whether a context names none of some keys that are asked for: then `data` may imply them. */
function lacks(context: Event["context"], wanted: Record<string, string> = {}): boolean {
  return Object.keys(wanted).some((key) => context[key] === undefined);
}

/** @param data empty where the context itself says all */
function hasContext(context: Event["context"], data: string, wanted: Record<string, string> = {}): boolean {
  const implied = data === "" ? {} : conditionsIn(JSON.parse(data)).implied;
  return Object.entries(wanted).every(([key, value]) => (context[key] ?? implied?.[key]) === value);
}
