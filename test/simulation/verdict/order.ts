import type { PlayedEndpoint, Publication } from "../model.ts";
import type { Play } from "../play.ts";
import type { Arrival } from "../receiver.ts";
import { takes } from "./losses.ts";
import { type DeliveryRow, livingEndpoints, type ReadBack } from "./read-back.ts";
import type { Violation } from "./violation.ts";

/** With `serialize` the order holds in what receivers see; in every endpoint's sequences the order of acceptance does. */
export function orderViolations(play: Play, read: ReadBack): Violation[] {
  const found: string[] = [];
  const { arrivals } = play.service.receivers;
  const all = play.otherEndpoint ? [...play.all, play.otherEndpoint] : play.all;
  for (const endpoint of all) {
    if (endpoint.hasNoSequence || !endpoint.isSurely("serialize", true)) continue;
    const mine = arrivals.filter((one) => one.endpoint === endpoint.id && (one.sequence ?? 0) > 0);
    found.push(...outOfOrder(mine).map((text) => `endpoint ${endpoint.number}: ${text}`));
  }
  for (const [endpoint] of livingEndpoints(play))
    found.push(...overtaken(play, endpoint, read.deliveries.get(endpoint.id) ?? []));
  return found.map((text) => ({ kind: "order", text }));
}

/** One attempt at a time, and never one of an earlier sequence; a new life may repeat the last one of the life before. */
export function outOfOrder(arrivals: readonly Arrival[]): string[] {
  const found: string[] = [];
  const sorted = [...arrivals].sort((a, b) => a.life - b.life || a.sentAt - b.sentAt);
  let last: Arrival | null = null;
  for (const arrival of sorted) {
    const sequence = arrival.sequence ?? 0;
    const before = last?.sequence ?? 0;
    if (sequence < before) found.push(`sequence ${sequence} was sent after ${before}`);
    if (last?.life === arrival.life && (last.endedAt ?? Number.POSITIVE_INFINITY) > arrival.sentAt)
      found.push(`sequence ${sequence} was sent before the attempt of ${before} had ended`);
    if (last?.life === arrival.life && last.status === 200 && sequence === before)
      found.push(`sequence ${sequence} was sent again after its success`);
    last = arrival;
  }
  return found;
}

/** What was accepted before another was sent has the lower sequence, as long as nothing was replayed or missed. */
function overtaken(play: Play, endpoint: PlayedEndpoint, rows: readonly DeliveryRow[]): string[] {
  const byId = new Map<string, Publication>();
  for (const publication of play.publications.values())
    for (const id of publication.ids) byId.set(id, publication);
  const found: string[] = [];
  let latest: Publication | null = null;
  const seen = new Set<string>();
  for (const row of rows) {
    const publication = byId.get(row.event_id);
    if (!publication || row.replay_of !== null || seen.has(row.event_id)) continue;
    seen.add(row.event_id);
    if (!takes(endpoint, publication) || mayBeReplayedFirst(endpoint, publication)) continue;
    if (latest && (publication.acceptedAt ?? Number.POSITIVE_INFINITY) < latest.sentAt)
      found.push(
        `event ${publication.n} has a higher sequence than event ${latest.n}, which was sent after its 202`,
      );
    if (!latest || publication.sentAt > latest.sentAt) latest = publication;
  }
  return found;
}

/** It may have been missed, and its delivery be a replay. */
function mayBeReplayedFirst(endpoint: PlayedEndpoint, { sentAt, acceptedAt }: Publication): boolean {
  const until = acceptedAt ?? Number.POSITIVE_INFINITY;
  return (
    endpoint.during("status", sentAt, until).includes("disabled") || endpoint.mayChangeItselfFrom <= until
  );
}
