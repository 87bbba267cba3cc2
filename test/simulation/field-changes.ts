import type { endpointFields } from "../../src/contract/endpoint-fields.ts";
import type { Chance } from "./chance.ts";

type Field = keyof typeof endpointFields;

/**
 * For each field of an endpoint what a change may make of it: nothing compiles while one is missing. None changes which
 * events the endpoint takes, and what a change makes of its status and its order is planned on its own.
 */
const VALUES: Record<
  Exclude<Field, "status" | "serialize" | "order">,
  (chance: Chance, endpoint: number) => unknown
> = {
  url: (chance, endpoint) => `https://receiver.example.com/main/${endpoint}?version=${chance.below(1000)}`,
  description: (chance) => `changed ${chance.below(1000)}`,
  metadata: (chance) => ({ changed: String(chance.below(1000)) }),
  // Refused where there are deliveries.
  dialect: () => "standard",
  dialect_options: () => ({}),
  types: (_, endpoint) => (endpoint === 3 ? ["deal.*", "deal.created"] : ["*", "deal.*"]),
  stages: () => [],
  tags: () => [],
  context: () => ({}),
  filter: (chance) => chance.pick(['type != "never.published"', null]),
  transport: () => "http",
  method: (chance) => chance.pick(["POST", "PUT"]),
  headers: (chance, endpoint) => ({ "X-Token": `header-secret-${chance.below(1000)}-of-${endpoint}` }),
  auth: (chance, endpoint) => ({
    type: "bearer",
    token: `bearer-secret-${chance.below(1000)}-of-${endpoint}`,
  }),
  retry: () => ({ delays: [1, 2, 4, 8, 16], jitter: 0 }),
  timeout: (chance) => 1 + chance.below(30),
  max_in_flight: (chance) => 1 + chance.below(20),
  rate_limit: (chance) => chance.pick([{ per_second: 1 + chance.below(50) }, null]),
  // No receiver answers so.
  success_statuses: (chance) => chance.pick([[418], null]),
  on_dead_letter: () => "continue",
  disable_after: (chance) => chance.pick([{ consecutive_failures: 2 + chance.below(5) }, null]),
};

/** Field names in an order of their own: a new one must not depend on where its row stands. */
const FIELDS = (Object.keys(VALUES) as (keyof typeof VALUES)[]).toSorted();

/** A change of any field; now and then with what an earlier answer held beside. */
export function anyChange(chance: Chance, endpoint: number): Record<string, unknown> {
  const field = chance.pick(FIELDS);
  const change = { [field]: VALUES[field](chance, endpoint) };
  return chance.happens(0.1) ? { ...change, warnings: [] } : change;
}

/** What a GET shows of a field that was given. */
export function shownOf(field: string, given: unknown): unknown {
  if (given === null || typeof given !== "object") return given;
  if (field === "headers") return Object.fromEntries(Object.keys(given).map((name) => [name, "***"]));
  return field === "auth" ? { ...given, token: "***" } : given;
}
