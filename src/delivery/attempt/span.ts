import type { Attempt } from "../../domain/delivery.ts";
import type { Event } from "../../domain/event.ts";
import {
  isSampled,
  readTraceparent,
  type TraceContext,
  writeTraceparent,
} from "../../domain/trace-context.ts";
import { logLine } from "../../service-log.ts";
import { type AttemptPlace, attemptIdOf } from "./attempt-id.ts";

/** An attempt as a span of the trace that its event was published in. */
interface Span extends TraceContext {
  spanId: string;
}

/**
 * The header that makes an attempt the receiver's parent in the trace; none where its event came without one, or where
 * the endpoint's own headers have one.
 * @param own names of the endpoint's own headers
 */
export function traceHeaders(
  { traceparent }: Pick<Event, "traceparent">,
  attemptId: string,
  own: readonly string[],
): Record<string, string> {
  const span = spanOf(traceparent, attemptId);
  if (span === null || own.some((name) => name.toLowerCase() === "traceparent")) return {};
  return { traceparent: writeTraceparent(span, span.spanId) };
}

/** Writes an attempt's span to the log as one line, where whoever started the trace records it. */
export function logSpan(
  place: AttemptPlace,
  {
    number,
    startedAt,
    durationMs,
    error,
    response,
  }: Pick<Attempt, "number" | "startedAt" | "durationMs" | "error" | "response">,
): void {
  const { traceparent } = place.event;
  const span = spanOf(traceparent, traceparent === undefined ? "" : attemptIdOf(place, startedAt));
  if (span === null || !isSampled(span)) return;
  logLine("info", "span", {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentId,
    started_at: new Date(startedAt).toISOString(),
    duration_ms: durationMs,
    endpoint: place.endpointId,
    event: place.event.id,
    type: place.event.type,
    sequence: place.sequence,
    attempt: number,
    status: response?.status ?? null,
    code: error,
  });
}

/** The span has the first half of the attempt's id, which is new for each and not zero: its version is in it. */
function spanOf(traceparent: string | undefined, attemptId: string): Span | null {
  const context = traceparent === undefined ? null : readTraceparent(traceparent);
  return context && { ...context, spanId: attemptId.replaceAll("-", "").slice(0, 16) };
}
