import { RETENTION_MS } from "../domain/event.ts";
import { positionAt } from "../domain/ids.ts";
import type { EventSpan, EventSpanPage } from "../domain/messages.ts";
import type { EventReader } from "./archive/reader.ts";

/** What one page holds: little enough that several readers at once stay small in memory. */
const LIMITS = { events: 500, bytes: 1024 * 1024 };

/**
 * A page of the events accepted in a span of time, oldest first, wherever they lie. It may come back short, or empty,
 * with a `next`. What is accepted while it is read is read too, up to `lastPosition`. `logs`: among so many what it holds is shared out.
 */
export async function readSpan(
  reader: EventReader,
  span: EventSpan,
  { lastPosition, logs, nowMs }: { lastPosition: number; logs: number; nowMs: number },
): Promise<EventSpanPage> {
  const oldest = positionAt(Math.max(span.from, nowMs - RETENTION_MS));
  const before = positionAt(span.to);
  const after = Math.max(oldest - 1, span.after ?? 0);
  const end = Math.min(before - 1, lastPosition);
  if (after >= end) return { events: [], next: null };
  const scan = await reader.forward({
    after,
    wanted: (event) => event.position < before,
    limits: { events: Math.ceil(LIMITS.events / logs), bytes: Math.ceil(LIMITS.bytes / logs) },
  });
  return {
    events: scan.events.map(({ sent: _sent, endpoints: _endpoints, missed: _missed, ...event }) => event),
    next: scan.upTo < end && scan.upTo > after ? scan.upTo : null,
  };
}
