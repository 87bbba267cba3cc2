import { createHmac } from "node:crypto";
import { gaps, sharedSequences } from "../../promises/sequences.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Play } from "../play.ts";
import { ADMIN_TOKEN } from "../simulated-service.ts";
import type { Slot } from "../slot.ts";
import { livingEndpoints, type ReadBack } from "./read-back.ts";
import { seenAt } from "./seen.ts";
import type { Violation } from "./violation.ts";

/** Counts that were in memory at a crash are lost: an alarm stores them, which may be late, or lost until cron comes. */
const UNSTORED_MS = 90_000;
const UNSTORED_WITHOUT_ALARM_MS = 7 * 60_000;

/** What is on record: sequences without gap, counts that are true, of every event its own workspace's alone, no secret. */
export function recordViolations(play: Play, read: ReadBack): Violation[] {
  return [
    ...sequences(play, read).map((text) => ({ kind: "sequences" as const, text })),
    ...counters(play, read).map((text) => ({ kind: "counters" as const, text })),
    ...isolation(play).map((text) => ({ kind: "isolation" as const, text })),
    ...secrets(play).map((text) => ({ kind: "secrets" as const, text })),
  ];
}

/** Every number from 1 on is one delivery, and receivers were told the same. */
function sequences(play: Play, read: ReadBack): string[] {
  return livingEndpoints(play).flatMap(([endpoint]) => {
    const rows = read.deliveries.get(endpoint.id) ?? [];
    const seen = seenAt(endpoint, play.service.receivers.arrivals);
    const numbered = [...rows.map(({ event_id, sequence }) => ({ event: event_id, sequence }))];
    for (const { event, sequence } of seen) numbered.push({ event, sequence: sequence ?? 0 });
    const twice = new Set(rows.map(({ sequence }) => sequence)).size < rows.length;
    return [
      ...gaps(rows.map(({ sequence }) => sequence)),
      ...sharedSequences(numbered),
      ...(twice ? ["a sequence is on record twice"] : []),
    ].map((text) => `endpoint ${endpoint.number}: ${text}`);
  });
}

function counters(play: Play, read: ReadBack): string[] {
  const found: string[] = [];
  for (const [endpoint] of livingEndpoints(play)) {
    const rows = read.deliveries.get(endpoint.id) ?? [];
    const stats = read.stats.get(endpoint.id) ?? {};
    const wasAlarmLost = play.service.faults.reached.has("alarm of an endpoint lost");
    const unstoredMs = wasAlarmLost ? UNSTORED_WITHOUT_ALARM_MS : UNSTORED_MS;
    const start = play.service.world.now - play.service.world.elapsedMs;
    const ends = endsOf(play.service.endpoints.slots.get(endpoint.id));
    const mayBeUncounted = ({ completed_at }: { completed_at: string | null }) =>
      endedSoon(Date.parse(completed_at ?? "") - start, ends, unstoredMs);
    for (const status of ["delivered", "dead", "canceled"] as const) {
      const ended = rows.filter((row) => row.status === status);
      const least = play.plan.actions.some(({ kind }) => kind === "clock")
        ? 0
        : ended.filter((row) => !mayBeUncounted(row)).length;
      const counted = stats[status] ?? 0;
      if (counted < least || counted > ended.length)
        found.push(`endpoint ${endpoint.number}: ${counted} counted as ${status}, of ${ended.length}`);
    }
    if (stats.pending !== 0) found.push(`endpoint ${endpoint.number}: ${stats.pending} counted as pending`);
    found.push(...missedCounts(play, read, endpoint, stats.missed ?? 0));
  }
  return found;
}

/** Only in calm weather is it known of each publication whether it was accepted, and how often. */
function missedCounts(play: Play, read: ReadBack, endpoint: PlayedEndpoint, counted: number): string[] {
  const publications = [...play.publications.values()];
  if (!play.plan.isCalm || publications.some(({ isUncertain }) => isUncertain)) return [];
  const missed = publications.filter(({ ids }) =>
    [...ids].some((id) => read.fates.get(id)?.missed.includes(endpoint.id)),
  );
  // The upgrade of a released version ends the log, with what it counted and did not store yet.
  const ends = endsOf(play.service.logs.slots.get(endpoint.workspace));
  const stored = missed.filter(({ acceptedAt }) => !endedSoon(acceptedAt ?? 0, ends, UNSTORED_MS));
  return counted < stored.length || counted > missed.length
    ? [`endpoint ${endpoint.number}: ${counted} counted as missed, of ${missed.length}`]
    : [];
}

/** When an object's memory was lost, milliseconds after the start. */
function endsOf(slot: Slot | undefined): number[] {
  return [...(slot?.resets ?? []), ...(slot?.evictions ?? [])];
}

/** Whether an object ended so soon after a time that what it counted then may not have been stored. */
function endedSoon(at: number, ends: readonly number[], unstoredMs: number): boolean {
  return ends.some((end) => at <= end && end - at <= unstoredMs);
}

/** A receiver gets events of its own workspace, signed with a secret of its own endpoint. */
function isolation(play: Play): string[] {
  const found: string[] = [];
  const owners = new Map<string, PlayedEndpoint>(play.all.map((endpoint) => [endpoint.id, endpoint]));
  if (play.otherEndpoint) owners.set(play.otherEndpoint.id, play.otherEndpoint);
  for (const { askedAt, endpoint, n, eventId, body, headers } of play.service.receivers.arrivals) {
    const owner = owners.get(endpoint);
    if (!owner) continue;
    const publication = n === null ? undefined : play.publications.get(n);
    if (publication && publication.workspace !== owner.workspace)
      found.push(`event ${n} of another workspace came to endpoint ${owner.number}`);
    if (publication && eventId !== null && !publication.isUncertain && !publication.ids.has(eventId))
      found.push(`event ${n} came as ${eventId}, which its publisher was never told`);
    const signed = owner.secrets.filter(({ secret }) => isSigned(headers, body, secret));
    if (owner.secrets.length > 0 && signed.length === 0)
      found.push(`event ${n} at endpoint ${owner.number} was signed with no secret of it`);
    // A rotation's secret before is good for another day: two are sure to sign, once it was answered.
    const sure = owner.secrets.filter(({ since }) => since < askedAt).slice(-2);
    if (owner.secrets.length > 0 && sure.some((one) => !signed.includes(one)))
      found.push(`event ${n} at endpoint ${owner.number} was not signed with each secret that is good`);
    const told = JSON.stringify(headers);
    if (
      /(?:header|bearer)-secret(?:-\d+)?-of-(\d)/.exec(told)?.[1] !== String(owner.number % 9) &&
      owner.workspace === play.main.id &&
      !owner.hasNoSequence
    )
      found.push(`endpoint ${owner.number} was sent the secrets of another: ${told}`);
  }
  return found;
}

/** Whether a secret signed a request, of the native or the standard contract. */
export function isSigned(headers: Record<string, string>, body: string, secret: string): boolean {
  const native = headers["Atlas-Signature"];
  if (native !== undefined) {
    const timestamp = /t=(\d+)/.exec(native)?.[1];
    return native.includes(createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex"));
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return (headers["webhook-signature"] ?? "").includes(
    createHmac("sha256", key).update(content).digest("base64"),
  );
}

/** Secrets and keys are readable nowhere: on no disk, in no database, archive or log line. */
function secrets(play: Play): string[] {
  const { archive, database, endpoints, logLines, logs } = play.service;
  const places: [string, string][] = [
    ["D1", database.dump()],
    ["R2", archive.dump()],
    ["the log lines", logLines.join("\n")],
    ...[...logs.slots.values()].map(({ name, disk }): [string, string] => [`log ${name}`, disk.dump()]),
    ...[...endpoints.slots.values()].map(({ name, disk }): [string, string] => [
      `endpoint ${name}`,
      disk.dump(),
    ]),
  ];
  const hidden = [
    ...["header-secret", "bearer-secret", ADMIN_TOKEN, play.main.key, play.other.key],
    ...play.all.flatMap((endpoint) => endpoint.secrets.map(({ secret }) => secret)),
  ].filter((secret) => secret !== "");
  return places.flatMap(([place, text]) =>
    hidden
      .filter((secret) => text.includes(secret))
      .map((secret) => `${place} holds ${secret.slice(0, 16)}…`),
  );
}
