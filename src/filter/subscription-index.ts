import type { LogSubscription } from "../domain/endpoint.ts";
import { typeMatches } from "../domain/type-pattern.ts";
import { FilterCache } from "./filter-cache.ts";
import { type IndexedSubscription, type Match, Matching } from "./matching.ts";
import { type Matchable, withImplied } from "./subscription.ts";

/** Subscriptions that share a type pattern; those with a context are found by its first pair. */
interface Bucket {
  plain: Set<IndexedSubscription>;
  byPair: Map<string, Set<IndexedSubscription>>;
}

/**
 * The subscriptions of one log, indexed so that an event costs what it matches, not what there is: by type
 * pattern, and within one by the first pair of `context`.
 */
export class SubscriptionIndex {
  #subscriptions = new Map<number, IndexedSubscription>();
  #buckets = new Map<string, Bucket>();
  #filters = new FilterCache();

  /** Adds a subscription under its endpoint's number, or replaces it. */
  set(number: number, entry: LogSubscription): void {
    this.delete(number);
    const { types, context, filter } = entry.subscription;
    const indexed = { number, entry, filter: filter === null ? null : this.#filters.keep(filter) };
    this.#subscriptions.set(number, indexed);
    const pair = firstPair(context);
    for (const pattern of withoutCovered(types)) {
      const bucket = this.#buckets.get(pattern) ?? { plain: new Set(), byPair: new Map() };
      this.#buckets.set(pattern, bucket);
      if (pair === null) bucket.plain.add(indexed);
      else bucket.byPair.set(pair, (bucket.byPair.get(pair) ?? new Set()).add(indexed));
    }
  }

  delete(number: number): void {
    const indexed = this.#subscriptions.get(number);
    if (!indexed) return;
    const { types, context, filter } = indexed.entry.subscription;
    this.#subscriptions.delete(number);
    if (filter !== null) this.#filters.drop(filter);
    const pair = firstPair(context);
    for (const pattern of withoutCovered(types)) {
      const bucket = this.#buckets.get(pattern);
      if (!bucket) continue;
      if (pair === null) bucket.plain.delete(indexed);
      else if (bucket.byPair.get(pair)?.delete(indexed) && bucket.byPair.get(pair)?.size === 0)
        bucket.byPair.delete(pair);
      if (bucket.plain.size === 0 && bucket.byPair.size === 0) this.#buckets.delete(pattern);
    }
  }

  /**
   * Begins to match an event against the subscriptions as they are now. What may take long, their filters, is left to
   * `Matching.advance`; only whether an endpoint is disabled, or deleted, is looked at when that ends.
   */
  begin(given: Matchable): Matching {
    const event = withImplied(given);
    const candidates: IndexedSubscription[] = [];
    for (const pattern of patternsOf(event.type)) {
      const bucket = this.#buckets.get(pattern);
      if (!bucket) continue;
      for (const indexed of bucket.plain) candidates.push(indexed);
      if (bucket.byPair.size === 0) continue;
      for (const key in event.context) {
        const pair = pairKey(key, event.context[key] ?? "");
        for (const indexed of bucket.byPair.get(pair) ?? []) candidates.push(indexed);
      }
    }
    return new Matching(event, candidates, (numbers) => this.#split(numbers));
  }

  #split(numbers: readonly number[]): Match {
    const endpoints: number[] = [];
    const missed: number[] = [];
    for (const number of numbers) {
      const entry = this.#subscriptions.get(number)?.entry;
      if (entry) (entry.disabled ? missed : endpoints).push(number);
    }
    return { endpoints, missed };
  }
}

/**
 * A subscription's patterns without those that another one of them takes the place of, as `deal.*` of `deal.created`.
 * At most one of those that are left takes any type: so an event meets an endpoint once, however many patterns it has.
 */
function withoutCovered(types: readonly string[]): Set<string> {
  const all = new Set(types);
  const isCovered = (pattern: string) =>
    patternsOf(pattern).some((other) => other !== pattern && all.has(other));
  return new Set(types.filter((pattern) => !isCovered(pattern)));
}

/** Every pattern that takes this type, or all that this pattern takes: itself, a wildcard for each dot, and `*`. */
function patternsOf(type: string): string[] {
  if (type === "*") return ["*"];
  const patterns = [type];
  for (let dot = type.indexOf("."); dot !== -1; dot = type.indexOf(".", dot + 1)) {
    const pattern = `${type.slice(0, dot)}.*`;
    if (pattern !== type) patterns.push(pattern);
  }
  if (typeMatches("*", type)) patterns.push("*");
  return patterns;
}

function firstPair(context: Record<string, string>): string | null {
  for (const key in context) return pairKey(key, context[key] ?? "");
  return null;
}

function pairKey(key: string, value: string): string {
  return `${key.length}:${key}${value}`;
}
