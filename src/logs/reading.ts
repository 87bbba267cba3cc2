import { acceptedAt, isEventId } from "../domain/ids.ts";
import { joinFigures, type LogFigures } from "../domain/log-figures.ts";
import { type LogAnswer, logOfEventId } from "../domain/log-shards.ts";
import type {
  EventPage,
  EventQuery,
  EventSpan,
  EventSpanPage,
  FindEventAnswer,
  StatsWindow,
} from "../domain/messages.ts";
import type {
  EventSearch,
  EventSearchPage,
  SubscriptionTrial,
  TriedEvent,
  TriedInLog,
} from "../domain/search-messages.ts";
import type { Env } from "../env.ts";
import { logOf } from "../objects/objects.ts";
import { askLogs, askLogsPlainly, askOtherLogs } from "./ask-logs.ts";

/*
 * The logs of a workspace read as one. No two events share a position, and positions tell the time: so one cursor does for all of
 * them, and a page of the whole ends where the first of its parts does.
 */

/** A page of all events, newest first. */
export async function listEvents(env: Env, workspaceId: string, query: EventQuery): Promise<EventPage> {
  const pages = await askLogs(env, workspaceId, (log) => log.listEvents(query));
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  const place = placeOf(pages.map(({ next }) => (next === null ? null : Number(next))));
  const rows = pages.flatMap((page) => page.rows).filter(({ position }) => position >= place);
  const { shown, next } = newestOf(rows, query.limit, place);
  return { rows: shown, next: next === null ? null : String(next) };
}

/** A page of the events that a search finds, newest first. */
export async function searchEvents(
  env: Env,
  workspaceId: string,
  query: EventSearch,
): Promise<EventSearchPage> {
  const pages = await askLogs(env, workspaceId, (log) => log.search(query));
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  const place = placeOf(pages.map(({ next }) => next));
  const found = pages.flatMap((page) => page.rows).filter(({ event }) => event.position >= place);
  const rows = found.map((row) => ({ ...row, position: row.event.position }));
  const { shown, next } = newestOf(rows, query.limit, place);
  const sum = (of: (page: EventSearchPage) => number) => pages.reduce((total, page) => total + of(page), 0);
  return {
    rows: shown.map(({ position: _, ...row }) => row),
    next,
    scannedTo: next === null ? null : acceptedAt(next),
    scannedEvents: sum((page) => page.scannedEvents),
    scannedCharacters: sum((page) => page.scannedCharacters),
  };
}

/** The lowest position from which on all logs were looked through; their pages go on before these. */
function placeOf(nexts: readonly (number | null)[]): number {
  return Math.max(0, ...nexts.map((next) => next ?? 0));
}

function newestOf<Row extends { position: number }>(
  rows: Row[],
  limit: number,
  place: number,
): { shown: Row[]; next: number | null } {
  const sorted = rows.sort((a, b) => b.position - a.position);
  const shown = sorted.slice(0, limit);
  if (shown.length < sorted.length) return { shown, next: shown.at(-1)?.position ?? null };
  return { shown, next: place === 0 ? null : place };
}

/** The newest events, each with whether a subscription would take it. */
export async function tryNewest(
  env: Env,
  workspaceId: string,
  trial: SubscriptionTrial,
): Promise<TriedEvent[]> {
  const found = await askLogs(
    env,
    workspaceId,
    async (log): Promise<LogAnswer & Omit<TriedInLog, "logs">> => {
      const answer = await log.tryNewest(trial);
      return Array.isArray(answer) ? { tried: answer, next: null } : answer;
    },
  );
  const place = placeOf(found.map(({ next }) => next));
  return found
    .flatMap(({ tried }) => tried)
    .filter(({ event }) => event.position >= place)
    .sort((a, b) => b.event.position - a.event.position)
    .slice(0, trial.limit);
}

/** A page of the events accepted in a span of time, oldest first. */
export async function readSpan(env: Env, workspaceId: string, span: EventSpan): Promise<EventSpanPage> {
  const pages = await askLogs(env, workspaceId, (log) => log.readSpan(span));
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  const upTo = Math.min(...pages.map(({ next }) => next ?? Number.POSITIVE_INFINITY));
  const events = pages
    .flatMap((page) => page.events)
    .filter(({ position }) => position <= upTo)
    .sort((a, b) => a.position - b.position);
  return { events, next: upTo === Number.POSITIVE_INFINITY ? null : upTo };
}

/** An event by its id, or by what its publisher calls it: the newest that was called so. */
export async function findEvent(env: Env, workspaceId: string, id: string): Promise<FindEventAnswer> {
  const answer = await logOf(env, workspaceId).findEvent(id);
  const { logs = 1 } = answer;
  // An id is given once; another name may be given again, after a day.
  if (logs === 1 || (answer.outcome === "found" && isEventId(id))) return answer;
  // Most are where their id says.
  const told = isEventId(id) ? logOfEventId(id) : 0;
  if (told > 0 && told < logs) {
    const toldAnswer = await logOf(env, workspaceId, told).findEvent(id);
    if (toldAnswer.outcome === "found") return { ...toldAnswer, log: told };
  }
  const find = async (log: ReturnType<typeof logOf>): Promise<FindEventAnswer> => log.findEvent(id);
  const answers: FindEventAnswer[] = [answer, ...(await askOtherLogs(env, workspaceId, logs, find))];
  const found = answers.flatMap((one, log) => (one.outcome === "found" ? [{ ...one, log }] : []));
  const [newest] = found.sort((a, b) => b.event.position - a.event.position);
  return newest ?? answers.find(({ outcome }) => outcome === "expired") ?? answer;
}

/** The event id of what a publisher calls so, the newest of them; null = there is no such event. */
export async function eventIdOf(env: Env, workspaceId: string, name: string): Promise<string | null> {
  const ids = await askLogsPlainly(env, workspaceId, async (log) => log.eventIdOf(name));
  // They sort like their events' positions.
  return (
    ids
      .filter((id) => id !== null)
      .sort()
      .at(-1) ?? null
  );
}

/** How many events some endpoints missed while they were disabled, in their order. */
export async function missedCounts(
  env: Env,
  workspaceId: string,
  endpointIds: string[],
  window: StatsWindow,
): Promise<number[]> {
  const counts = await askLogsPlainly(env, workspaceId, async (log) => log.missedCounts(endpointIds, window));
  return endpointIds.map((_, i) => counts.reduce((total, of) => total + (of[i] ?? 0), 0));
}

/** What an operator watches of a workspace's logs together. */
export async function logMetrics(env: Env, workspaceId: string): Promise<LogFigures> {
  return joinFigures(await askLogs(env, workspaceId, async (log) => log.metrics()));
}
