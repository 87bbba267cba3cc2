import { lossesOf } from "../../promises/losses.ts";
import type { PlayedEndpoint, Publication } from "../model.ts";
import { VOICE_TRIGGER } from "../planned-endpoint.ts";
import type { Play } from "../play.ts";
import type { Arrival } from "../receiver.ts";
import { type DeliveryRow, type EventFate, livingEndpoints, type ReadBack } from "./read-back.ts";
import type { Violation } from "./violation.ts";

/** A 202 means: at each endpoint that the event goes to it is delivered, dead or canceled; or missed, or deleted. */
export function losses(play: Play, read: ReadBack): Violation[] {
  const found: string[] = [];
  const endpoints = livingEndpoints(play).map(([endpoint]) => endpoint);
  for (const publication of play.publications.values()) {
    if (publication.ids.size === 0 && !publication.isUncertain)
      found.push(`event ${publication.n} was never accepted`);
    for (const id of publication.ids) {
      const fate = read.fates.get(id);
      if (fate) found.push(...untrueFate(publication, fate, endpoints));
    }
  }
  for (const endpoint of endpoints) {
    const rows = read.deliveries.get(endpoint.id) ?? [];
    // What was fetched is judged by who fetched it.
    if (!endpoint.isPulled) for (const row of rows) found.push(...untrueStatus(play, endpoint, row));
    found.push(...twice(play, endpoint, rows));
  }
  return found.map((text) => ({ kind: "lost", text }));
}

function untrueFate(
  publication: Publication,
  { data, missed, deleted }: EventFate,
  endpoints: readonly PlayedEndpoint[],
): string[] {
  const { n, endpoints: promised, sentAt, acceptedAt } = publication;
  const found: string[] = [];
  const went = new Set(data.map((row) => row.endpoint_id).filter((id) => !missed.includes(id)));
  const wasReplayed = endpoints.some((endpoint) => endpoint.byHand.length > 0);
  if (promised !== null && went.size + deleted.length < promised)
    found.push(`event ${n} goes to ${promised} endpoints, and is known at ${went.size + deleted.length}`);
  if (promised !== null && went.size > promised && !wasReplayed)
    found.push(`event ${n} goes to ${promised} endpoints, and came to ${went.size}`);
  for (const endpoint of endpoints) {
    const rows = data.filter((row) => row.endpoint_id === endpoint.id);
    const name = `endpoint ${endpoint.number}`;
    const isMissed = missed.includes(endpoint.id);
    if (!takes(endpoint, publication)) {
      if (rows.length > 0 && !endpoint.wasTouchedByHand(0, Number.POSITIVE_INFINITY))
        found.push(`event ${n} went to ${name}, which does not take it`);
      continue;
    }
    if (endpoint.madeAt > sentAt) continue;
    const until = acceptedAt ?? sentAt;
    // What a delivery that there is came to is judged by its row.
    if (rows.length === 0)
      found.push(
        ...at(name, lossesOf([{ event: String(n), fate: isMissed ? "missed" : null, wasReceived: false }])),
      );
    const mayBeDisabled =
      endpoint.during("status", sentAt, until).includes("disabled") || endpoint.mayChangeItselfFrom <= until;
    if (isMissed && !mayBeDisabled) found.push(`event ${n} was missed by ${name}, which was not disabled`);
    if (!isMissed && endpoint.isSurely("status", "disabled", sentAt, until))
      found.push(`event ${n} went to ${name}, which was disabled`);
  }
  return found;
}

/** Each event is taken once: of an endpoint's list, since an event's own tells no more than one. */
function twice(play: Play, endpoint: PlayedEndpoint, rows: readonly DeliveryRow[]): string[] {
  const firsts = Map.groupBy(
    rows.filter((row) => row.replay_of === null),
    (row) => row.event_id,
  );
  return [...play.publications.values()].flatMap((publication) =>
    [...publication.ids]
      .map((id) => firsts.get(id) ?? [])
      .filter((of) => of.length > 1 && !mayBeReplayedBefore(play, publication, endpoint, of))
      .map(() => `event ${publication.n} has two deliveries at endpoint ${endpoint.number}`),
  );
}

/**
 * Whether a replay may have come before the event itself, which its endpoint had yet to be handed: it replays nothing. So the
 * event had been sent by the time of the replay, and was not there yet when that began.
 */
export function mayBeReplayedBefore(
  { plan, service }: Play,
  { n, sentAt }: Publication,
  endpoint: PlayedEndpoint,
  firsts: readonly DeliveryRow[],
): boolean {
  const { now, elapsedMs } = service.world;
  const isClockSet = plan.actions.some(({ kind }) => kind === "clock");
  const cameAt = Math.min(...firsts.map(({ created_at }) => Date.parse(created_at))) - (now - elapsedMs);
  return endpoint.byHand.some(
    ({ from, to, replays }) =>
      (replays === n || replays === "all") && sentAt <= to && (isClockSet || from <= cameAt),
  );
}

/** Whether an endpoint's types take an event of this workspace. */
export function takes(endpoint: PlayedEndpoint, { workspace, type }: Publication): boolean {
  if (endpoint.workspace !== workspace) return false;
  if (endpoint.isByCompat) return type === VOICE_TRIGGER;
  return endpoint.number !== 3 || type.startsWith("deal.");
}

/** What a delivery is said to have come to, held against what its receiver saw. */
function untrueStatus(play: Play, endpoint: PlayedEndpoint, row: DeliveryRow): string[] {
  const name = `sequence ${row.sequence} at endpoint ${endpoint.number}`;
  const { arrivals, neverLeft } = play.service.receivers;
  const seen = [...arrivals, ...neverLeft].filter((one) => isOf(endpoint, row, one));
  const wasReceived = seen.some(({ status }) => status === 200);
  switch (row.status) {
    case "pending":
    case "delivered":
      return at(name, lossesOf([{ event: row.event_id, fate: row.status, wasReceived }]));
    case "canceled":
      return endpoint.byHand.length > 0 ? [] : [`${name} was canceled by nobody`];
    case "dead":
      return isRightlyDead(endpoint, row, seen)
        ? []
        : [`${name} is dead after ${row.attempt_count} attempts`];
  }
}

function at(where: string, violations: readonly string[]): string[] {
  return violations.map((text) => `${where}: ${text}`);
}

function isOf(endpoint: PlayedEndpoint, row: DeliveryRow, arrival: Arrival): boolean {
  if (arrival.endpoint !== endpoint.id) return false;
  // A voice trigger says nothing of its sequence.
  return arrival.sequence === null || arrival.sequence === row.sequence;
}

function isRightlyDead(endpoint: PlayedEndpoint, row: DeliveryRow, seen: readonly Arrival[]): boolean {
  if (endpoint.hasNoSequence) return true;
  const schedules = endpoint.during("retry", 0, Number.POSITIVE_INFINITY);
  const fewest = Math.min(...schedules.map((retry) => (retry?.delays.length ?? 0) + 1));
  return row.attempt_count >= fewest && seen.length >= fewest;
}
