/*
 * The service's own log: one JSON line for each request that failed with 5xx and for each thing an operator may have
 * to look after. No bodies, no keys, no secrets; what a receiver answered is on record in its attempt.
 */

export interface LogFields {
  /** Anything thrown. */
  error?: unknown;
  [name: string]: unknown;
}

/** `info` is for what somebody asked to have told. */
type LogLevel = "info" | "warn" | "error";

/** Writes one line. `message` is the same for the same kind of thing, so that it can be searched and counted. */
export function logLine(level: LogLevel, message: string, fields: LogFields = {}): void {
  const { error, ...rest } = fields;
  const line = { level, message, ...rest, ...(error === undefined ? {} : { error: errorText(error) }) };
  console[level](withoutSecrets(JSON.stringify(line)));
}

/** Of a failed query the database's own words: drizzle's message quotes the parameters. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isQuery = error.message.startsWith("Failed query:");
  if (isQuery) return error.cause === undefined ? "a query failed" : errorText(error.cause);
  return error.stack ?? String(error);
}

/** Keys and signing secrets by their form, should an error's text quote one. */
const SECRETS = /\b(ak_|whsec_|whsk_|Bearer )[A-Za-z0-9+/=_-]{8,}/g;

function withoutSecrets(line: string): string {
  return line.replaceAll(SECRETS, "$1***");
}
