import type { NewEvent } from "../../domain/event.ts";
import type { Match, Matching } from "../../filter/matching.ts";
import type { Matchable } from "../../filter/subscription.ts";
import type { SubscriptionStore } from "../store/subscription-store.ts";
import { listBytes, SharedLists } from "./shared-lists.ts";

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

/** What holds the memory that a request's events take. */
export interface MatchRoom {
  /** What the events take, bytes. */
  bytes: number;
  /** Takes so many bytes more, for lists of endpoints; false: there is no room. */
  grow(bytes: number): boolean;
}

type MatchInParts = Pick<Matching, "steps" | "advance">;

/** A request's events on the way to their matches, one after the other, in parts. */
export class MatchJob {
  readonly matched: MatchedEvent[] = [];
  /** The events with their matches, once there are all; null = there is no room for their lists of endpoints. */
  readonly done: Promise<MatchedEvent[] | null>;
  /** What its events took, in steps. */
  steps = 0;
  readonly #events: readonly NewEvent[];
  readonly #nowMs: number;
  readonly #port: MatchJobPort;
  readonly #room: MatchRoom | undefined;
  /** The lists of this log's latest matches, and those of all matches of this job. */
  readonly #shared: SharedLists;
  readonly #own = new SharedLists();
  readonly #end = Promise.withResolvers<MatchedEvent[] | null>();
  #matching: MatchInParts | null = null;

  /**
   * @param shared lists of endpoints that jobs share with each other
   * @param room absent = it is never refused
   */
  constructor(
    events: readonly NewEvent[],
    nowMs: number,
    port: MatchJobPort,
    shared = new SharedLists(),
    room?: MatchRoom,
  ) {
    this.#shared = shared;
    this.#room = room;
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
      this.#matching = null;
      const { endpoints, missed } = this.#port.withoutAbout(match, event.about);
      const lists = { endpoints: this.#share(endpoints), missed: this.#share(missed) };
      if (lists.endpoints === null || lists.missed === null) {
        this.#end.resolve(null);
        return true;
      }
      this.matched.push({ ...event, match: { endpoints: lists.endpoints, missed: lists.missed } });
    }
    this.#end.resolve(this.matched);
    return true;
  }

  /** An equal list that another match has already, otherwise these numbers, for others to share; null = there is no room for one more. */
  #share(numbers: readonly number[]): readonly number[] | null {
    const own = this.#own.find(numbers);
    if (own !== null) return own;
    const shared = this.#shared.find(numbers);
    if (shared === null) {
      if (this.#room?.grow(listBytes(numbers)) === false) return null;
      this.#shared.add(numbers);
    }
    this.#own.add(shared ?? numbers);
    return shared ?? numbers;
  }
}
