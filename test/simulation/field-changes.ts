import type { endpointFields } from "../../src/contract/endpoint-fields.ts";
import type { Chance } from "./chance.ts";
import { CARRIED } from "./planned-event.ts";

type Field = keyof typeof endpointFields;

/** What a value is drawn from. */
interface Draw {
  chance: Chance;
  /** For rows that drew nothing at first: so what others draw stayed the same. */
  own: Chance;
  endpoint: number;
}

/**
 * For each field of an endpoint what a change may make of it: nothing compiles while one is missing. None changes which
 * events the endpoint takes, and what a change makes of its status and its order is planned on its own. Where a field has one
 * value alone, nobody sees that a change of it was lost.
 */
const VALUES: Record<Exclude<Field, "status" | "serialize" | "order">, (draw: Draw) => unknown> = {
  url: ({ chance, endpoint }) =>
    `https://receiver.example.com/main/${endpoint}?version=${chance.below(1000)}`,
  description: ({ chance }) => `changed ${chance.below(1000)}`,
  metadata: ({ chance }) => ({ changed: String(chance.below(1000)) }),
  // Refused where there are deliveries.
  dialect: () => "standard",
  // No other than `support` has any, and what that one sends has a form that the judges do not read.
  dialect_options: () => ({}),
  types: ({ endpoint }) => (endpoint === 3 ? ["deal.*", "deal.created"] : ["*", "deal.*"]),
  stages: ({ own }) => own.pick([[], [CARRIED.stage], ["lost", CARRIED.stage]]),
  tags: ({ own }) => own.pick([[], CARRIED.tags, [...CARRIED.tags, "elsewhere"]]),
  context: ({ own }) => own.pick([{}, CARRIED.context, { region: CARRIED.context.region }]),
  filter: ({ chance }) => chance.pick(['type != "never.published"', null]),
  // Whether a receiver is called or fetches decides who is judged: it stays one or the other.
  transport: () => "http",
  method: ({ chance }) => chance.pick(["POST", "PUT"]),
  headers: ({ chance, endpoint }) => ({
    "X-Token": `header-secret-${chance.below(1000)}-of-${endpoint}`,
  }),
  auth: ({ chance, endpoint }) => ({
    type: "bearer",
    token: `bearer-secret-${chance.below(1000)}-of-${endpoint}`,
  }),
  // As many delays at the least as a planned schedule may have: fewer would excuse what died early.
  retry: ({ own }) =>
    own.pick([
      { delays: [1, 2, 4, 8, 16], jitter: 0 },
      { delays: [0.5, 3, 20], jitter: 0 },
      { delays: [2, 2, 30, 60], jitter: 0.2 },
    ]),
  timeout: ({ chance }) => 1 + chance.below(30),
  max_in_flight: ({ chance }) => 1 + chance.below(20),
  rate_limit: ({ chance }) => chance.pick([{ per_second: 1 + chance.below(50) }, null]),
  // No receiver answers so: while a change is on its way, nobody could say whether such an answer was a success.
  success_statuses: ({ chance }) => chance.pick([[409, 418], null]),
  // From a `pause` on it may change its own status, which excuses much: the rarer one.
  on_dead_letter: ({ own }) => own.pick(["continue", "continue", "pause"]),
  disable_after: ({ chance }) => chance.pick([{ consecutive_failures: 2 + chance.below(5) }, null]),
};

/** Field names in an order of their own: a new one must not depend on where its row stands. */
const FIELDS = (Object.keys(VALUES) as (keyof typeof VALUES)[]).toSorted();

/** A change of any field; now and then with what an earlier answer held beside. */
export function anyChange(draw: Draw): Record<string, unknown> {
  const { chance } = draw;
  const field = chance.pick(FIELDS);
  const change = { [field]: VALUES[field](draw) };
  return chance.happens(0.1) ? { ...change, warnings: [] } : change;
}

/** What a GET shows of a field that was given. */
export function shownOf(field: string, given: unknown): unknown {
  if (given === null || typeof given !== "object") return given;
  if (field === "headers") return Object.fromEntries(Object.keys(given).map((name) => [name, "***"]));
  return field === "auth" ? { ...given, token: "***" } : given;
}
