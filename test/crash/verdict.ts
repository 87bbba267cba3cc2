import type { SeenAttempt } from "../promises/attempt.ts";
import { lossesOf, type Owed } from "../promises/losses.ts";
import { orderViolations } from "../promises/order.ts";
import { allowedRepeats, repeatsOf, tooManyRepeats } from "../promises/repeats.ts";
import { changedSequences, gaps, overtaken, sharedSequences } from "../promises/sequences.ts";
import type { Arrival } from "./arrivals.ts";
import type { CrashEndpoint } from "./endpoints.ts";
import type { Publication } from "./publications.ts";

/** What was counted at one endpoint, and what broke a promise. */
export interface Verdict {
  attempts: number;
  /** Distinct events that were answered with 2xx. */
  delivered: number;
  /** Acknowledged events that match it. */
  expected: number;
  /** Events that came without their 202 having arrived. */
  unacknowledged: number;
  /** Successes repeated after a crash. */
  repeats: number;
  /** The most of one crash, and how many may be. */
  mostRepeats: number;
  allowedRepeats: number;
  violations: string[];
}

/** A timer may fire up to a millisecond early. */
const TIMER_EARLY_MS = 1;

/** Judges what arrived at one endpoint, in the order of arrival, by promises 1, 2, 3 and 6 of docs/architecture.md. */
export function judge(
  endpoint: CrashEndpoint,
  arrivals: readonly Arrival[],
  publications: readonly Publication[],
): Verdict {
  const violations: string[] = [];
  const attempts = arrivals.map(seen);
  const repeats = repeatsOf(attempts, ({ event }) => event);
  const allowed = allowedRepeats({ serialize: endpoint.serialize, inFlight: endpoint.maxInFlight });
  violations.push(...repeats.withoutCrash, ...tooManyRepeats(repeats, allowed));
  violations.push(...contentViolations(arrivals), ...sequenceViolations(arrivals, publications));
  if (endpoint.serialize)
    violations.push(...orderViolations(attempts, { endsInSuccess: true, slackMs: TIMER_EARLY_MS }));
  const delivered = new Set(attempts.filter(({ isSuccess }) => isSuccess).map(({ event }) => event));
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
    delivered: delivered.size,
    expected: expected.length,
    unacknowledged: delivered.size - expected.filter((one) => delivered.has(one.acceptedId ?? "")).length,
    repeats: repeats.count,
    mostRepeats: Math.max(0, ...repeats.byCrash.values()),
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

function seen({ eventId, sequence, life, arrivedAt, answerAt, isSuccess }: Arrival): SeenAttempt {
  return { event: eventId, sequence, life, startedAt: arrivedAt, endedAt: answerAt, isSuccess };
}

function at(index: number, { eventId, sequence, life, isSuccess }: Arrival): string {
  return `arrival ${index} (event ${eventId}, sequence ${sequence}, life ${life}, answered ${isSuccess ? "2xx" : "a failure"})`;
}
