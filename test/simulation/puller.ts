import type { Chance } from "./chance.ts";
import type { PlayedEndpoint } from "./model.ts";
import { BY_KEY } from "./order-by-key.ts";
import type { Action } from "./plan.ts";
import { anyTime, type PlannedEndpoint, plannedEndpoint, SPAN_MS } from "./planned-endpoint.ts";
import type { Play } from "./play.ts";

/** An event as it was handed to one who fetches. Times are milliseconds since the start. */
export interface Handed {
  sequence: number;
  attempt: number;
  eventId: string;
  /** From the event's data. */
  n: number;
  headers: Record<string, string>;
  body: string;
  /** When it was asked for and when it came: somewhen in between its lease began. */
  askedAt: number;
  handedAt: number;
  leaseMs: number;
  /** What was said of it, and when it was said first; null = nothing. */
  said: { isDone: boolean; at: number } | null;
  /** When the service answered that this ended it; null = it did not, or the answer told of a part of what was handed out. */
  endedAt: number | null;
}

/** What one who fetches does with what comes. */
export interface Pulling {
  kind: "pull";
  endpoint: number;
  limit: number;
  leaseSeconds: number;
  /** `late` = it says that it is done once the lease has ended. */
  reply: "acknowledge" | "fail" | "forget" | "late";
}

/** The endpoint whose receiver fetches. */
const NUMBER = 6;

const PULLS = 60;

interface PullBody {
  data: {
    delivery_id: string;
    event_id: string;
    sequence: number;
    attempt: number;
    request: { headers: Record<string, string>; body: string };
  }[];
  ack: string | null;
}

/** An endpoint whose receiver fetches, now and then, several side by side, and does not always say what came of it. */
export function pulled(chance: Chance): Action[] {
  const { settings } = plannedEndpoint(NUMBER, chance);
  const { serialize: _, ...rest } = settings;
  const ordered = { order: chance.pick(["none", "endpoint", BY_KEY]) };
  const made: PlannedEndpoint = {
    number: NUMBER,
    settings: { ...rest, transport: "pull", ...ordered, headers: {} },
  };
  const actions: Action[] = [{ at: anyTime(chance, 1000, 30_000), kind: "create", made }];
  for (let i = 0; i < PULLS; i++)
    actions.push({
      ...{ at: anyTime(chance, 30_000), kind: "pull", endpoint: NUMBER, limit: 1 + chance.below(20) },
      leaseSeconds: chance.pick([1, 5, 30]),
      reply: chance.weighted({ acknowledge: 6, fail: 2, forget: 1, late: 1 }),
    });
  const at = anyTime(chance);
  const status = chance.pick(["paused", "disabled"]);
  actions.push({ at, kind: "change", endpoint: NUMBER, change: { status } });
  const until = at + anyTime(chance, 1000, SPAN_MS / 8);
  actions.push({ at: until, kind: "change", endpoint: NUMBER, change: { status: "enabled" } });
  return actions;
}

/** Fetches once. Returns how many came. */
export async function pull(play: Play, endpoint: PlayedEndpoint, pulling: Pulling): Promise<number> {
  const { world } = play.service;
  const path = `/v1/endpoints/${endpoint.id}/pull`;
  const askedAt = world.elapsedMs;
  const { limit, leaseSeconds, reply } = pulling;
  const query = `limit=${limit}&lease=${leaseSeconds}`;
  const answer = await play.client.ask({ method: "GET", path: `${path}?${query}`, key: play.main.key });
  if (answer?.status !== 200) return 0;
  const { data, ack } = answer.body as unknown as PullBody;
  const handed = data.map(({ event_id: eventId, sequence, attempt, request }): Handed => {
    const { n } = (JSON.parse(request.body) as { data: { n: number } }).data;
    world.note(`is fetched from ${endpoint.id} event ${n} sequence ${sequence} attempt ${attempt}`);
    const times = { askedAt, handedAt: world.elapsedMs, leaseMs: leaseSeconds * 1000 };
    return { sequence, attempt, eventId, n, ...request, ...times, said: null, endedAt: null };
  });
  endpoint.handed.push(...handed);
  if (ack === null || reply === "forget") return handed.length;
  await world.sleep(reply === "late" ? leaseSeconds * 1000 + 500 : world.chance.between(1, 3000));
  for (const one of handed) one.said = { isDone: reply !== "fail", at: world.elapsedMs };
  const answers = data.map(({ delivery_id }) => ({ delivery_id, status: 500 }));
  const { status, body } = await play.once(
    "POST",
    `${path}/ack`,
    reply === "fail" ? { ack, answers } : { ack },
  );
  if (status === 200 && body.acknowledged === handed.length)
    for (const one of handed) one.endedAt = world.elapsedMs;
  return handed.length;
}

/** Fetches and acknowledges whatever is due. */
export async function pullAll(play: Play): Promise<void> {
  const faithful = { kind: "pull", limit: 100, leaseSeconds: 60, reply: "acknowledge" } as const;
  for (const endpoint of play.all)
    while (endpoint.isPulled && endpoint.deletedAt === null)
      if ((await pull(play, endpoint, { ...faithful, endpoint: endpoint.number })) === 0) break;
}
