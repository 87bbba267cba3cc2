import type { LogSubscription } from "../domain/endpoint.ts";
import { EventNames } from "./filter.ts";
import type { KeptFilter } from "./filter-cache.ts";
import { failedCondition, type Matchable } from "./subscription.ts";

export interface Match {
  /** Endpoint numbers, ascending. */
  endpoints: readonly number[];
  /** Numbers of endpoints that matched while disabled, ascending. */
  missed: readonly number[];
}

/** A subscription as it was set, with the number of its endpoint. */
export interface IndexedSubscription {
  readonly number: number;
  readonly entry: LogSubscription;
  /** Works on after the subscription has left its index, for a match that began before. */
  readonly filter: KeptFilter | null;
}

/**
 * The match of one event, in parts: a workspace may have thousands of costly filters, and everybody's work waits while
 * one part runs. What subscriptions become meanwhile changes nothing: those that were there when it began are asked.
 */
export class Matching {
  readonly #event: Matchable;
  readonly #names: EventNames;
  readonly #candidates: readonly IndexedSubscription[];
  readonly #split: (numbers: readonly number[]) => Match;
  readonly #found: number[] = [];
  #next = 0;
  #conditionSteps = 0;

  /**
   * @param event with the context that its data implies
   * @param candidates those whose type patterns take the event, each once
   * @param split tells enabled endpoints from disabled ones and leaves out the deleted
   */
  constructor(
    event: Matchable,
    candidates: readonly IndexedSubscription[],
    split: (numbers: readonly number[]) => Match,
  ) {
    this.#event = event;
    this.#names = new EventNames(event);
    this.#candidates = candidates;
    this.#split = split;
  }

  /** What it took so far, in steps: see `cel/run.ts`. */
  get steps(): number {
    return this.#conditionSteps + this.#names.steps;
  }

  /** Goes on for about so many steps, one filter at the least; the match if that is all of it, otherwise null. */
  advance(steps: number): Match | null {
    const until = this.steps + steps;
    while (this.#next < this.#candidates.length) {
      const candidate = this.#candidates[this.#next++] as IndexedSubscription;
      if (this.#matches(candidate)) this.#found.push(candidate.number);
      if (this.steps >= until && this.#next < this.#candidates.length) return null;
    }
    return this.#split(this.#found.sort((a, b) => a - b));
  }

  #matches({ entry: { subscription }, filter }: IndexedSubscription): boolean {
    const { stages, tags } = subscription;
    this.#conditionSteps += 2 + stages.length + tags.length * this.#event.tags.length;
    if (failedCondition(subscription, this.#event) !== null) return false;
    return filter === null || filter.nonMatch(this.#names) === null;
  }
}
