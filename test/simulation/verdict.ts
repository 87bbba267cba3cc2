import type { Play, PlayedEndpoint, Publication } from "./play.ts";
import type { Arrival } from "./receiver.ts";

interface DeliveryRow {
  id: string;
  endpoint_id: string;
  sequence: number;
  status: string;
  attempt_count: number;
  replay_of: string | null;
}

/** What became of a run. */
export interface Verdict {
  attempts: number;
  lost: string[];
  order: string[];
  /** Everything else that must not be. */
  broken: string[];
  repeats: number;
}

/** Holds what arrived, and what the API tells, against what was acknowledged. Asks the API while nothing is at fault. */
export async function judge(play: Play): Promise<Verdict> {
  const { service } = play;
  const { arrivals } = service.receivers;
  const verdict: Verdict = {
    attempts: arrivals.length,
    lost: [],
    order: [],
    broken: [...play.surprises],
    repeats: 0,
  };
  for (const endpoint of play.endpoints) {
    const mine = arrivals.filter((arrival) => arrival.endpoint === String(endpoint.number));
    verdict.repeats += repeatsOf(mine);
    if (endpoint.order) verdict.order.push(...orderViolations(endpoint, mine));
    if (!endpoint.retried) verdict.broken.push(...scheduleViolations(endpoint, mine));
    if (endpoint.deletedAt === null) verdict.broken.push(...(await sequenceViolations(play, endpoint)));
  }
  for (const publication of play.publications.values()) {
    if (publication.id === null) verdict.broken.push(`event ${publication.n} was never accepted`);
    else verdict.lost.push(...(await lossesOf(play, publication)));
  }
  return verdict;
}

/** An accepted event has ended at each endpoint that it goes to, and at each that was there to take it. */
async function lossesOf(play: Play, publication: Publication): Promise<string[]> {
  const answer = await play.service.request("GET", `/v1/events/${publication.id}/deliveries`, play.key);
  if (answer?.status !== 200)
    return [`event ${publication.n}: its deliveries were answered ${JSON.stringify(answer)}`];
  const { data, missed, deleted } = answer.body as {
    data: DeliveryRow[];
    missed: string[];
    deleted: string[];
  };
  const losses: string[] = [];
  const firsts = data.filter((row) => row.replay_of === null);
  const told = new Set([...data.map((row) => row.endpoint_id), ...deleted]);
  if (
    publication.endpoints !== null &&
    told.size < publication.endpoints - missed.length &&
    told.size < publication.endpoints
  )
    losses.push(
      `event ${publication.n} goes to ${publication.endpoints} endpoints, and has deliveries at ${told.size}`,
    );
  for (const endpoint of play.endpoints) {
    const rows = data.filter((row) => row.endpoint_id === endpoint.id);
    const fits = endpoint.types.includes("*") || publication.type.startsWith("deal.");
    if (!fits && rows.length > 0)
      losses.push(`event ${publication.n} went to endpoint ${endpoint.number}, whose types it does not fit`);
    if (!fits || endpoint.deletedAt !== null) continue;
    if (rows.length === 0 && !missed.includes(endpoint.id))
      losses.push(`event ${publication.n} is not at endpoint ${endpoint.number}`);
    if (rows.length === 0 && !mayBeMissed(endpoint, publication))
      losses.push(`event ${publication.n} was missed by endpoint ${endpoint.number}, which was enabled`);
    if (firsts.filter((row) => row.endpoint_id === endpoint.id).length > 1 && missed.length === 0)
      losses.push(`event ${publication.n} has two deliveries at endpoint ${endpoint.number}`);
    for (const row of rows) {
      if (row.status === "pending")
        losses.push(
          `event ${publication.n} is pending at endpoint ${endpoint.number} (sequence ${row.sequence})`,
        );
      if (row.status === "delivered" && !hasArrived(play, endpoint, publication, row.sequence))
        losses.push(
          `event ${publication.n} counts as delivered at endpoint ${endpoint.number}, and never came`,
        );
    }
  }
  return losses;
}

function mayBeMissed(endpoint: PlayedEndpoint, { sentAt, acceptedAt }: Publication): boolean {
  return (acceptedAt ?? sentAt) >= endpoint.mayBeDisabledFrom;
}

function hasArrived(play: Play, endpoint: PlayedEndpoint, { n }: Publication, sequence: number): boolean {
  return play.service.receivers.arrivals.some(
    (one) =>
      one.endpoint === String(endpoint.number) &&
      one.event === n &&
      one.sequence === sequence &&
      one.status === 200,
  );
}

/** With `serialize`: after an attempt of one sequence comes none of an earlier one, unless a crash repeats the last. */
function orderViolations(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  const violations: string[] = [];
  let highest = 0;
  for (const { sequence, at } of arrivals) {
    if (sequence < highest - 1 || (sequence === highest - 1 && !mayRepeat(arrivals, sequence)))
      violations.push(
        `at endpoint ${endpoint.number} sequence ${sequence} came after ${highest}, ${at} ms after the start`,
      );
    highest = Math.max(highest, sequence);
  }
  return violations;
}

/** A success that a crash kept from the record is repeated; then the next one may have come already only by an old life. */
function mayRepeat(arrivals: readonly Arrival[], sequence: number): boolean {
  return arrivals.filter((one) => one.sequence === sequence && one.status === 200).length > 1;
}

/** No delivery is attempted more often than its schedule says; attempts that a crash forgot have the same number. */
function scheduleViolations(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  const most = Math.max(endpoint.delays.length, 5) + 1;
  if (endpoint.onDeadLetter === "pause") return [];
  return arrivals
    .filter(({ attempt }) => attempt > most)
    .map(
      ({ sequence, attempt }) =>
        `sequence ${sequence} at endpoint ${endpoint.number} had attempt ${attempt} of ${most}`,
    );
}

/** Every number from 1 on is one delivery. */
async function sequenceViolations(play: Play, endpoint: PlayedEndpoint): Promise<string[]> {
  const sequences: number[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/endpoints/${endpoint.id}/deliveries?limit=200${from}`;
    const answer = await play.service.request("GET", path, play.key);
    if (answer?.status !== 200)
      return [`the deliveries of endpoint ${endpoint.number} were answered ${JSON.stringify(answer)}`];
    const page = answer.body as { data: DeliveryRow[]; next_cursor: string | null };
    sequences.push(...page.data.map(({ sequence }) => sequence));
    cursor = page.next_cursor;
  } while (cursor !== null);
  sequences.reverse();
  const wrong = sequences.findIndex((sequence, index) => sequence !== index + 1);
  return wrong < 0 ? [] : [`endpoint ${endpoint.number}: sequence ${wrong + 1} is missing or twice`];
}

/** Successes that came again. */
function repeatsOf(arrivals: readonly Arrival[]): number {
  const seen = new Set<number>();
  let repeats = 0;
  for (const { sequence, status } of arrivals) {
    if (status !== 200) continue;
    if (seen.has(sequence)) repeats++;
    seen.add(sequence);
  }
  return repeats;
}
