import type { JsonTape } from "../domain/json-tape.ts";
import type { FieldError } from "../errors.ts";
import { MAX_ERRORS, pathText } from "./field-errors.ts";

const OPEN_BRACKET = "[".charCodeAt(0);

/** Where a value lies: a list of its own for each of a hundred thousand values would cost more than reading them. */
interface Place {
  parent: Place | null;
  part: PropertyKey;
}

/**
 * The keys that occur twice in an object, in whatever lies in a value of a tape. JSON.parse keeps the last of two, another reader the
 * first: whoever wrote both may have meant either.
 * @param path where the value lies in the body
 */
export function repeatedKeys(tape: JsonTape, index: number, path: readonly PropertyKey[] = []): FieldError[] {
  const errors: FieldError[] = [];
  const note = (place: Place) => {
    if (errors.length < MAX_ERRORS)
      errors.push({ path: pathText([...path, ...partsOf(place)]), message: "must not occur twice" });
  };
  look(tape, index, null, note);
  return errors;
}

function look(tape: JsonTape, index: number, place: Place | null, note: (place: Place) => void): void {
  if (tape.isObject(index)) lookAtMembers(tape, index, place, note);
  else if (tape.first(index) === OPEN_BRACKET) {
    const end = tape.next(index);
    for (let at = index + 1, n = 0; at < end; at = tape.next(at), n++)
      look(tape, at, { parent: place, part: n }, note);
  }
}

function lookAtMembers(
  tape: JsonTape,
  index: number,
  place: Place | null,
  note: (place: Place) => void,
): void {
  /** By key: whether it was told. */
  const seen = new Map<string, boolean>();
  const end = tape.next(index);
  for (let at = index + 1; at < end; at = tape.next(at + 1)) {
    const key = tape.string(at);
    const member = { parent: place, part: key };
    if (seen.get(key) === false) note(member);
    seen.set(key, seen.has(key));
    look(tape, at + 1, member, note);
  }
}

function partsOf(place: Place): PropertyKey[] {
  const parts: PropertyKey[] = [];
  for (let at: Place | null = place; at !== null; at = at.parent) parts.unshift(at.part);
  return parts;
}
