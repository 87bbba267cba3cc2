import { conditionsIn } from "../../domain/conditions.ts";
import type { Subscription } from "../../domain/endpoint.ts";
import { RETENTION_MS } from "../../domain/event.ts";
import { positionAt } from "../../domain/ids.ts";
import type { SubscriptionTrial, TriedEvent, TriedInLog } from "../../domain/search-messages.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import { EventNames, Filter } from "../../filter/filter.ts";
import { type Matchable, nonMatch, withImplied } from "../../filter/subscription.ts";
import { awaitTurn } from "../accept/thread-turns.ts";
import type { EventReader } from "../archive/reader.ts";

/** What one trial looks at: beyond any of these it tries fewer events. */
const CHARACTERS_PER_TRIAL = 4 * 1024 * 1024;
const STEPS_PER_TRIAL = 1_000_000;

/** What is done before everybody else's work has its turn, in steps and in characters of data. */
const STEPS_AT_ONCE = 50_000;
const CHARACTERS_AT_ONCE = 256 * 1024;

/** Characters of an event's data by which a person knows it. */
const EXCERPT_LENGTH = 200;

/**
 * Tries a subscription on the newest events, newest first: which it would take, and why not the others; and the position before
 * which it tried none for want of room, null = there is none. Throws CelError if its filter is none.
 * @param logs among which what it looks at is shared out
 */
export async function tryNewest(
  reader: EventReader,
  { subscription, limit }: SubscriptionTrial,
  surroundings: Clock & Timers,
  logs = 1,
): Promise<Omit<TriedInLog, "logs">> {
  const oldest = positionAt(surroundings.nowMs() - RETENTION_MS);
  const program = subscription.filter === null ? null : new Filter(subscription.filter);
  const tried: TriedEvent[] = [];
  const spent = { characters: 0, steps: 0 };
  let turnEndsAt = { characters: CHARACTERS_AT_ONCE, steps: STEPS_AT_ONCE };
  for await (const group of reader.backwards(Number.MAX_SAFE_INTEGER, "whole")) {
    for (const { sent: _, missed, endpoints, data, ...event } of group) {
      if (event.position < oldest) return { tried, next: null };
      const isSpent =
        spent.characters * logs >= CHARACTERS_PER_TRIAL || spent.steps * logs >= STEPS_PER_TRIAL;
      if (tried.length === limit || isSpent) return { tried, next: tried.at(-1)?.event.position ?? null };
      const { reason, steps } = reasonOf(subscription, program, { ...event, data });
      spent.characters += data.length;
      spent.steps += steps;
      tried.push({
        event: { ...event, endpoints: endpoints.length },
        excerpt: data.slice(0, EXCERPT_LENGTH).toWellFormed(),
        reason,
      });
      if (spent.characters < turnEndsAt.characters && spent.steps < turnEndsAt.steps) continue;
      await awaitTurn(surroundings);
      turnEndsAt = {
        characters: spent.characters + CHARACTERS_AT_ONCE,
        steps: spent.steps + STEPS_AT_ONCE,
      };
    }
  }
  return { tried, next: null };
}

/** Why the subscription does not take an event, in words; null = it does. `steps`: what its filter took. */
function reasonOf(
  subscription: Subscription,
  program: Filter | null,
  given: Matchable,
): { reason: string | null; steps: number } {
  const { stages, context } = subscription;
  const asksData = stages.length > 0 || Object.keys(context).length > 0;
  const event = asksData ? withImplied({ ...given, ...conditionsIn(JSON.parse(given.data)) }) : given;
  const plain = nonMatch({ ...subscription, filter: null }, event);
  if (plain !== null || program === null) return { reason: plain, steps: 1 };
  const names = new EventNames(event);
  const reason = program.nonMatch(names);
  return { reason: reason === null ? null : `filter: ${reason}`, steps: names.steps };
}
