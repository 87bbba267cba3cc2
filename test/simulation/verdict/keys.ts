import { ofEachKey } from "../../promises/keys.ts";
import { orderViolations } from "../../promises/order.ts";
import { allowedRepeats, repeatsOf, tooManyRepeats } from "../../promises/repeats.ts";
import { gaps } from "../../promises/sequences.ts";
import type { PlayedEndpoint } from "../model.ts";
import { keyOfEvent, POISONED_KEY } from "../order-by-key.ts";
import type { Play } from "../play.ts";
import type { Arrival } from "../receiver.ts";
import { type DeliveryRow, livingEndpoints, type ReadBack } from "./read-back.ts";
import { overAt, seenAt } from "./seen.ts";
import type { Violation } from "./violation.ts";

/** In calm weather an event whose key is free is attempted that soon after its 202. */
const PROMPT_MS = 10_000;

/**
 * Order by key: the events of each key one after the other, numbered without a gap; a crash repeats one of each key; a key that
 * fails holds no other.
 */
export function keyViolations(play: Play, read: ReadBack): Violation[] {
  const found: Violation[] = [];
  const living = new Set(livingEndpoints(play).map(([endpoint]) => endpoint));
  for (const endpoint of play.all) {
    const add = (kind: Violation["kind"], texts: readonly string[]) =>
      found.push(...texts.map((text) => ({ kind, text: `endpoint ${endpoint.number}: ${text}` })));
    const arrivals = play.service.receivers.arrivals.filter(({ endpoint: id }) => id === endpoint.id);
    const rows = living.has(endpoint) ? (read.deliveries.get(endpoint.id) ?? []) : [];
    add("order", overtaking(endpoint, arrivals));
    if (endpoint.isAlwaysByKey) {
      add("sequences", numbers(play, rows));
      add("sequences", told(rows, arrivals));
      add("repeats", repeated(endpoint, arrivals));
      if (play.plan.isCalm && !endpoint.isPulled)
        add("liveness", heldByOthers(play, endpoint, rows, arrivals));
    } else {
      add("sequences", sharedNumbers(rows));
    }
  }
  return found;
}

/** While the order is by key for sure, the promise of an order holds for the events of each key. */
function overtaking(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  return endpoint.spansByKey.flatMap(({ from, to }) => {
    const within = arrivals.filter(({ askedAt, n }) => n !== null && askedAt >= from && askedAt < to);
    return ofEachKey(within, keyOfArrival, (mine) =>
      orderViolations(seenAt(endpoint, mine), { endsInSuccess: false, slackMs: 0 }),
    );
  });
}

const keyOfArrival = ({ n }: Arrival) => keyOfEvent(n ?? 0);

/** Each delivery has the key of its event, and the next number of that key. */
function numbers(play: Play, rows: readonly DeliveryRow[]): string[] {
  const events = new Map<string, number>();
  for (const { n, ids } of play.publications.values()) for (const id of ids) events.set(id, n);
  const wrong = rows.flatMap(({ event_id, sequence, key }) => {
    const n = events.get(event_id);
    return n === undefined || key === keyOfEvent(n) ? [] : [`sequence ${sequence} has the key "${key}"`];
  });
  const misnumbered = ofEachKey(
    rows,
    ({ key }) => key ?? "",
    (mine) => {
      const given = mine.map(({ key_sequence }) => key_sequence ?? 0);
      const isRising = given.every((number, i) => i === 0 || number > (given[i - 1] ?? 0));
      return [...gaps(given), ...(isRising ? [] : ["its numbers do not rise with the sequence"])];
    },
  );
  return [...wrong, ...misnumbered];
}

/** Receivers were told the numbers that are on record. */
function told(rows: readonly DeliveryRow[], arrivals: readonly Arrival[]): string[] {
  const bySequence = new Map(rows.map((row) => [row.sequence, row]));
  return arrivals.flatMap(({ sequence, headers }) => {
    const row = bySequence.get(sequence ?? 0);
    if (row === undefined) return [];
    const isTold =
      headers["Atlas-Key-Sequence"] === String(row.key_sequence) && (headers["Atlas-Key"] ?? "") === row.key;
    return isTold
      ? []
      : [`sequence ${sequence} was told as ${headers["Atlas-Key"]} ${headers["Atlas-Key-Sequence"]}`];
  });
}

/** A change of the order gives new numbers: none twice. */
function sharedNumbers(rows: readonly DeliveryRow[]): string[] {
  const numbered = rows
    .filter(({ key }) => key !== null)
    .map(({ key, key_sequence }) => `"${key}" ${key_sequence}`);
  return new Set(numbered).size === numbered.length ? [] : ["a number of a key is on record twice"];
}

function repeated(endpoint: PlayedEndpoint, arrivals: readonly Arrival[]): string[] {
  const ofEvents = arrivals.filter(({ n }) => n !== null);
  return ofEachKey(ofEvents, keyOfArrival, (mine) =>
    tooManyRepeats(
      repeatsOf(seenAt(endpoint, mine), ({ sequence }) => sequence ?? 0),
      allowedRepeats({ serialize: true, inFlight: 1 }),
    ),
  );
}

/** While a receiver refuses one key, the events of the others come at once, unless one of their own is before them. */
function heldByOthers(
  play: Play,
  endpoint: PlayedEndpoint,
  rows: readonly DeliveryRow[],
  arrivals: readonly Arrival[],
): string[] {
  const moods = play.plan.actions
    .filter((action) => action.kind === "mood" && action.endpoint === endpoint.number)
    .map((action) => ({ at: action.at, mood: action.kind === "mood" ? action.mood : "well" }));
  const start = play.service.world.now - play.service.world.elapsedMs;
  return [...play.publications.values()].flatMap(({ n, ids, acceptedAt }) => {
    if (acceptedAt === null || keyOfEvent(n) === POISONED_KEY) return [];
    const until = acceptedAt + PROMPT_MS;
    const { mood, at: moodAt } = moods.findLast(({ at }) => at <= acceptedAt) ?? { mood: "well", at: 0 };
    // One that began to drip before goes on with it, and may hold the only connection until its time is over.
    if (arrivals.some((one) => one.sentAt < moodAt && overAt(one) > acceptedAt)) return [];
    const isSteady = !moods.some(({ at }) => at > acceptedAt && at <= until);
    if (!(mood === "poisoned" || mood === "well") || !isSteady) return [];
    if (acceptedAt < endpoint.madeAt || !endpoint.isUntouched(acceptedAt - 60_000, until)) return [];
    if (!endpoint.isSurely("status", "enabled", acceptedAt - 60_000, until)) return [];
    const row = rows.find(({ event_id, replay_of }) => ids.has(event_id) && replay_of === null);
    if (row === undefined) return [];
    const isBehind = rows.some(
      ({ key, sequence, completed_at }) =>
        key === row.key &&
        sequence < row.sequence &&
        (completed_at === null || Date.parse(completed_at) - start > acceptedAt),
    );
    const came = arrivals.find(({ sequence }) => sequence === row.sequence);
    if (isBehind || (came !== undefined && came.sentAt <= until)) return [];
    return [`event ${n} of the key "${row.key}" was not attempted within ${PROMPT_MS} ms`];
  });
}
