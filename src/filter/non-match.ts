import type { Subscription } from "../domain/endpoint.ts";
import type { Condition, NonMatch } from "../domain/explain-messages.ts";
import { typeMatches } from "../domain/type-pattern.ts";
import { falsePart } from "./cel/false-part.ts";
import { CelError } from "./cel/parse.ts";
import { EventNames, Filter } from "./filter.ts";
import { failedCondition, type Matchable, withImplied } from "./subscription.ts";

const PLAIN = { key: null, part: null, reason: null, values: [] };

/** Why a subscription does not take an event; null = it does. `steps`: what its filter took (`cel/run.ts`). */
export function explainNonMatch(
  subscription: Subscription,
  given: Matchable,
): { nonMatch: NonMatch | null; steps: number } {
  const event = withImplied(given);
  const { types, filter } = subscription;
  if (!types.some((pattern) => typeMatches(pattern, event.type)))
    return { nonMatch: { ...PLAIN, condition: "types", wanted: types, actual: [event.type] }, steps: 1 };
  const failed = failedCondition(subscription, event);
  if (failed !== null) return { nonMatch: plainNonMatch(failed, subscription, event), steps: 1 };
  return filter === null ? { nonMatch: null, steps: 1 } : filterNonMatch(filter, event);
}

function plainNonMatch(
  condition: Exclude<Condition, "types" | "filter">,
  { stages, tags, context }: Subscription,
  event: Matchable,
): NonMatch {
  if (condition === "stages")
    return { ...PLAIN, condition, wanted: stages, actual: event.stage === undefined ? [] : [event.stage] };
  if (condition === "tags") return { ...PLAIN, condition, wanted: tags, actual: [...event.tags] };
  const key = Object.keys(context).find((one) => event.context[one] !== context[one]) ?? "";
  const actual = Object.hasOwn(event.context, key) ? [event.context[key] ?? ""] : [];
  return { ...PLAIN, condition, key, wanted: [context[key] ?? ""], actual };
}

function filterNonMatch(filter: string, event: Matchable): { nonMatch: NonMatch | null; steps: number } {
  const names = new EventNames(event);
  const refused = { ...PLAIN, condition: "filter" as const, wanted: [filter], actual: [] };
  try {
    const reason = new Filter(filter).nonMatch(names);
    if (reason === null) return { nonMatch: null, steps: names.steps };
    const { steps, ...found } = falsePart(filter, names);
    return { nonMatch: { ...refused, ...found }, steps: names.steps + steps };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    // What an earlier version took, and this one refuses, matches nothing.
    return { nonMatch: { ...refused, part: filter, reason: error.message }, steps: filter.length };
  }
}
