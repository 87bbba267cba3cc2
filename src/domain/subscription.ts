import type { LogSubscription, Subscription } from "./endpoint.ts";
import { EventNames, Filter, type FilterableEvent } from "./filter.ts";
import { FilterCache } from "./filter-cache.ts";

/** What a subscription can ask about an event. */
export interface Matchable extends FilterableEvent {
  /** `data.stage`, where it is a string. */
  stage?: string;
  /** Context that `data` implies, see `conditions.ts`. */
  implied?: Record<string, string>;
}

/** The prefix of the service's own operational events, which only endpoints that name them get. */
const OPERATIONAL = "webhooks.";

/** Whether a type pattern (`deal.created`, `deal.*`, `*`) takes a type. `deal.*` does not take `deal`. */
export function typeMatches(pattern: string, type: string): boolean {
  if (pattern === "*") return !type.startsWith(OPERATIONAL);
  if (pattern.endsWith(".*")) return type.startsWith(pattern.slice(0, -1));
  return pattern === type;
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
function withImplied<E extends Matchable>(event: E): E {
  return event.implied === undefined ? event : { ...event, context: { ...event.implied, ...event.context } };
}

type Condition = "stages" | "tags" | "context";

/** Of the conditions that are looked at one by one, before the filter, the first that does not hold. */
function failedCondition({ stages, tags, context }: Subscription, event: Matchable): Condition | null {
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

/** Subscriptions that share a type pattern; those with a context are found by its first pair. */
interface Bucket {
  plain: Set<number>;
  byPair: Map<string, Set<number>>;
}

export interface Match {
  /** Endpoint numbers, ascending. */
  endpoints: number[];
  /** Those that matched while disabled, ascending. */
  missed: number[];
}

function firstPair(context: Record<string, string>): string | null {
  for (const key in context) return pairKey(key, context[key] ?? "");
  return null;
}

function pairKey(key: string, value: string): string {
  return `${key.length}:${key}${value}`;
}

/**
 * The subscriptions of one log, indexed so that an event costs what it matches, not what there is: by type
 * pattern, and within one by the first pair of `context`.
 */
export class SubscriptionIndex {
  /** What the filters took so far, in steps. */
  steps = 0;
  #subscriptions = new Map<number, LogSubscription>();
  #buckets = new Map<string, Bucket>();
  #filters = new FilterCache();

  /** Adds a subscription under its endpoint's number, or replaces it. */
  set(number: number, entry: LogSubscription): void {
    this.delete(number);
    this.#subscriptions.set(number, entry);
    this.#filters.keep(entry.subscription.filter);
    const pair = firstPair(entry.subscription.context);
    for (const pattern of entry.subscription.types) {
      const bucket = this.#buckets.get(pattern) ?? { plain: new Set(), byPair: new Map() };
      this.#buckets.set(pattern, bucket);
      if (pair === null) bucket.plain.add(number);
      else bucket.byPair.set(pair, (bucket.byPair.get(pair) ?? new Set()).add(number));
    }
  }

  delete(number: number): void {
    const entry = this.#subscriptions.get(number);
    if (!entry) return;
    this.#subscriptions.delete(number);
    this.#filters.drop(entry.subscription.filter);
    const pair = firstPair(entry.subscription.context);
    for (const pattern of entry.subscription.types) {
      const bucket = this.#buckets.get(pattern);
      if (!bucket) continue;
      if (pair === null) bucket.plain.delete(number);
      else if (bucket.byPair.get(pair)?.delete(number) && bucket.byPair.get(pair)?.size === 0)
        bucket.byPair.delete(pair);
      if (bucket.plain.size === 0 && bucket.byPair.size === 0) this.#buckets.delete(pattern);
    }
  }

  match(given: Matchable): Match {
    const event = withImplied(given);
    const names = new EventNames(event);
    const found = new Set<number>();
    const take = (number: number) => {
      const subscription = this.#subscriptions.get(number)?.subscription;
      if (!subscription || found.has(number) || failedCondition(subscription, event) !== null) return;
      const { filter } = subscription;
      if (filter === null || this.#filters.nonMatch(filter, names) === null) found.add(number);
    };
    for (const pattern of patternsOf(event.type)) {
      const bucket = this.#buckets.get(pattern);
      if (!bucket) continue;
      for (const number of bucket.plain) take(number);
      if (bucket.byPair.size === 0) continue;
      for (const key in event.context) {
        for (const number of bucket.byPair.get(pairKey(key, event.context[key] ?? "")) ?? []) take(number);
      }
    }
    this.steps += names.steps;
    const match: Match = { endpoints: [], missed: [] };
    for (const number of [...found].sort((a, b) => a - b)) {
      (this.#subscriptions.get(number)?.disabled ? match.missed : match.endpoints).push(number);
    }
    return match;
  }
}

/** Every pattern that takes this type: itself, a wildcard for each of its dots, and `*`. */
function patternsOf(type: string): string[] {
  const patterns = [type];
  for (let dot = type.indexOf("."); dot !== -1; dot = type.indexOf(".", dot + 1))
    patterns.push(`${type.slice(0, dot)}.*`);
  if (!type.startsWith(OPERATIONAL)) patterns.push("*");
  return patterns;
}
