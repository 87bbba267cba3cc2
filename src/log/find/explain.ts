import { conditionsIn } from "../../domain/conditions.ts";
import type {
  ExplainAnswer,
  ExplainedMatch,
  ExplainRequest,
  NonMatch,
} from "../../domain/explain-messages.ts";
import { acceptedAt } from "../../domain/ids.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import { explainNonMatch } from "../../filter/non-match.ts";
import type { Matchable } from "../../filter/subscription.ts";
import { awaitTurn } from "../accept/thread-turns.ts";
import type { HandOver } from "../hand-over/hand-over.ts";
import type { SubscriptionStore } from "../store/subscription-store.ts";
import type { SubscriptionVersion } from "../store/subscription-versions.ts";
import type { EventLookup } from "./event-lookup.ts";

/** What filters may take before everybody else's work has its turn, and what one request may take in all, in steps. */
const STEPS_AT_ONCE = 50_000;
const STEPS_PER_REQUEST = 1_000_000;

/** The version in force and the one before: an event may be matched just before a change and committed just after it. */
const VERSIONS_TRIED = 2;

export interface ExplainPort {
  lookup: Pick<EventLookup, "relations">;
  subscriptions: SubscriptionStore;
  handOver: Pick<HandOver, "isHandedOver">;
  surroundings: Clock & Timers;
  /** The position that the next event gets at the least. */
  nextPosition(): number;
}

/** An event with what is known of its endpoints, by their numbers. */
interface Subject {
  event: Matchable;
  /** Null = it was not published. */
  position: number | null;
  matched: ReadonlySet<number>;
  missed: ReadonlySet<number>;
  replayed: ReadonlySet<number>;
}

/** Explains what became of an event, or would become of it, at each of some endpoints. */
export async function explain(port: ExplainPort, request: ExplainRequest): Promise<ExplainAnswer> {
  const subject = await subjectOf(port, request);
  if (subject === null) return { outcome: "unknown" };
  const matches: ExplainedMatch[] = [];
  let steps = 0;
  let turnEndsAt = STEPS_AT_ONCE;
  let next = 0;
  for (const endpointId of request.endpointIds) {
    if (steps >= STEPS_PER_REQUEST) break;
    if (steps >= turnEndsAt) {
      await awaitTurn(port.surroundings);
      turnEndsAt = steps + STEPS_AT_ONCE;
    }
    next++;
    const number = port.subscriptions.numberOf(endpointId);
    if (number === null) continue;
    const found = explainOne(port, subject, endpointId, number);
    steps += found.steps;
    matches.push(found.match);
  }
  return { outcome: "explained", matches, next };
}

async function subjectOf(
  { lookup, surroundings }: ExplainPort,
  { of }: ExplainRequest,
): Promise<Subject | null> {
  const none = new Set<number>();
  if ("event" in of) {
    const { created = Math.floor(surroundings.nowMs() / 1000) } = of.event;
    const event = { ...of.event, created };
    return { event, position: null, matched: none, missed: none, replayed: none };
  }
  const found = await lookup.relations(of.id);
  if (found === null) return null;
  const { event, replayed } = found;
  return {
    event: { ...event, ...conditionsIn(JSON.parse(event.data)) },
    position: event.position,
    matched: new Set(event.endpoints),
    missed: new Set(event.missed),
    replayed: new Set(replayed),
  };
}

function explainOne(
  { handOver, nextPosition, subscriptions }: ExplainPort,
  subject: Subject,
  endpointId: string,
  number: number,
): { match: ExplainedMatch; steps: number } {
  const { versions } = subscriptions;
  const position = subject.position ?? nextPosition();
  const then = versions.until(number, position, VERSIONS_TRIED);
  const first = versions.first(number);
  const isLater = then.length === 0 && first?.entry.version === 1;
  const used = then.length > 0 ? then : [first].filter((version) => version !== null);
  const known = relationOf(subject, number);
  const isMatched = known === "matched" || known === "missed";
  const { nonMatch, steps } = isMatched ? { nonMatch: null, steps: 0 } : explainBy(used, subject.event);
  const relation = known ?? (subject.position === null ? wouldBe(used[0], nonMatch) : "none");
  const [version] = then;
  return {
    steps,
    match: {
      endpointId,
      relation,
      isHandedOver: subject.position === null || handOver.isHandedOver(number, position),
      version: version?.entry.version ?? null,
      since: version ? acceptedAt(version.fromPosition) : null,
      disabledSince: relation === "missed" ? versions.disabledSince(number, position) : null,
      isLater,
      nonMatch: isLater ? null : nonMatch,
    },
  };
}

function relationOf(
  { matched, missed, replayed }: Subject,
  number: number,
): Exclude<ExplainedMatch["relation"], "none"> | null {
  if (matched.has(number)) return "matched";
  if (missed.has(number)) return "missed";
  return replayed.has(number) ? "replayed" : null;
}

function wouldBe(
  version: SubscriptionVersion | undefined,
  nonMatch: NonMatch | null,
): "matched" | "missed" | "none" {
  if (version === undefined || nonMatch !== null) return "none";
  return version.entry.disabled ? "missed" : "matched";
}

/** Why none of some versions takes an event; the first that does not take it says why. */
function explainBy(
  versions: readonly SubscriptionVersion[],
  event: Matchable,
): { nonMatch: NonMatch | null; steps: number } {
  let steps = 0;
  for (const { entry } of versions) {
    const found = explainNonMatch(entry.subscription, event);
    steps += found.steps;
    if (found.nonMatch !== null) return { nonMatch: found.nonMatch, steps };
  }
  return { nonMatch: null, steps };
}
