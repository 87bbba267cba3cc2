import type { Handed, PlayedEndpoint } from "../model.ts";
import { keyOfEvent } from "../order-by-key.ts";
import type { Play } from "../play.ts";
import type { DeliveryRow, ReadBack } from "./read-back.ts";
import { isSigned } from "./records.ts";
import type { Violation } from "./violation.ts";

/** Times are whole milliseconds in the service. */
const ROUNDING_MS = 2;

/**
 * What receivers fetched: nobody gets what another one has until it is given back or its lease has ended, an
 * acknowledgement ends a delivery for good, and nothing counts as delivered of which nobody said so.
 */
export function pulledViolations(play: Play, read: ReadBack): Violation[] {
  const found: Violation[] = [];
  for (const endpoint of play.all.filter(({ isPulled }) => isPulled)) {
    const add = (kind: Violation["kind"], texts: readonly string[]) =>
      found.push(...texts.map((text) => ({ kind, text: `endpoint ${endpoint.number}: ${text}` })));
    const handed = Map.groupBy(
      endpoint.handed.toSorted((a, b) => a.attempt - b.attempt),
      ({ sequence }) => sequence,
    );
    const rows = read.deliveries.get(endpoint.id) ?? [];
    add(
      "lost",
      rows.flatMap((row) => untrueEnd(endpoint, row, handed.get(row.sequence) ?? [])),
    );
    if (!play.plan.actions.some(({ kind }) => kind === "clock"))
      for (const attempts of handed.values()) add("limits", outTwice(endpoint, attempts));
    if (endpoint.isSurely("serialize", true)) add("order", overtaking(endpoint.handed));
    if (endpoint.isAlwaysByKey)
      for (const mine of Map.groupBy(endpoint.handed, ({ n }) => keyOfEvent(n)).values())
        add("order", overtaking(mine));
    add(
      "isolation",
      endpoint.handed.flatMap((one) => foreign(play, endpoint, one)),
    );
  }
  return found;
}

function untrueEnd(endpoint: PlayedEndpoint, row: DeliveryRow, handed: readonly Handed[]): string[] {
  const name = `sequence ${row.sequence}`;
  const isEnded = handed.some(({ said, endedAt }) => said?.isDone && endedAt !== null);
  if (isEnded && row.status !== "delivered") return [`${name} was acknowledged and is ${row.status}`];
  switch (row.status) {
    case "pending":
      return [`${name} is pending for ever`];
    case "delivered":
      return handed.some(({ said }) => said?.isDone)
        ? []
        : [`${name} counts as delivered, and nobody said so`];
    case "dead": {
      const schedules = endpoint.during("retry", 0, Number.POSITIVE_INFINITY);
      const fewest = Math.min(...schedules.map((retry) => (retry?.delays.length ?? 0) + 1));
      return row.attempt_count < fewest ? [`${name} is dead after ${row.attempt_count} attempts`] : [];
    }
    case "canceled":
      return endpoint.byHand.length > 0 ? [] : [`${name} was canceled by nobody`];
  }
}

/** Each of the times that one delivery was handed out, against the one before; an answer may come late, so by attempt. */
function outTwice(endpoint: PlayedEndpoint, attempts: readonly Handed[]): string[] {
  return attempts.flatMap((next, index) => {
    const before = attempts[index - 1];
    if (before === undefined) return [];
    const name = `sequence ${next.sequence}`;
    if (next.attempt === before.attempt) return [`attempt ${next.attempt} of ${name} was handed out twice`];
    if (before.said?.isDone && before.endedAt !== null && next.askedAt > before.endedAt)
      return [`${name} was handed out after it was acknowledged`];
    // What was handed out is given back when it is said to have failed, and at the latest when its lease ends.
    const backAt = Math.min(before.askedAt + before.leaseMs, before.said?.at ?? Number.POSITIVE_INFINITY);
    const delays = endpoint
      .during("retry", before.askedAt, next.handedAt)
      .map((retry) => (retry?.delays[before.attempt - 1] ?? 0) * 1000);
    const delayMs = endpoint.isUntouched(before.askedAt, next.handedAt) ? Math.min(...delays) : 0;
    return next.handedAt < backAt + delayMs - ROUNDING_MS
      ? [
          `${name} was handed out again ${Math.round(next.handedAt - before.askedAt)} ms after it was asked for`,
        ]
      : [];
  });
}

/** What was asked for after an event had come brings none that is before it. */
function overtaking(handed: readonly Handed[]): string[] {
  return handed.flatMap((next) => {
    const later = handed.find(
      ({ handedAt, sequence }) => handedAt < next.askedAt && sequence > next.sequence,
    );
    return later ? [`sequence ${next.sequence} was handed out after sequence ${later.sequence}`] : [];
  });
}

function foreign(play: Play, endpoint: PlayedEndpoint, { n, eventId, headers, body }: Handed): string[] {
  const publication = play.publications.get(n);
  const found: string[] = [];
  if (publication?.workspace !== endpoint.workspace) found.push(`event ${n} is of another workspace`);
  else if (!publication.isUncertain && !publication.ids.has(eventId))
    found.push(`event ${n} came as ${eventId}, which its publisher was never told`);
  if (!endpoint.secrets.some(({ secret }) => isSigned(headers, body, secret)))
    found.push(`event ${n} was signed with no secret of it`);
  return found;
}
