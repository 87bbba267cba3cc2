import type { Action } from "./action.ts";
import type { Chance } from "./chance.ts";
import { BY_KEY, keyOfEvent } from "./order-by-key.ts";
import { anyTime, type PlannedEndpoint, SPAN_MS } from "./planned-endpoint.ts";

/**
 * How the events of a workspace are spread: to one log; to several by their key, of which each then keeps its order; or to several
 * by chance, and nothing has an order.
 */
export type Spread = "one log" | "by key" | "by chance";

/** One seed in so many raises the number of its main workspace's logs to eight, from this one on; and one in so many of those spreads by chance. */
const EVERY = 4;
const FIRST = 2;
const BY_CHANCE_EVERY = 4;

const MOST = 8;

/** So many events are published that shortly before and after a raise, milliseconds. */
const EVENTS_AROUND = 16;
const AROUND_MS = 3000;
const CLOSE_MS = 300;

/** How the events of a seed's main workspace are spread. */
export function spreadOf(seed: number): Spread {
  if (seed % EVERY !== FIRST) return "one log";
  return Math.floor(seed / EVERY) % BY_CHANCE_EVERY === 1 ? "by chance" : "by key";
}

/** The numbers of the events that are published about a raise begin here. */
const FIRST_EVENT = 20_000;

/** In one leap or in some, at any time, with much to do about each of them. */
export function raises(chance: Chance, isCalm: boolean): Action[] {
  const counts = chance.pick([[MOST], [2, MOST], [3, 5, MOST]]);
  const times = counts.map(() => anyTime(chance, 0, SPAN_MS / 2)).sort((a, b) => a - b);
  let n = FIRST_EVENT;
  return counts.flatMap((count, i): Action[] => {
    const raisedAt = times[i] ?? 0;
    const published = Array.from({ length: EVENTS_AROUND }, (): Action => {
      const once = chance.weighted({ "event id": 2, "own name": 2, "idempotency key": 2, "not at all": 1 });
      const within = chance.happens(0.5) ? AROUND_MS : CLOSE_MS;
      const at = Math.max(0, Math.round(raisedAt + chance.between(-within, within)));
      const events = [{ n: n++, type: "deal.created" }];
      return { at, kind: "publish", events, once, again: chance.happens(0.2) };
    });
    const raise: Action = { at: raisedAt, kind: "raise logs", count };
    if (isCalm) return [raise, ...published];
    // What the logs before have for one of the endpoints by key waits then.
    const outage = { of: chance.below(2), forMs: anyTime(chance, 2000, 30_000) };
    return [raise, ...published, { at: Math.max(0, raisedAt - AROUND_MS), kind: "outage", ...outage }];
  });
}

/** An endpoint with an order that several logs keep. */
export function keptInOrder(endpoint: PlannedEndpoint, spread: Spread): PlannedEndpoint {
  const { serialize, order, ...rest } = endpoint.settings;
  if (endpoint.byCompat) return endpoint;
  const hasOrder = spread === "by key" && order !== "none" && Boolean(order ?? serialize);
  return { ...endpoint, settings: { ...rest, order: hasOrder ? BY_KEY : "none" } };
}

/** The same deeds, as several logs allow them: no order but by the key, and no batch over several of its values. */
export function asOfSeveralLogs(actions: readonly Action[], spread: Spread): Action[] {
  return actions.map((action): Action => {
    if (action.kind === "create") return { ...action, made: keptInOrder(action.made, spread) };
    if (spread === "by key" && action.kind === "publish" && !action.asOther) {
      const key = keyOfEvent(action.events[0]?.n ?? 0);
      return { ...action, events: action.events.filter(({ n }) => keyOfEvent(n) === key) };
    }
    if (action.kind !== "change") return action;
    const { serialize, order, ...rest } = action.change;
    if (serialize === undefined && order === undefined) return action;
    const isOrdered = spread === "by key" && (serialize === true || (order ?? "none") !== "none");
    return { ...action, change: { ...rest, order: isOrdered ? BY_KEY : "none" } };
  });
}
