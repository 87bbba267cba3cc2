/*
 * The service's own log: one JSON line for each request that failed with 5xx and for each thing an operator may have
 * to look after. No bodies, no keys, no secrets; what a receiver answered is on record in its attempt.
 */

import { isOverloaded } from "./domain/overload.ts";
import { platform } from "./platform.ts";

/** How long refusals of a kind are counted instead of told once one was. */
const REFUSALS_QUIET_MS = 60_000;

/** Of so many kinds it is known, those that were told last: callers make some of them up. */
const MOST_KINDS = 1000;

/** By kind: when a refusal was told last, Unix milliseconds, and how many were not since; in the order in which they were told. */
const refusals = new Map<string, { toldAtMs: number; untold: number }>();

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

/**
 * As `logLine`, for what is tried again by itself: where it was refused for want of a place among the open objects, which
 * ends by itself too, one line a minute says so, and how many more there were since the last one.
 */
export function logRetried(
  level: LogLevel,
  message: string,
  fields: LogFields,
  nowMs: number = platform.nowMs(),
): void {
  if (isOverloaded(fields.error)) logRefused(level, message, message, fields, nowMs);
  else logLine(level, message, fields);
}

/**
 * As `logLine`, for refusals that come as often as somebody likes: one line a minute of each kind, and how many more there
 * were since the last one.
 */
export function logRefused(
  level: LogLevel,
  message: string,
  kind: string,
  fields: LogFields,
  nowMs: number = platform.nowMs(),
): void {
  const known = refusals.get(kind);
  if (known !== undefined && nowMs - known.toldAtMs < REFUSALS_QUIET_MS) {
    known.untold++;
    return;
  }
  refusals.delete(kind);
  refusals.set(kind, { toldAtMs: nowMs, untold: 0 });
  const [oldest] = refusals.keys();
  if (refusals.size > MOST_KINDS && oldest !== undefined) refusals.delete(oldest);
  logLine(level, message, { ...fields, ...(known?.untold ? { more: known.untold } : {}) });
}

/** What went wrong; for a failed query the database's own words: drizzle's message quotes the parameters. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isQuery = error.message.startsWith("Failed query:");
  if (isQuery) return error.cause === undefined ? "a query failed" : errorText(error.cause);
  // Where it was refused says nothing: it may be anywhere.
  return isOverloaded(error) ? String(error) : (error.stack ?? String(error));
}

/** Keys and signing secrets by their form, should an error's text quote one. */
const SECRETS = /\b(ak_|whsec_|whsk_|Bearer )[A-Za-z0-9+/=_-]{8,}/g;

function withoutSecrets(line: string): string {
  return line.replaceAll(SECRETS, "$1***");
}
