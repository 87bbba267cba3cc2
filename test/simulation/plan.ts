import type { Chance } from "./chance.ts";
import type { Mood } from "./receiver.ts";

/** How an endpoint is made; `order` = with `serialize`. */
export interface PlannedEndpoint {
  number: number;
  order: boolean;
  types: string[];
  delays: number[];
  maxInFlight: number;
  onDeadLetter: "continue" | "pause";
}

/** What somebody does, milliseconds after the start. */
export type Action = { at: number } & (
  | { kind: "publish"; events: { n: number; type: string }[]; ownId: boolean }
  | { kind: "status"; endpoint: number; status: "enabled" | "paused" | "disabled" }
  | { kind: "change"; endpoint: number; change: Record<string, unknown> }
  | { kind: "rotate"; endpoint: number }
  | { kind: "retry" | "cancel"; endpoint: number }
  | { kind: "replay"; endpoint: number; status: "any" | "dead" | "delivered" | "missed" }
  | { kind: "replay event"; n: number }
  | { kind: "delete"; endpoint: number }
  | { kind: "mood"; endpoint: number; mood: Mood }
  | { kind: "reset"; of: number | "log" | "all" }
);

/** A history to be played: the same seed gives the same plan, and a plan with parts left out can be played too. */
export interface Plan {
  seed: number;
  endpoints: PlannedEndpoint[];
  actions: Action[];
}

export interface PlanSize {
  events: number;
  resets: number;
  /** How long people act, milliseconds; what they caused goes on after that. */
  spanMs: number;
}

const TYPES = ["deal.created", "deal.updated", "contact.created"];

export function planOf(seed: number, chance: Chance, { events, resets, spanMs }: PlanSize): Plan {
  const endpoints = Array.from({ length: 4 }, (_, number): PlannedEndpoint => {
    const retries = 2 + chance.below(6);
    return {
      number,
      order: number < 2,
      types: number === 3 ? ["deal.*"] : ["*"],
      delays: Array.from({ length: retries }, () => chance.pick([0.5, 1, 5, 30, 60, 300, 3600])),
      maxInFlight: chance.pick([1, 2, 6, 20]),
      onDeadLetter: number === 1 && chance.happens(0.3) ? "pause" : "continue",
    };
  });
  const actions: Action[] = [];
  const anyTime = () => chance.between(1000, spanMs);
  const endpoint = () => chance.below(endpoints.length);
  for (let n = 0; n < events; ) {
    const count = chance.happens(0.2) ? 1 + chance.below(30) : 1;
    const batch = Array.from({ length: count }, () => ({ n: n++, type: chance.pick(TYPES) }));
    actions.push({ at: anyTime(), kind: "publish", events: batch, ownId: chance.happens(0.5) });
  }
  for (let i = 0; i < resets; i++)
    actions.push({ at: anyTime(), kind: "reset", of: chance.pick([0, 1, 2, 3, "log", "log", "all"]) });
  for (const { number } of endpoints) {
    for (let i = 0; i < 5; i++) {
      const mood = chance.weighted({
        flapping: 5,
        down: 3,
        hanging: 1,
        resetting: 2,
        slow: 1,
        busy: 2,
        gone: 0.3,
      });
      const at = anyTime();
      actions.push({ at, kind: "mood", endpoint: number, mood });
      actions.push({
        at: at + chance.between(1000, spanMs / 4),
        kind: "mood",
        endpoint: number,
        mood: "well",
      });
    }
    for (let i = 0; i < 2; i++) {
      const at = anyTime();
      actions.push({ at, kind: "status", endpoint: number, status: chance.pick(["paused", "disabled"]) });
      actions.push({
        at: at + chance.between(1000, spanMs / 8),
        kind: "status",
        endpoint: number,
        status: "enabled",
      });
    }
  }
  for (let i = 0; i < 4; i++) {
    actions.push({ at: anyTime(), kind: chance.pick(["retry", "cancel", "rotate"]), endpoint: endpoint() });
    actions.push({ at: anyTime(), kind: "change", endpoint: endpoint(), change: changeOf(chance) });
    actions.push({ at: anyTime(), kind: "replay event", n: chance.below(events) });
    const status = chance.pick(["any", "dead", "delivered", "missed"] as const);
    actions.push({ at: anyTime(), kind: "replay", endpoint: endpoint(), status });
  }
  if (chance.happens(0.3)) actions.push({ at: anyTime(), kind: "delete", endpoint: 2 });
  return { seed, endpoints, actions: actions.sort((a, b) => a.at - b.at) };
}

/** A change that leaves what the verdict relies on: the order, and which types an endpoint takes. */
function changeOf(chance: Chance): Record<string, unknown> {
  return chance.pick([
    { description: `changed ${chance.below(1000)}` },
    { timeout: 1 + chance.below(30) },
    { max_in_flight: 1 + chance.below(20) },
    { rate_limit: { per_second: 1 + chance.below(50) } },
    { rate_limit: null },
    { headers: { "X-Team": `team ${chance.below(10)}` } },
    { retry: { delays: [1, 2, 4, 8, 16], jitter: 0 } },
  ]);
}
