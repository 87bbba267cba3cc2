import { orderViolations } from "../../promises/order.ts";
import { overtaken } from "../../promises/sequences.ts";
import type { PlayedEndpoint, Publication } from "../model.ts";
import { keyOfEvent } from "../order-by-key.ts";
import type { Play } from "../play.ts";
import { mayBeReplayedBefore, takes } from "./losses.ts";
import { type DeliveryRow, livingEndpoints, type ReadBack } from "./read-back.ts";
import { seenAt } from "./seen.ts";
import type { Violation } from "./violation.ts";

/** With `serialize` the order holds in what receivers see; in every endpoint's sequences the order of acceptance does. */
export function brokenOrder(play: Play, read: ReadBack): Violation[] {
  const found: string[] = [];
  const { arrivals } = play.service.receivers;
  const all = play.otherEndpoint ? [...play.all, play.otherEndpoint] : play.all;
  for (const endpoint of all) {
    if (endpoint.hasNoSequence || !endpoint.isSurely("serialize", true)) continue;
    const mine = seenAt(endpoint, arrivals);
    const order = orderViolations(mine, { endsInSuccess: false, slackMs: 0 });
    found.push(...order.map((text) => `endpoint ${endpoint.number}: ${text}`));
  }
  for (const [endpoint] of livingEndpoints(play)) {
    const rows = read.deliveries.get(endpoint.id) ?? [];
    for (const some of comparable(play, endpoint, rows)) found.push(...overtakenAt(play, endpoint, some));
  }
  return found.map((text) => ({ kind: "order", text }));
}

/** Among several logs the order holds for each key, and for nothing where they are chosen by chance. */
function comparable(play: Play, endpoint: PlayedEndpoint, rows: DeliveryRow[]): DeliveryRow[][] {
  if (play.plan.spread === "one log" || endpoint.workspace !== play.main.id) return [rows];
  if (play.plan.spread === "by chance") return [];
  const keys = new Map<string, string>();
  for (const { n, ids } of play.publications.values()) for (const id of ids) keys.set(id, keyOfEvent(n));
  return [...Map.groupBy(rows, ({ event_id }) => keys.get(event_id) ?? "").values()];
}

/** What was sent after another's 202 has the higher sequence, as long as nothing was replayed or missed. */
function overtakenAt(play: Play, endpoint: PlayedEndpoint, rows: readonly DeliveryRow[]): string[] {
  const byId = new Map<string, Publication>();
  for (const publication of play.publications.values())
    for (const id of publication.ids) byId.set(id, publication);
  const seen = new Set<string>();
  const accepted = rows.flatMap((row) => {
    const { event_id, replay_of } = row;
    const publication = byId.get(event_id);
    if (!publication || replay_of !== null || seen.has(event_id)) return [];
    seen.add(event_id);
    const mayBeReplayed =
      mayBeReplayedFirst(endpoint, publication) || mayBeReplayedBefore(play, publication, endpoint, [row]);
    if (!takes(endpoint, publication) || mayBeReplayed) return [];
    const { n, sentAt, acceptedAt } = publication;
    return [{ event: String(n), sentAt, acceptedAt }];
  });
  return overtaken(accepted).map((text) => `endpoint ${endpoint.number}: ${text}`);
}

/** It may have been missed, and its delivery be a replay. */
function mayBeReplayedFirst(endpoint: PlayedEndpoint, { sentAt, acceptedAt }: Publication): boolean {
  const until = acceptedAt ?? Number.POSITIVE_INFINITY;
  return (
    endpoint.during("status", sentAt, until).includes("disabled") || endpoint.mayChangeItselfFrom <= until
  );
}
