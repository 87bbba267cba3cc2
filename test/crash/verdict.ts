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

/** How many successes one crash may repeat: with `serialize` one, otherwise what was in flight and one group of records. */
function allowedRepeats({ serialize, maxInFlight }: CrashEndpoint): number {
  return serialize ? 1 : 2 * maxInFlight;
}

/** Judges what arrived at one endpoint, in the order of arrival, by promises 1, 2, 3 and 6 of docs/architecture.md. */
export function judge(
  endpoint: CrashEndpoint,
  arrivals: readonly Arrival[],
  publications: readonly Publication[],
): Verdict {
  const violations: string[] = [];
  const successLife = new Map<string, number>();
  const repeatsByLife = new Map<number, number>();
  for (const [index, arrival] of arrivals.entries()) {
    if (!arrival.isSuccess) continue;
    const before = successLife.get(arrival.eventId);
    successLife.set(arrival.eventId, arrival.life);
    if (before === undefined) continue;
    if (before === arrival.life) violations.push(`${at(index, arrival)} was repeated without a crash`);
    else repeatsByLife.set(before, (repeatsByLife.get(before) ?? 0) + 1);
  }
  const allowed = allowedRepeats(endpoint);
  for (const [life, count] of repeatsByLife) {
    if (count > allowed) violations.push(`the crash of life ${life} repeated ${count} successes`);
  }
  violations.push(...contentViolations(arrivals), ...sequenceViolations(arrivals, publications));
  if (endpoint.serialize) violations.push(...orderViolations(arrivals));
  const delivered = new Set(successLife.keys());
  const seen = new Set(arrivals.map(({ publication }) => publication));
  const expected = publications.filter((one) => one.acceptedId !== null && endpoint.matches(one));
  for (const one of expected) {
    if (!delivered.has(one.acceptedId ?? "")) violations.push(`event ${one.acceptedId} was lost`);
  }
  for (const { number, acceptedId } of publications.filter((one) => !endpoint.matches(one))) {
    if (seen.has(number)) violations.push(`event ${acceptedId ?? number} came though it does not match`);
  }
  return {
    attempts: arrivals.length,
    delivered: delivered.size,
    expected: expected.length,
    unacknowledged: delivered.size - expected.filter((one) => delivered.has(one.acceptedId ?? "")).length,
    repeats: [...repeatsByLife.values()].reduce((total, count) => total + count, 0),
    mostRepeats: Math.max(0, ...repeatsByLife.values()),
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

/** A sequence belongs to one event, there are no gaps, and what one publisher sent later comes later. */
function sequenceViolations(arrivals: readonly Arrival[], publications: readonly Publication[]): string[] {
  const violations: string[] = [];
  const eventOf = new Map<number, string>();
  const sequenceOf = new Map<string, number>();
  for (const [index, arrival] of arrivals.entries()) {
    const { eventId, sequence } = arrival;
    if (sequence === null) continue;
    if (
      (eventOf.get(sequence) ?? eventId) !== eventId ||
      (sequenceOf.get(eventId) ?? sequence) !== sequence
    ) {
      violations.push(`${at(index, arrival)} shares or changes its sequence`);
    }
    eventOf.set(sequence, eventId);
    sequenceOf.set(eventId, sequence);
  }
  for (let sequence = 1; sequence <= eventOf.size; sequence++) {
    if (!eventOf.has(sequence)) violations.push(`sequence ${sequence} never came`);
  }
  const last = new Map<string, number>();
  for (const { acceptedId, publisher } of publications) {
    const sequence = sequenceOf.get(acceptedId ?? "");
    if (sequence === undefined) continue;
    if (sequence < (last.get(publisher) ?? 0)) {
      violations.push(
        `event ${acceptedId}, sequence ${sequence}, was accepted after sequence ${last.get(publisher)}`,
      );
    }
    last.set(publisher, sequence);
  }
  return violations;
}

/** With `serialize`, an attempt is of the first event without a success, or repeats the last success after a crash. */
function orderViolations(arrivals: readonly Arrival[]): string[] {
  const violations: string[] = [];
  let last: { sequence: number; life: number } = { sequence: 0, life: 0 };
  let previous: Arrival | undefined;
  for (const [index, arrival] of arrivals.entries()) {
    const { sequence, life, isSuccess } = arrival;
    const isRepeat = sequence === last.sequence && life > last.life;
    if (!isRepeat && sequence !== last.sequence + 1) {
      violations.push(`${at(index, arrival)} came after the success of sequence ${last.sequence}`);
    }
    // A timer may fire up to a millisecond early.
    if (previous?.life === life && arrival.arrivedAt < previous.answerAt - 1) {
      violations.push(`${at(index, arrival)} came before the attempt before it was answered`);
    }
    if (isSuccess && sequence !== null) last = { sequence, life };
    previous = arrival;
  }
  return violations;
}

function at(index: number, { eventId, sequence, life, isSuccess }: Arrival): string {
  return `arrival ${index} (event ${eventId}, sequence ${sequence}, life ${life}, answered ${isSuccess ? "2xx" : "a failure"})`;
}
