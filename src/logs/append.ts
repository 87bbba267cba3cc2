import { findRouting } from "../d1/workspace-logs.ts";
import { joinAnswers } from "../domain/accepted-events.ts";
import type { OwnClaims } from "../domain/claim-messages.ts";
import type { NewEvent } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { type LogRouting, ONE_LOG } from "../domain/log-shards.ts";
import type { AppendAnswer } from "../domain/messages.ts";
import type { PackedEvents } from "../domain/packed-events.ts";
import { pause } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { isMethodMissing } from "../objects/object-errors.ts";
import { logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { logLine } from "../service-log.ts";
import { findFirstAnswer } from "./find-first-answer.ts";
import { NamesElsewhere } from "./names-elsewhere.ts";
import { takeOver } from "./raise.ts";
import { routeOf } from "./route.ts";

/** How often a request is sent by another routing, where the number of logs is being raised. */
const TRIES = 4;

/** For so long without progress a take-over is left to the request that began it here; and how often it is looked whether it is over. */
const LEFT_TO_OTHERS_MS = 2000;
const LOOK_AT_TAKE_OVER_AGAIN_MS = 50;

/** Workspaces whose logs are having a routing taken over by a request here, and when that last went on, Unix milliseconds. */
const underWay = new Map<string, number>();

/** What is to be accepted, all or none. */
export interface Publication {
  workspaceId: string;
  /** As far as it is known here. */
  routing: LogRouting;
  events: NewEvent[];
  once: IdempotentRequest | undefined;
  /** Makes of events what goes over an RPC. */
  pack(events: NewEvent[]): Promise<NewEvent[] | PackedEvents>;
}

/** What the logs answer to whom they do not send on. */
export type PublishAnswer = Exclude<AppendAnswer, { outcome: "rerouted" } | { outcome: "late" }>;

/**
 * Has the log accept events that they go to. `split`: the event of this index goes to another one than those before it; `gone`: the
 * workspace was deleted.
 */
export async function appendEvents(
  env: Env,
  publication: Publication,
): Promise<PublishAnswer | { outcome: "split"; index: number; shardBy: string } | { outcome: "gone" }> {
  const { workspaceId } = publication;
  let { routing } = publication;
  for (let tries = 0; tries < TRIES; tries++) {
    const { events, once } = publication;
    const isNamed = once !== undefined || events.some(({ id, ownId }) => (id ?? ownId) !== undefined);
    const route = routeOf(routing, events, isNamed, platform);
    if ("splitAt" in route) {
      // By what was known here a moment ago. All may go to one log since.
      const now = await findRouting(env.DB, workspaceId);
      if (now === null) return { outcome: "gone" };
      if (now.epoch > routing.epoch) {
        routing = now;
        continue;
      }
      const split = { outcome: "split", index: route.splitAt, shardBy: routing.shardBy ?? "" } as const;
      return (await findFirstAnswer(env, workspaceId, events, once)) ?? split;
    }
    const answer = await appendTo(env, publication, routing, route.log, isNamed);
    // What it claimed may be another's by now: it is claimed again.
    if (answer.outcome === "late") continue;
    if (answer.outcome !== "rerouted") return answer;
    const newer = await followRaise(env, workspaceId, routing);
    if (newer === null) return { outcome: "gone" };
    routing = newer;
  }
  return { outcome: "overloaded", retryAfterSeconds: 1 };
}

async function appendTo(
  env: Env,
  { workspaceId, events, once, pack }: Publication,
  routing: LogRouting,
  log: number,
  isNamed: boolean,
): Promise<AppendAnswer> {
  const { epoch } = routing;
  if (routing.count === 1 || !isNamed)
    return logOf(env, workspaceId, log).append({ events: await pack(events), request: once, epoch });
  const names = await new NamesElsewhere({ env, workspaceId, routing, log, events, once }).settle();
  if ("answer" in names) return names.answer;
  const { accepted, notAfterMs, own } = names;
  const rest = [...events.keys()].filter((index) => !accepted.has(index));
  if (rest.length === 0 && once === undefined)
    return { outcome: "accepted", events: joinAnswers([], accepted) };
  const packed = await pack(rest.flatMap((index) => events[index] ?? []));
  const answer = await logOf(env, workspaceId, log).append({
    events: packed,
    // It keeps the whole answer, also where all is known elsewhere: the next log is not asked for a part of it.
    ...{ request: once, before: accepted },
    ...{ epoch, notAfterMs },
  });
  if (own !== null && isRefused(answer)) await giveBack(env, workspaceId, own);
  if (answer.outcome === "conflict" || answer.outcome === "id_out_of_range")
    return { ...answer, index: rest[answer.index] ?? 0 };
  return answer;
}

/**
 * Whether a log will not accept a request as it is: its publisher mends it, and what is mended may be another log's. Who only came at
 * a bad time sends the same again, by the same claims.
 */
function isRefused(answer: AppendAnswer): boolean {
  if (answer.outcome === "overloaded") return answer.mustSplit === true;
  return ["conflict", "id_out_of_range", "key_conflict"].includes(answer.outcome);
}

/** Gives claimed names back. Where that does not come through, they are free a minute later. */
async function giveBack(env: Env, workspaceId: string, own: OwnClaims): Promise<void> {
  try {
    await logOf(env, workspaceId).giveBackClaims(own);
  } catch (error) {
    if (!isMethodMissing(error))
      logLine("warn", "could not give back the names of a refused request", { error });
  }
}

/**
 * How events are spread now, where a log does not accept them by a routing; the logs have taken it over then. Of all requests
 * that wait for that here, one at a time sees to it: it takes a call of each log, with all endpoints. Null = the workspace was
 * deleted: a take-over would make its logs anew.
 */
async function followRaise(env: Env, workspaceId: string, used: LogRouting): Promise<LogRouting | null> {
  if (await awaitTakeOver(workspaceId)) return used;
  const routing = await findRouting(env.DB, workspaceId);
  if (routing === null || routing.epoch > used.epoch || (await awaitTakeOver(workspaceId))) return routing;
  const noteProgress = () => underWay.set(workspaceId, platform.nowMs());
  noteProgress();
  try {
    await takeOver(env, workspaceId, routing, noteProgress);
  } finally {
    underWay.delete(workspaceId);
  }
  return routing;
}

/** Waits while another request has the logs take a routing over, unless that was lost on its way; returns whether there was one. */
async function awaitTakeOver(workspaceId: string): Promise<boolean> {
  const isUnderWay = () =>
    Math.abs(platform.nowMs() - (underWay.get(workspaceId) ?? Number.NEGATIVE_INFINITY)) < LEFT_TO_OTHERS_MS;
  if (!isUnderWay()) return false;
  while (isUnderWay()) await pause(platform, LOOK_AT_TAKE_OVER_AGAIN_MS);
  return true;
}

/** Has the log accept an operational event about an endpoint that it goes to, if any other endpoint asked for its type. */
export async function appendOperational(
  env: Env,
  workspaceId: string,
  endpointId: string,
  event: NewEvent,
): Promise<AppendAnswer> {
  // Most have one log, and the first of several says so.
  let routing = ONE_LOG;
  for (let tries = 0; tries < TRIES; tries++) {
    const route = routeOf(routing, [event], false, platform);
    const log = logOf(env, workspaceId, "log" in route ? route.log : 0);
    const answer = await log.appendOperational(endpointId, event, routing.epoch);
    if (answer.outcome !== "rerouted") return answer;
    const newer = await followRaise(env, workspaceId, routing);
    // There is nobody to tell.
    if (newer === null) return { outcome: "accepted", events: [] };
    routing = newer;
  }
  return { outcome: "overloaded", retryAfterSeconds: 1 };
}
