/*
 * W3C Trace Context: the header `traceparent` names a trace and the span in it that a request belongs to. A publisher's
 * goes to the receivers with each attempt as a span of its own.
 */

/** What a `traceparent` says. */
export interface TraceContext {
  /** 32 hex digits. */
  traceId: string;
  /** The span that caused this, 16 hex digits. */
  parentId: string;
  /** Two hex digits; the lowest bit says that somebody records the trace. */
  flags: string;
}

/** Characters of what this version reads. */
export const TRACEPARENT_LENGTH = 55;

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent`; null where it is none, or breaks the specification: then it is as if there were none. A later
 * version is read as far as this one knows it (Trace Context, 3.2.4).
 */
export function readTraceparent(text: string): TraceContext | null {
  const [, version, traceId, parentId, flags, more] = FORM.exec(text) ?? [];
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined)
    return null;
  if (version === "ff" || (version === "00" && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  return { traceId, parentId, flags };
}

/** The header that makes a span, 16 hex digits, the parent of what follows. */
export function writeTraceparent({ traceId, flags }: TraceContext, spanId: string): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/** Whether whoever started the trace records it. */
export function isSampled({ flags }: TraceContext): boolean {
  return (Number.parseInt(flags, 16) & 1) === 1;
}
