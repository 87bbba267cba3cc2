import type { Action } from "./action.ts";
import type { Chance } from "./chance.ts";
import { BY_KEY } from "./order-by-key.ts";
import { anyTime, type PlannedEndpoint, plannedEndpoint, SPAN_MS } from "./planned-endpoint.ts";

/** The endpoint whose receiver fetches. */
const NUMBER = 6;

const PULLS = 60;

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
