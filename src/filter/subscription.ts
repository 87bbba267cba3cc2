import type { Subscription } from "../domain/endpoint.ts";
import { typeMatches } from "../domain/type-pattern.ts";
import { EventNames, Filter, type FilterableEvent } from "./filter.ts";

/** What a subscription can ask about an event. */
export interface Matchable extends FilterableEvent {
  /** `data.stage`, where it is a string. */
  stage?: string;
  /** Context that `data` implies, see `conditions.ts`. */
  implied?: Record<string, string>;
}

/**
 * Why a subscription does not take an event: the first of its conditions that does not hold; null = it does. Throws
 * CelError if its filter is none.
 */
export function nonMatch(subscription: Subscription, given: Matchable): string | null {
  const event = withImplied(given);
  if (!subscription.types.some((pattern) => typeMatches(pattern, event.type))) {
    return `types: none of them takes ${event.type}`;
  }
  const failed = failedCondition(subscription, event);
  if (failed !== null) return reasonOf(failed, event);
  if (subscription.filter === null) return null;
  const reason = new Filter(subscription.filter).nonMatch(new EventNames(event));
  return reason === null ? null : `filter: ${reason}`;
}

/** The event with the context that its data implies; what the publisher said itself comes first. */
export function withImplied<E extends Matchable>(event: E): E {
  return event.implied === undefined ? event : { ...event, context: { ...event.implied, ...event.context } };
}

type Condition = "stages" | "tags" | "context";

/** The first that does not hold of the conditions that are looked at one by one, before the filter. */
export function failedCondition({ stages, tags, context }: Subscription, event: Matchable): Condition | null {
  if (stages.length > 0 && (event.stage === undefined || !stages.includes(event.stage))) return "stages";
  if (tags.length > 0 && !tags.some((tag) => event.tags.includes(tag))) return "tags";
  for (const key in context) if (event.context[key] !== context[key]) return "context";
  return null;
}

function reasonOf(failed: Condition, event: Matchable): string {
  switch (failed) {
    case "stages":
      return `stages: ${event.stage === undefined ? "data.stage is absent, or no text of up to 128 characters" : `none of them is ${event.stage}`}`;
    case "tags":
      return "tags: the event has none of them";
    case "context":
      return "context: not every pair is the event's";
  }
}
