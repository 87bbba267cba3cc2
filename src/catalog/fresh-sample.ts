import { type Chance, randomUuid } from "../domain/surroundings.ts";
import type { JsonObject, JsonValue } from "./shape.ts";

/**
 * The members of `data` that receivers deduplicate by, at its top: an event's own id (atomic, support), a call's, a
 * message's (voice); in the spelling of the contracts and in that of Python's and Ruby's.
 */
const IDENTITIES = ["id", "callId", "messageId", "eventId", "call_id", "message_id", "event_id"];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What stands before the part of an id that tells one from the other: `call_`. */
const PREFIX = /^(?:.*[_:./-])?/s;

/** A sample with an identity of its own: a receiver that saw the sample before must not take it for a repetition. */
export function freshSample(sample: JsonObject, chance: Chance): JsonObject {
  const entries = Object.entries(sample).map(([name, value]): [string, JsonValue] => [
    name,
    IDENTITIES.includes(name) ? freshLike(value, chance) : value,
  ]);
  return Object.fromEntries(entries);
}

/** An id of the same kind that nobody had: a UUID, a number, or a text with the same prefix. */
function freshLike(value: JsonValue, chance: Chance): JsonValue {
  if (Number.isInteger(value)) return chance.secretNumbers(1)[0] ?? 0;
  if (typeof value !== "string") return value;
  const uuid = randomUuid(chance);
  if (UUID.test(value)) return uuid;
  return `${PREFIX.exec(value)?.[0] ?? ""}${uuid.replaceAll("-", "").slice(0, 16)}`;
}
