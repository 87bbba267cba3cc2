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

function randomBase32(digits: number): string {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(digits))) text += ALPHABET.charAt(byte % 32);
  return text;
}

/** A new ULID at `nowMs`, random after its time. */
export function ulid(nowMs: number): string {
  return base32(nowMs, 10) + randomBase32(16);
}

/**
 * The id the server gives to the event at a position: a ULID whose first two random characters hold the
 * position's counter, so that the id alone tells where its event lies and ids sort in accept order.
 */
export function eventIdAt(position: number): string {
  return `evt_${base32(acceptedAt(position), 10)}${base32(position % POSITIONS_PER_MS, 2)}${randomBase32(14)}`;
}

/** Whether a text has the form of an event id: `evt_` + ULID. */
export function isEventId(text: string): boolean {
  return EVENT_ID.test(text);
}

/** The time in an event id, Unix milliseconds. */
export function eventIdTime(id: string): number {
  return fromBase32(id.slice(4, 14));
}

/** Where an event with this id lies if the server made the id. A publisher's own id gives a place that holds another event, or none. */
export function positionOfEventId(id: string): number {
  return positionAt(eventIdTime(id)) + fromBase32(id.slice(14, 16));
}

/** `ws_`, `ep_`, `key_`, … + ULID. */
export function newId(prefix: string, nowMs: number): string {
  return `${prefix}_${ulid(nowMs)}`;
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
