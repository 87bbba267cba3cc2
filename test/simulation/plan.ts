import type { Action } from "./action.ts";
import { Chance } from "./chance.ts";
import { anyChange } from "./field-changes.ts";
import { keyed, keyedInStorm } from "./planned-by-key.ts";
import {
  anyTime,
  type PlannedEndpoint,
  plannedEndpoint,
  SPAN_MS,
  VOICE_TRIGGER,
} from "./planned-endpoint.ts";
import { pulled } from "./planned-pulls.ts";
import { asOfReleased, RELEASED, type Released, UPGRADED_AT_MS } from "./released.ts";
import { asOfSeveralLogs, keptInOrder, raises, type Spread, spreadOf } from "./several-logs.ts";

/** A history to be played: the same seed gives the same plan, and a plan with parts left out can be played too. */
export interface Plan {
  seed: number;
  endpoints: PlannedEndpoint[];
  actions: Action[];
  /** No fault and no reset: what holds then holds exactly. */
  isCalm: boolean;
  /** The released version that begins it, in calm weather: this one takes over, and the storm with it. Null = none. */
  released: Released | null;
  /** Each row is billed: with the delays of wrangler.toml instead of those of one machine. */
  isBilled: boolean;
  /** How the main workspace's events are spread once it has several logs. */
  spread: Spread;
}

const EVENTS = 120;
const TYPES = ["deal.created", "deal.updated", "contact.created"];

/** One seed in so many is calm. */
const CALM_EVERY = 5;

/** One seed in so many begins with the code of a released version: what that leaves is opened and played on. */
const UPGRADED_EVERY = 12;

/** The plan of seed 0: 150 events, each for itself, to three endpoints of which each has its bad minutes. Every alarm is a bill. */
function loneEvents(): Plan {
  const chance = new Chance(0).fork("lone events");
  const endpoints = [0, 2, 3].map((number) => {
    const planned = plannedEndpoint(number, chance);
    const retry = { delays: [1, 5, 30, 60], jitter: 0 };
    return { ...planned, settings: { ...planned.settings, types: ["*"], retry } };
  });
  const actions: Action[] = Array.from({ length: 150 }, (_, n) => ({
    ...{
      at: Math.round((SPAN_MS * (n + chance.next())) / 150),
      kind: "publish",
      events: [{ n, type: "deal.created" }],
    },
    ...{ once: "event id", again: false },
  }));
  for (const { number } of endpoints) {
    const at = anyTime(chance, 0, SPAN_MS / 2);
    actions.push({ at, kind: "mood", endpoint: number, mood: "flapping" });
    actions.push({ at: at + SPAN_MS / 3, kind: "mood", endpoint: number, mood: "well" });
  }
  return {
    seed: 0,
    endpoints,
    actions: actions.sort((a, b) => a.at - b.at),
    isCalm: true,
    released: null,
    isBilled: true,
    spread: "one log",
  };
}

export function planOf(seed: number): Plan {
  if (seed === 0) return loneEvents();
  const chance = new Chance(seed).fork("plan");
  const endpoints = [0, 1, 2, 3].map((number) => plannedEndpoint(number, chance));
  endpoints.push({ ...plannedEndpoint(4, chance), byCompat: true });
  const isCalm = seed % CALM_EVERY === 0;
  const deeds = [...published(chance), ...settingsChanged(chance), ...doneByHand(chance), ...weather(chance)];
  if (!isCalm) deeds.push(...disturbances(chance));
  deeds.push(created(new Chance(seed).fork("create")), ...pulled(new Chance(seed).fork("pull")));
  // No released version knows an order by key.
  const keyedFrom = releasedOf(seed) ? UPGRADED_AT_MS + 1000 : 0;
  deeds.push(...keyed(new Chance(seed).fork("order by key"), keyedFrom));
  if (!isCalm) deeds.push(...keyedInStorm(new Chance(seed).fork("storm by key"), keyedFrom));
  const actions = deeds.toSorted((a, b) => a.at - b.at);
  const released = releasedOf(seed);
  const played = released ? asOfReleased(released, actions) : actions;
  const spread = spreadOf(seed);
  const plan = { seed, endpoints, actions: played, isCalm, released, isBilled: false, spread };
  if (spread === "one log") return plan;
  const raised = [
    ...asOfSeveralLogs(played, spread),
    ...raises(new Chance(seed).fork("several logs"), isCalm),
  ];
  return {
    ...plan,
    endpoints: endpoints.map((endpoint) => keptInOrder(endpoint, spread)),
    actions: raised.toSorted((a, b) => a.at - b.at),
  };
}

/** The version that begins a seed; null = this one. */
function releasedOf(seed: number): Released | null {
  if (seed % UPGRADED_EVERY !== UPGRADED_EVERY - 1) return null;
  return RELEASED[Math.floor(seed / UPGRADED_EVERY) % RELEASED.length] ?? null;
}

/** One endpoint more, in the midst of it: it gets what is published after its 201. */
function created(chance: Chance): Action {
  return { at: anyTime(chance), kind: "create", made: plannedEndpoint(5, chance) };
}

function published(chance: Chance): Action[] {
  const actions: Action[] = [];
  for (let n = 0; n < EVENTS; ) {
    const count = chance.happens(0.2) ? 2 + chance.below(30) : 1;
    const type = () => (chance.happens(0.08) ? VOICE_TRIGGER : chance.pick(TYPES));
    const events = Array.from({ length: count }, () => ({ n: n++, type: type() }));
    const once = chance.weighted({ "event id": 3, "own name": 2, "idempotency key": 3, "not at all": 1 });
    actions.push({ at: anyTime(chance), kind: "publish", events, once, again: chance.happens(0.2) });
  }
  for (let n = 10_000; n < 10_008; n++) {
    const events = [{ n, type: chance.pick(TYPES) }];
    actions.push({
      at: anyTime(chance),
      kind: "publish",
      events,
      once: "event id",
      again: false,
      asOther: true,
    });
  }
  return actions;
}

function settingsChanged(chance: Chance): Action[] {
  const actions: Action[] = [];
  const own = chance.fork("values of fields");
  const change = (at: number, endpoint: number, change: Record<string, unknown>) =>
    actions.push({ at, kind: "change", endpoint, change });
  for (const endpoint of [0, 1, 2, 3, 4]) {
    for (let i = 0; i < 2; i++) {
      const at = anyTime(chance);
      change(at, endpoint, { status: chance.pick(["paused", "disabled"]) });
      change(at + anyTime(chance, 1000, SPAN_MS / 8), endpoint, { status: "enabled" });
    }
    if (endpoint === 4) continue;
    for (let i = 0; i < 3; i++) change(anyTime(chance), endpoint, anyChange({ chance, own, endpoint }));
  }
  for (const endpoint of [1, 2]) {
    if (!chance.happens(0.4)) continue;
    const at = anyTime(chance);
    change(at, endpoint, { serialize: endpoint !== 1 });
    change(at + anyTime(chance, 1000, SPAN_MS / 4), endpoint, { serialize: endpoint === 1 });
  }
  if (chance.happens(0.4)) actions.push({ at: anyTime(chance), kind: "delete", endpoint: 2 });
  if (chance.happens(0.3)) actions.push({ at: anyTime(chance), kind: "delete other workspace" });
  if (chance.happens(0.5)) actions.push({ at: anyTime(chance), kind: "revoke key" });
  return actions;
}

function doneByHand(chance: Chance): Action[] {
  const actions: Action[] = [];
  const endpoint = () => chance.below(4);
  const statusOf = () => chance.pick(["any", "dead", "delivered", "missed"]);
  for (let i = 0; i < 5; i++) {
    const kinds = [
      "retry",
      "cancel",
      "retry one",
      "cancel one",
      "replay delivery",
      "rotate",
      "test",
    ] as const;
    actions.push({ at: anyTime(chance), kind: chance.pick(kinds), endpoint: endpoint() });
  }
  for (let i = 0; i < 2; i++) {
    const n = chance.below(EVENTS);
    const named = chance.happens(0.5) ? endpoint() : null;
    actions.push({ at: anyTime(chance), kind: "replay event", n, endpoint: named });
    actions.push({
      ...{ at: anyTime(chance), kind: "replay job", endpoint: endpoint(), status: statusOf() },
      ...{ rate: chance.happens(0.3) ? 5 : null, isCanceled: chance.happens(0.2) },
    });
    actions.push({ at: anyTime(chance), kind: "read", endpoint: endpoint() });
  }
  actions.push({
    ...{ at: anyTime(chance), kind: "replay all", status: chance.pick(["dead", "missed", "any"]) },
    ...{ isDryRun: chance.happens(0.3), isCanceled: chance.happens(0.2) },
  });
  return actions;
}

/** How receivers do: each has its bad times. */
function weather(chance: Chance): Action[] {
  const actions: Action[] = [];
  for (const endpoint of [0, 1, 2, 3, 4]) {
    for (let i = 0; i < 4; i++) {
      const at = anyTime(chance);
      const mood = chance.weighted({
        ...{ flapping: 5, down: 3, hanging: 1, resetting: 2, slow: 1, busy: 2, gone: 0.3 },
        ...{ dripping: 0.5, huge: 0.5, redirecting: 0.5 },
      });
      actions.push({ at, kind: "mood", endpoint, mood });
      const until = at + anyTime(chance, 1000, SPAN_MS / 4);
      actions.push({ at: until, kind: "mood", endpoint, mood: "well" });
    }
  }
  return actions;
}

function disturbances(chance: Chance): Action[] {
  const actions: Action[] = [];
  const what = () => chance.pick([0, 1, 2, 3, 4, "log", "log", "all"] as const);
  for (let i = 0; i < 20; i++) actions.push({ at: anyTime(chance), kind: "reset", of: what() });
  for (let i = 0; i < 10; i++) actions.push({ at: anyTime(chance), kind: "evict", of: what() });
  if (chance.happens(0.2)) {
    const at = anyTime(chance);
    const byMs = Math.round(chance.pick([-3_600_000, -60_000, -2000, 2000, 60_000, 3_600_000]));
    actions.push({ at, kind: "clock", byMs });
    actions.push({ at: at + anyTime(chance, 1000, 300_000), kind: "clock", byMs: -byMs });
  }
  if (chance.happens(0.25)) {
    const at = anyTime(chance);
    actions.push({ at, kind: "new code" });
    for (const one of [0, 1, 2, 3, 4, "log"] as const)
      actions.push({ at: at + anyTime(chance, 0, 30_000), kind: "reset", of: one });
  }
  for (const endpoint of [0, 1, 2, 3, 4]) {
    if (!chance.happens(0.5)) continue;
    const at = anyTime(chance);
    const forMs = anyTime(chance, 5000, 120_000);
    actions.push({ at, kind: "outage", of: endpoint, forMs });
    // What the log keeps of it is of use only in a new life.
    actions.push({ at: at + anyTime(chance, 0, forMs), kind: "reset", of: "log" });
  }
  return actions;
}
