import { endpointConfigOf, logSubscriptionOf } from "../d1/endpoint-config.ts";
import { FIRST_VERSION } from "../d1/endpoint-inserts.ts";
import { markSynced, purgeEndpoint } from "../d1/endpoint-writes.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { Deadlines } from "../deadlines.ts";
import type { Clock, Timers } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { askOtherLogs, countLogs } from "../logs/ask-logs.ts";
import { endpointOf, logOf } from "../objects/objects.ts";
import { isTaken, noteSynced } from "./synced-notes.ts";

/**
 * How long objects have to take what a request wrote, milliseconds; then it is answered 503, and cron goes on. What they take later does no
 * harm, as with cron.
 */
const TAKEN_WITHIN_MS = 10_000;

/**
 * Has the log and the endpoint object take this row, a tombstone included, and notes that they did. Throws what they
 * throw; then nothing is noted, and doing it again is safe: an object keeps the newest version, in whatever order
 * they arrive. Returns the calls of objects that it made.
 */
export async function pushEndpoint(env: Env, row: EndpointRow): Promise<number> {
  if (row.deletedAt !== null) return pushTombstone(env, row);
  const [, logs] = await Promise.all([configure(env, row), subscribe(env, row)]);
  await markSynced(env.DB, row);
  return logs + 1;
}

/**
 * Has the objects take a row that was just written, within a request: that the objects have taken it is noted after the answer.
 * @param before the row that it was made from, one version older; null = it is new. The log is asked for nothing where
 *   it has that version and nothing that it knows of has changed: a version that it never hears of is none that could
 *   come late.
 */
export async function pushWritten(
  env: Env,
  row: EndpointRow,
  before: EndpointRow | null,
  surroundings: Clock & Timers,
): Promise<void> {
  const deadlines = new Deadlines(surroundings);
  if (row.deletedAt !== null) {
    await deadlines.within(TAKEN_WITHIN_MS, pushTombstone(env, row));
    return;
  }
  const isKnown = before !== null && isTaken(before) && isSameToLog(before, row);
  const taken = Promise.all([configure(env, row), isKnown ? null : subscribe(env, row)]);
  await deadlines.within(TAKEN_WITHIN_MS, taken);
  noteSynced(env.DB, row, surroundings);
}

/** Has the log take the subscriptions of new endpoints of one workspace, in one call for all; otherwise as `pushWritten`. */
export async function pushNew(
  env: Env,
  rows: readonly EndpointRow[],
  surroundings: Clock & Timers,
): Promise<void> {
  const [first, ...others] = rows;
  if (first === undefined) return;
  const taken: Promise<unknown> =
    others.length === 0 ? subscribe(env, first) : subscribeAll(env, first.workspaceId, rows);
  await new Deadlines(surroundings).within(TAKEN_WITHIN_MS, taken);
  for (const row of rows) noteSynced(env.DB, row, surroundings);
}

async function pushTombstone(env: Env, row: EndpointRow): Promise<number> {
  // In this order: once the log has dropped the subscription, nothing more is handed over to an erased object.
  const count = await logOf(env, row.workspaceId).unsubscribe(row.id, row.version);
  await askOtherLogs(env, row.workspaceId, count, async (log) => log.unsubscribe(row.id, row.version));
  await endpointOf(env, row.id).erase();
  await purgeEndpoint(env.DB, row);
  return (count ?? 1) + 1;
}

/**
 * The object of a new endpoint is not touched: it asks for its configuration once something comes to it, and has this
 * version or a newer one then. On one machine to make an object is five fsyncs and 45 KiB, with its tables eight and
 * twice as much, and many endpoints never get an event.
 */
async function configure(env: Env, row: EndpointRow): Promise<void> {
  if (row.version !== FIRST_VERSION) await endpointOf(env, row.id).configure(endpointConfigOf(row));
}

/** Returns how many logs there are. */
async function subscribe(env: Env, row: EndpointRow): Promise<number> {
  const entry = logSubscriptionOf(row);
  const count = await logOf(env, row.workspaceId).subscribe(entry);
  await askOtherLogs(env, row.workspaceId, count, async (log) => log.subscribe(entry));
  return count ?? 1;
}

async function subscribeAll(env: Env, workspaceId: string, rows: readonly EndpointRow[]): Promise<void> {
  const entries = rows.map(logSubscriptionOf);
  // An object that still runs older code does not say how many logs there are.
  const count = (await logOf(env, workspaceId).subscribeAll(entries)) ?? (await countLogs(env, workspaceId));
  await askOtherLogs(env, workspaceId, count, async (log) => log.subscribeAll(entries));
}

function isSameToLog(before: EndpointRow, after: EndpointRow): boolean {
  const known = (row: EndpointRow) => JSON.stringify({ ...logSubscriptionOf(row), version: 0 });
  return known(before) === known(after);
}
