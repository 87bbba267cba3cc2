import { mostAtOnce } from "../../promises/at-once.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Play } from "../play.ts";
import type { Arrival } from "../receiver.ts";
import { overAt } from "./seen.ts";
import type { Violation } from "./violation.ts";

/** What an object may have in flight, an endpoint's or a sender, tests included. */
const SLOTS = 6;

/** Times are whole milliseconds in the service. */
const ROUNDING_MS = 2;

/**
 * No more in flight, and no faster, than the endpoint allows. A life counts for itself: the one before was cut off. A second in
 * which the clock on the wall is set is shorter or longer for whoever measures it by that.
 */
export function limitViolations(play: Play): Violation[] {
  const found: string[] = [];
  for (const endpoint of play.all) {
    const mine = play.service.receivers.arrivals.filter((one) => one.endpoint === endpoint.id);
    for (const arrivals of Map.groupBy(mine, ({ sentBy }) => sentBy).values())
      found.push(...tooManyAtOnce(endpoint, arrivals));
    const lives = Map.groupBy(mine, ({ life }) => life);
    for (const arrivals of lives.values()) {
      found.push(...whileShut(endpoint, arrivals));
      found.push(...tooManyInFlight(endpoint, arrivals));
      found.push(...tooFast(endpoint, arrivals, play.clockSetAt));
    }
  }
  return found.map((text) => ({ kind: "limits", text }));
}

/** Nothing is attempted, but tests, while the endpoint is paused or disabled for sure. */
function whileShut(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  return withoutResent(arrivals)
    .filter(({ n }) => n !== null)
    .filter(({ askedAt }) => !endpoint.during("status", askedAt, askedAt).includes("enabled"))
    .map(({ sequence }) => `endpoint ${endpoint.number}: sequence ${sequence} was sent while nothing may be`);
}

function tooManyAtOnce(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  const most = mostAtOnce(arrivals.map(({ sentAt, endedAt }) => ({ startedAt: sentAt, endedAt })));
  return most > SLOTS
    ? [`endpoint ${endpoint.number}: ${most} requests at once by ${arrivals[0]?.sentBy}`]
    : [];
}

/** Tests go beside what is queued. In a contract that tells no sequence they are known by what they are about. */
function mayBeTest({ n, sequence }: Arrival): boolean {
  return sequence === 0 || (sequence === null && n === null);
}

function tooManyInFlight(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  let open: Arrival[] = [];
  for (const arrival of arrivals) {
    open = open.filter((one) => overAt(one) > arrival.sentAt);
    open.push(arrival);
    const queued = open.filter((one) => !mayBeTest(one));
    if (mayBeTest(arrival)) continue;
    const from = Math.min(...queued.map(({ sentAt }) => sentAt));
    const allowed = endpoint.isSurely("serialize", true, from, arrival.sentAt)
      ? [1]
      : endpoint.during("max_in_flight", from, arrival.sentAt).map((one) => one ?? 0);
    if (queued.length > Math.max(...allowed))
      return [
        `endpoint ${endpoint.number}: ${queued.length} in flight, where ${Math.max(...allowed)} may be`,
      ];
  }
  return [];
}

function tooFast(
  endpoint: PlayedEndpoint,
  arrivals: readonly Arrival[],
  clockSetAt: readonly number[],
): string[] {
  // A sender that is slow to hear of one lets the next overtake it: the rate is that of the asking.
  const sent = withoutResent(arrivals).toSorted((a, b) => a.askedAt - b.askedAt);
  for (const [index, next] of sent.entries()) {
    const before = sent[index - 1];
    if (!before || clockSetAt.some((at) => before.askedAt <= at && at <= next.askedAt)) continue;
    const rates = endpoint.during("rate_limit", before.askedAt - 1000, next.askedAt);
    if (rates.some((rate) => !rate)) continue;
    const leastMs = Math.min(...rates.map((rate) => 1000 / (rate?.per_second ?? 1)));
    const gapMs = next.askedAt - before.askedAt;
    if (gapMs < leastMs - ROUNDING_MS)
      return [
        `endpoint ${endpoint.number}: attempts ${gapMs.toFixed(1)} ms apart, where ${leastMs.toFixed(1)} must be`,
      ];
  }
  return [];
}

/**
 * The requests that began the attempts of a life, tests left out: what was lost on a connection that may have been kept is
 * sent once more at once, in the same attempt, whatever was changed meanwhile.
 */
function withoutResent(arrivals: readonly Arrival[]): Arrival[] {
  const lostAt = new Map<string, number>();
  return arrivals.filter(({ sequence, attempt, status, askedAt, endedAt }) => {
    const name = `${sequence} ${attempt}`;
    const isResent = askedAt - (lostAt.get(name) ?? Number.NEGATIVE_INFINITY) <= ROUNDING_MS;
    if (status === null && endedAt !== null) lostAt.set(name, endedAt);
    return sequence !== 0 && !isResent;
  });
}
