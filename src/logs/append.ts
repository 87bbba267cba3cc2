import { findRouting } from "../d1/workspace-logs.ts";
import type { NewEvent } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { type LogRouting, ONE_LOG } from "../domain/log-shards.ts";
import type { AppendAnswer } from "../domain/messages.ts";
import type { PackedEvents } from "../domain/packed-events.ts";
import type { Env } from "../env.ts";
import { logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { NamesElsewhere } from "./names-elsewhere.ts";
import { takeOver } from "./raise.ts";
import { routeOf } from "./route.ts";

/** How often a request is sent by another routing, where the number of logs is being raised. */
const TRIES = 4;

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

/** Has the log accept events that they go to. `split`: the event of this index goes to another one than those before it. */
export async function appendEvents(
  env: Env,
  publication: Publication,
): Promise<AppendAnswer | { outcome: "split"; index: number; shardBy: string }> {
  let { routing } = publication;
  for (let tries = 0; tries < TRIES; tries++) {
    const { events, once } = publication;
    const isNamed = once !== undefined || events.some(({ id, ownId }) => (id ?? ownId) !== undefined);
    const route = routeOf(routing, events, isNamed, platform);
    if ("splitAt" in route) return { outcome: "split", index: route.splitAt, shardBy: routing.shardBy ?? "" };
    const answer = await appendTo(env, publication, routing, route.log, isNamed);
    if (answer.outcome !== "rerouted") return answer;
    routing = await newerRouting(env, publication.workspaceId, routing);
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
  const { accepted, notAfterMs } = names;
  const rest = [...events.keys()].filter((index) => !accepted.has(index));
  if (rest.length === 0)
    return { outcome: "accepted", events: [...events.keys()].flatMap((i) => accepted.get(i) ?? []) };
  const packed = await pack(rest.flatMap((index) => events[index] ?? []));
  const answer = await logOf(env, workspaceId, log).append({
    events: packed,
    request: once,
    epoch,
    notAfterMs,
  });
  if (answer.outcome === "conflict" || answer.outcome === "id_out_of_range")
    return { ...answer, index: rest[answer.index] ?? 0 };
  if (answer.outcome !== "accepted") return answer;
  for (const [place, index] of rest.entries()) {
    const own = answer.events[place];
    if (own) accepted.set(index, own);
  }
  return { ...answer, events: [...events.keys()].flatMap((index) => accepted.get(index) ?? []) };
}

/** How events are spread now, where a log does not accept them by a routing; the logs have taken it over then. */
export async function newerRouting(env: Env, workspaceId: string, used: LogRouting): Promise<LogRouting> {
  const routing = (await findRouting(env.DB, workspaceId)) ?? used;
  if (routing.epoch <= used.epoch) await takeOver(env, workspaceId, routing);
  return routing;
}

/** Has the log accept an operational event about an endpoint that it goes to, if any other endpoint asked for its type. */
export async function appendOperational(
  env: Env,
  workspaceId: string,
  endpointId: string,
  event: NewEvent,
): Promise<AppendAnswer> {
  let routing = (await findRouting(env.DB, workspaceId)) ?? ONE_LOG;
  for (let tries = 0; tries < TRIES; tries++) {
    const route = routeOf(routing, [event], false, platform);
    const log = logOf(env, workspaceId, "log" in route ? route.log : 0);
    const answer = await log.appendOperational(endpointId, event, routing.epoch);
    if (answer.outcome !== "rerouted") return answer;
    routing = await newerRouting(env, workspaceId, routing);
  }
  return { outcome: "overloaded", retryAfterSeconds: 1 };
}
