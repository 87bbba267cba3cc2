import type { Action } from "./action.ts";
import type { Chance } from "./chance.ts";
import { BY_KEY } from "./order-by-key.ts";
import { anyTime, type PlannedEndpoint, plannedEndpoint, SPAN_MS } from "./planned-endpoint.ts";

/** The endpoint that delivers by key. */
const NUMBER = 7;

/** An endpoint that delivers by key from its first day on, or changes its order now and then. */
export function keyed(chance: Chance, from: number): Action[] {
  const { settings } = plannedEndpoint(NUMBER, chance);
  const { serialize: _, ...rest } = settings;
  const isKept = chance.happens(0.5);
  const order = isKept ? BY_KEY : chance.pick(["none", "endpoint", BY_KEY]);
  const made: PlannedEndpoint = {
    number: NUMBER,
    settings: { ...rest, order, max_in_flight: chance.pick([2, 6, 20]) },
  };
  const time = () => anyTime(chance, from + 1000);
  const actions: Action[] = [{ at: anyTime(chance, from, from + 10_000), kind: "create", made }];
  for (let i = 0; i < 4; i++) {
    const mood = chance.weighted({ poisoned: 4, flapping: 3, down: 2, slow: 2, hanging: 1, busy: 1 });
    const at = time();
    actions.push({ at, kind: "mood", endpoint: NUMBER, mood });
    actions.push({
      at: at + anyTime(chance, 1000, SPAN_MS / 4),
      kind: "mood",
      endpoint: NUMBER,
      mood: "well",
    });
  }
  for (let i = 0; i < 4; i++) {
    const kinds = ["retry", "cancel", "retry one", "cancel one", "replay delivery", "rotate"] as const;
    actions.push({ at: time(), kind: chance.pick(kinds), endpoint: NUMBER });
    actions.push({ at: time(), kind: chance.pick(["retry key", "cancel key"] as const), endpoint: NUMBER });
  }
  const at = time();
  const change = { status: chance.pick(["paused", "disabled"]) };
  actions.push({ at, kind: "change", endpoint: NUMBER, change });
  const until = at + anyTime(chance, 1000, SPAN_MS / 8);
  actions.push({ at: until, kind: "change", endpoint: NUMBER, change: { status: "enabled" } });
  for (let i = 0; !isKept && i < 4; i++) {
    const next = chance.pick(["none", "endpoint", BY_KEY, BY_KEY]);
    actions.push({ at: time(), kind: "change", endpoint: NUMBER, change: { order: next } });
  }
  if (chance.happens(0.2)) actions.push({ at: time(), kind: "delete", endpoint: NUMBER });
  return actions;
}

/** What happens to it in a storm. */
export function keyedInStorm(chance: Chance, from: number): Action[] {
  return Array.from({ length: 8 }, () => ({
    ...{
      at: anyTime(chance, from + 1000),
      of: NUMBER,
      kind: chance.pick(["reset", "reset", "evict"] as const),
    },
  }));
}
