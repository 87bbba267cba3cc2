import type { WorkerdStructuredLog } from "miniflare";

/**
 * What workerd reports as errors of its own though nothing is wrong: a peer that hangs up or has a bad certificate, an
 * attempt at an address that is not allowed. The attempt that it belongs to is on record with its cause.
 */
const NOISE = [
  /\bdisconnected:/,
  /Network connection lost/,
  /connecting to \S+ is not allowed/,
  /Connection (refused|reset)/i,
  /DNS lookup failed/i,
  /TLS handshake failed/i,
  // After a crash: the alarm rings late, as it should.
  /SQLite alarm overdue/,
];

/** How the service's own lines begin (`src/service-log.ts`): each is there to be read. */
const OWN_LINE = '{"level":';

/** Whether a line of workerd's log says nothing that a person has to know. */
export function isNoise(log: Pick<WorkerdStructuredLog, "message">): boolean {
  if (log.message.startsWith(OWN_LINE)) return false;
  return NOISE.some((pattern) => pattern.test(log.message));
}

/** Prints what the Worker logs, and workerd's own errors; warnings and errors on stderr. */
export function reportRuntimeLog(log: WorkerdStructuredLog): void {
  if (isNoise(log)) return;
  const isError = log.level === "error" || log.level === "warn";
  (isError ? console.error : console.log)(log.message);
}
