import { orderBy } from "../../src/domain/order.ts";
import { mostAtOnce } from "../promises/at-once.ts";
import type { SeenAttempt } from "../promises/attempt.ts";
import { ofEachKey } from "../promises/keys.ts";
import { lossesOf, type Owed } from "../promises/losses.ts";
import { orderViolations } from "../promises/order.ts";
import {
  allowedRepeats,
  mostOfOneCrash,
  type Repeats,
  repeatsOf,
  tooManyRepeats,
} from "../promises/repeats.ts";
import { changedSequences, gaps, overtaken, sharedSequences } from "../promises/sequences.ts";
import type { Arrival } from "./arrivals.ts";
import { type CrashEndpoint, keyAt } from "./endpoints.ts";
import type { Publication } from "./publications.ts";

/** What was counted at one endpoint, and what broke a promise. */
export interface Verdict {
  attempts: number;
  /** The most that the receiver had at once in one life of the service. */
  mostAtOnce: number;
  /** Distinct events that were answered with 2xx. */
  delivered: number;
  /** Acknowledged events that match it. */
  expected: number;
  /** Events that came without their 202 having arrived. */
  unacknowledged: number;
  /** Successes repeated after a crash. */
  repeats: number;
  /** The most of one crash. */
  mostRepeats: number;
  /** In order by key the most of one crash and one key; otherwise null. */
  mostRepeatsOfKey: number | null;
  /** How many of one crash may be: in order by key of each key. */
  allowedRepeats: number;
  violations: string[];
}

/** No receiver fails an event to the end of its attempts. A timer may fire up to a millisecond early. */
const IN_ORDER = { endsInSuccess: true, slackMs: 1 };

/** Judges what arrived at one endpoint, in the order of arrival, by promises 1, 2, 3 and 6 of docs/architecture.md. */
export function judge(
  endpoint: CrashEndpoint,
  arrivals: readonly Arrival[],
  publications: readonly Publication[],
): Verdict {
  const isByKey = orderBy(endpoint.order) !== null;
  const ofKeys = isByKey ? arrivals.flatMap(numberedByKey) : [];
  const repeats = repeatsIn(arrivals);
  const allowed = allowedRepeats({ serialize: endpoint.order !== "none", inFlight: endpoint.maxInFlight });
  /** Of an endpoint, or of a key: an order, if there is one, and what a crash may repeat hold for what is numbered together. */
  const judgeNumbered = (mine: readonly Arrival[]) => [
    ...sequenceViolations(mine, publications),
    ...tooManyRepeats(repeatsIn(mine), allowed),
    ...(endpoint.order === "none" ? [] : orderViolations(mine.map(seen), IN_ORDER)),
  ];
  const violations = [
    ...repeats.withoutCrash,
    ...contentViolations(arrivals),
    ...keyViolations(endpoint, arrivals, publications),
    ...(isByKey ? sequenceViolations(arrivals, publications) : judgeNumbered(arrivals)),
    ...ofEachKey(ofKeys, keyOf, judgeNumbered),
  ];
  const delivered = new Set(arrivals.filter(({ isSuccess }) => isSuccess).map(({ eventId }) => eventId));
  const came = new Set(arrivals.map(({ publication }) => publication));
  const expected = publications.filter((one) => one.acceptedId !== null && endpoint.matches(one));
  const owed = expected.map(({ acceptedId }): Owed => {
    const wasReceived = delivered.has(acceptedId ?? "");
    return { event: String(acceptedId), fate: wasReceived ? "delivered" : null, wasReceived };
  });
  violations.push(...lossesOf(owed));
  for (const { number, acceptedId } of publications.filter((one) => !endpoint.matches(one))) {
    if (came.has(number)) violations.push(`event ${acceptedId ?? number} came though it does not match`);
  }
  return {
    attempts: arrivals.length,
    mostAtOnce: mostAtOnceInOneLife(arrivals),
    delivered: delivered.size,
    expected: expected.length,
    unacknowledged: delivered.size - expected.filter((one) => delivered.has(one.acceptedId ?? "")).length,
    repeats: repeats.count,
    mostRepeats: mostOfOneCrash(repeats),
    mostRepeatsOfKey: isByKey ? mostOfOneKey(ofKeys) : null,
    allowedRepeats: allowed,
    violations,
  };
}

/** An event without a 202 was accepted or it was not: it must not have reached some of its endpoints only. */
export function halfDelivered(
  endpoints: readonly { endpoint: CrashEndpoint; arrivals: readonly Arrival[] }[],
  publications: readonly Publication[],
): string[] {
  const seen = endpoints.map(({ arrivals }) => new Set(arrivals.map(({ publication }) => publication)));
  return publications.flatMap((one) => {
    const has = endpoints.flatMap(({ endpoint }, i) =>
      endpoint.matches(one) ? [seen[i]?.has(one.number) ?? false] : [],
    );
    const isHalf = has.includes(true) && has.includes(false);
    return isHalf
      ? [`event ${one.acceptedId ?? `of publication ${one.number}`} reached some endpoints only`]
      : [];
  });
}

/** The bytes of an event are those that were published, under one id, at every attempt. */
function contentViolations(arrivals: readonly Arrival[]): string[] {
  const violations: string[] = [];
  const digests = new Map<string, string>();
  const ids = new Map<number, string>();
  for (const [index, arrival] of arrivals.entries()) {
    const { eventId, digest, publication } = arrival;
    if (publication === null) violations.push(`${at(index, arrival)} carries data that was not published so`);
    if ((digests.get(eventId) ?? digest) !== digest)
      violations.push(`${at(index, arrival)} has other content`);
    digests.set(eventId, digest);
    if (publication === null) continue;
    const known = ids.get(publication) ?? eventId;
    if (known !== eventId)
      violations.push(`${at(index, arrival)} is publication ${publication}, known as ${known}`);
    ids.set(publication, eventId);
  }
  return violations;
}

/** Each event comes with the key that it was published with, where its endpoint delivers by key. */
function keyViolations(
  endpoint: CrashEndpoint,
  arrivals: readonly Arrival[],
  publications: readonly Publication[],
): string[] {
  return arrivals.flatMap((arrival, index) => {
    const publication = publications[arrival.publication ?? -1];
    const told = arrival.keyPlace?.key ?? null;
    return publication === undefined || told === keyAt(endpoint, publication)
      ? []
      : [`${at(index, arrival)} was told as of ${told === null ? "no key" : `the key "${told}"`}`];
  });
}

/** A sequence belongs to one event, there are no gaps, and what was sent after another's 202 comes after it. */
function sequenceViolations(arrivals: readonly Arrival[], publications: readonly Publication[]): string[] {
  const numbered = arrivals.flatMap(({ eventId, sequence }) =>
    sequence === null ? [] : [{ event: eventId, sequence }],
  );
  const sequenceOf = new Map(numbered.map(({ event, sequence }) => [event, sequence]));
  const accepted = publications.flatMap(({ acceptedId, sentAt, acceptedAt }) => {
    const sequence = sequenceOf.get(acceptedId ?? "");
    return sequence === undefined ? [] : [{ event: String(acceptedId), sentAt, acceptedAt, sequence }];
  });
  return [
    ...sharedSequences(numbered),
    ...changedSequences(numbered),
    ...gaps(numbered.map(({ sequence }) => sequence)),
    ...overtaken(accepted.sort((a, b) => a.sequence - b.sequence)),
  ];
}

/** An arrival with its number in the order of its key in the place of that at its endpoint. */
function numberedByKey(arrival: Arrival): Arrival[] {
  return arrival.keyPlace === null ? [] : [{ ...arrival, sequence: arrival.keyPlace.sequence }];
}

const keyOf = ({ keyPlace }: Arrival) => keyPlace?.key ?? "";

function mostAtOnceInOneLife(arrivals: readonly Arrival[]): number {
  const lives = Map.groupBy(arrivals.map(seen), ({ life }) => life);
  return Math.max(0, ...[...lives.values()].map(mostAtOnce));
}

function repeatsIn(arrivals: readonly Arrival[]): Repeats {
  return repeatsOf(arrivals.map(seen), ({ event }) => event);
}

function mostOfOneKey(ofKeys: readonly Arrival[]): number {
  const repeats = [...Map.groupBy(ofKeys, keyOf).values()].map(repeatsIn);
  return Math.max(0, ...repeats.map(mostOfOneCrash));
}

function seen({ eventId, sequence, life, arrivedAt, answerAt, isSuccess }: Arrival): SeenAttempt {
  return { event: eventId, sequence, life, startedAt: arrivedAt, endedAt: answerAt, isSuccess };
}

function at(index: number, { eventId, sequence, life, isSuccess }: Arrival): string {
  return `arrival ${index} (event ${eventId}, sequence ${sequence}, life ${life}, answered ${isSuccess ? "2xx" : "a failure"})`;
}
