import type { NewEvent } from "../../domain/event.ts";
import type { Match, Matching } from "../../filter/matching.ts";
import type { Matchable } from "../../filter/subscription.ts";
import type { SubscriptionStore } from "../store/subscription-store.ts";

/** An event with its match, and the `created` that its filters saw. */
export interface MatchedEvent extends NewEvent {
  created: number;
  match: Match;
}

/** What an event takes that meets no subscription, in steps. */
const EVENT_OVERHEAD_STEPS = 50;

export interface MatchJobPort extends Pick<SubscriptionStore, "withoutAbout"> {
  begin(event: Matchable): MatchInParts;
}

type MatchInParts = Pick<Matching, "steps" | "advance">;

/** A request's events on the way to their matches, one after the other, in parts. */
export class MatchJob {
  readonly matched: MatchedEvent[] = [];
  /** The events with their matches, once there are all. */
  readonly done: Promise<MatchedEvent[]>;
  /** What its events took, in steps. */
  steps = 0;
  readonly #events: readonly NewEvent[];
  readonly #nowMs: number;
  readonly #port: MatchJobPort;
  readonly #end = Promise.withResolvers<MatchedEvent[]>();
  #matching: MatchInParts | null = null;

  constructor(events: readonly NewEvent[], nowMs: number, port: MatchJobPort) {
    this.#events = events;
    this.#nowMs = nowMs;
    this.#port = port;
    this.done = this.#end.promise;
    // Who waits for it hears of a failure; where nobody does yet, it is no failure of the whole object.
    this.done.catch(() => undefined);
  }

  /** What the event took that it is at, in steps. */
  get eventSteps(): number {
    return this.#matching?.steps ?? 0;
  }

  /** Goes on for about so many steps; true = it has ended. Never throws: `done` tells a failure. */
  advance(steps: number): boolean {
    try {
      return this.#advance(steps);
    } catch (error) {
      this.#end.reject(error);
      return true;
    }
  }

  #advance(steps: number): boolean {
    const until = this.steps + steps;
    while (this.matched.length < this.#events.length) {
      if (this.steps >= until) return false;
      const given = this.#events[this.matched.length] as NewEvent;
      const event = { ...given, created: given.created ?? Math.floor(this.#nowMs / 1000) };
      this.#matching ??= this.#port.begin(event);
      const before = this.#matching.steps;
      const match = this.#matching.advance(until - this.steps);
      this.steps += EVENT_OVERHEAD_STEPS + this.#matching.steps - before;
      if (match === null) return false;
      this.matched.push({ ...event, match: this.#port.withoutAbout(match, event.about) });
      this.#matching = null;
    }
    this.#end.resolve(this.matched);
    return true;
  }
}
