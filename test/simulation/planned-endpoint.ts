import type { Chance } from "./chance.ts";

/** An endpoint that the main workspace has from the start. */
export interface PlannedEndpoint {
  number: number;
  /** As posted to the service, but its URL. */
  settings: Settings;
  /** Subscribed by the voice contract's own API. */
  byCompat?: boolean;
}

/** What of an endpoint's settings decides what must happen to it. */
export interface Settings {
  types: string[];
  serialize?: boolean;
  /** As `order` of the API takes it. */
  order?: unknown;
  retry: { delays: number[]; jitter: number };
  max_in_flight: number;
  timeout: number;
  rate_limit: { per_second: number } | null;
  on_dead_letter: "continue" | "pause";
  disable_after: { consecutive_failures: number } | null;
  headers: Record<string, string>;
  auth: { type: "bearer"; token: string } | null;
  transport?: "pull";
}

export const VOICE_TRIGGER = "call_completed";

/** How long people act; what they caused goes on after that. */
export const SPAN_MS = 20 * 60_000;

/** A time of a run, milliseconds after its start. */
export const anyTime = (chance: Chance, from = 1000, to = SPAN_MS) => Math.round(chance.between(from, to));

/** An endpoint of a number, which decides what it is like. */
export function plannedEndpoint(number: number, chance: Chance): PlannedEndpoint {
  const delays = Array.from({ length: 2 + chance.below(5) }, () =>
    chance.pick([0.5, 1, 5, 30, 60, 300, 1200]),
  );
  return {
    number,
    settings: {
      types: number === 4 ? [VOICE_TRIGGER] : number === 3 ? ["deal.*"] : ["*"],
      serialize: number < 2,
      retry: { delays, jitter: 0 },
      max_in_flight: chance.pick([1, 2, 6, 20]),
      timeout: chance.pick([5, 10, 20]),
      rate_limit: null,
      on_dead_letter: number === 1 && chance.happens(0.3) ? "pause" : "continue",
      disable_after: null,
      headers: { "X-Token": `header-secret-of-${number}` },
      auth: number === 0 ? { type: "bearer", token: `bearer-secret-of-${number}` } : null,
    },
  };
}
