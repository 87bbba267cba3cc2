import { JURISDICTIONS, type Jurisdiction } from "./location.ts";
import { type Chance, secretBytes } from "./surroundings.ts";

/** Crockford's base32, the alphabet of ULIDs. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGIT = new Map([...ALPHABET].map((character, value) => [character, value]));

/**
 * Positions per millisecond. A position is an event's place in its log: accept time in milliseconds × 1024 + a
 * counter. It orders events, tells when one was accepted and fits a JavaScript integer until the year 2248.
 */
export const POSITIONS_PER_MS = 1024;

const EVENT_ID = /^evt_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The first position of a millisecond. */
export function positionAt(timeMs: number): number {
  return timeMs * POSITIONS_PER_MS;
}

/** When the event at this position was accepted, in Unix milliseconds. */
export function acceptedAt(position: number): number {
  return Math.floor(position / POSITIONS_PER_MS);
}

/** The position after `last` at time `nowMs`; never goes back, whatever the clock does. */
export function nextPosition(last: number, nowMs: number): number {
  return Math.max(last + 1, positionAt(nowMs));
}

function base32(value: number, digits: number): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < digits; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function fromBase32(text: string): number {
  let value = 0;
  for (const character of text) value = value * 32 + (DIGIT.get(character) ?? Number.NaN);
  return value;
}

function randomBase32(digits: number, chance: Chance): string {
  let text = "";
  for (const byte of secretBytes(chance, digits)) text += ALPHABET.charAt(byte % 32);
  return text;
}

/** A new ULID at `nowMs`, random after its time. */
export function ulid(nowMs: number, chance: Chance): string {
  return base32(nowMs, 10) + randomBase32(16, chance);
}

/** Murmur3's finalizer: spreads every bit of a 32-bit integer over all of them. */
export function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Five base32 digits that only the holder of `seed` can tell from random ones. */
function scatter(position: number, seed: number): string {
  const low = position % 0x1_0000_0000;
  const high = Math.floor(position / 0x1_0000_0000);
  return base32(mix(mix(low ^ seed) + Math.imul(high, 0x9e3779b1) + seed) >>> 7, 5);
}

/** A log's own numbers, drawn once, that make its event ids unlike any other's: three 32-bit integers. */
export type IdSeed = readonly [number, number, number];

/**
 * The id the server gives to the event at a position: a ULID whose first two random characters hold the
 * position's counter. The rest follows from position and seed, so that an id alone tells where its event lies
 * and whether the server made it, without an index; ids sort in accept order.
 */
export function eventIdAt(position: number, [a, b, c]: IdSeed): string {
  const tail = scatter(position, a) + scatter(position, b) + scatter(position, c).slice(0, 4);
  return `evt_${base32(acceptedAt(position), 10)}${base32(position % POSITIONS_PER_MS, 2)}${tail}`;
}

/** Whether a text has the form of an event id: `evt_` + ULID. */
export function isEventId(text: string): boolean {
  return EVENT_ID.test(text);
}

/** The time in an event id, Unix milliseconds. */
export function eventIdTime(id: string): number {
  return fromBase32(id.slice(4, 14));
}

/** The lowest event id of a time: ids compare like their times. */
export function firstEventIdAt(timeMs: number): string {
  return firstIdAt("evt", timeMs);
}

/** The lowest id with this prefix that a time can have. */
export function firstIdAt(prefix: string, timeMs: number): string {
  return `${prefix}_${base32(Math.max(0, timeMs), 10)}`;
}

/** Where the event with this id lies if the server made the id; null for a publisher's own. */
export function positionOfEventId(id: string, seed: IdSeed): number | null {
  const position = positionAt(eventIdTime(id)) + fromBase32(id.slice(14, 16));
  return eventIdAt(position, seed) === id ? position : null;
}

/** `ws_`, `ep_`, `key_`, … + ULID. */
export function newId(prefix: string, nowMs: number, chance: Chance): string {
  return `${prefix}_${ulid(nowMs, chance)}`;
}

/**
 * The id of a workspace, or of one of its endpoints: one that is bound to a jurisdiction carries it at its end, as
 * `ws_…_eu`, so that whoever knows the id finds the object without asking anybody.
 */
export function idIn(
  jurisdiction: Jurisdiction | null,
  prefix: "ws" | "ep",
  nowMs: number,
  chance: Chance,
): string {
  const id = newId(prefix, nowMs, chance);
  return jurisdiction === null ? id : `${id}_${jurisdiction}`;
}

/** The jurisdiction that an id carries; null = none. */
export function jurisdictionOf(id: string): Jurisdiction | null {
  return JURISDICTIONS.find((jurisdiction) => id.endsWith(`_${jurisdiction}`)) ?? null;
}

/** The id of a delivery: 16 characters of its endpoint's id, then its sequence; found again without an index. */
export function deliveryId(endpointId: string, sequence: number): string {
  return `dlv_${endpointId.slice(-16)}${base32(sequence, 10)}`;
}

/** The sequence in a delivery's id, or null if the id is not one of this endpoint's. */
export function sequenceOfDeliveryId(endpointId: string, id: string): number | null {
  if (id.length !== 30 || !id.startsWith(`dlv_${endpointId.slice(-16)}`)) return null;
  const sequence = fromBase32(id.slice(20));
  return Number.isSafeInteger(sequence) ? sequence : null;
}
