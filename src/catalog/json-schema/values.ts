import type { JsonTape } from "../../domain/json-tape.ts";
import { TYPE_BITS } from "./rules.ts";

/* What problems say of values: their types by name, and themselves as they are written. */

/** A message shows a value up to this length. */
const MAX_SHOWN = 60;

/** A value's type by the code of its first character; others begin numbers. */
const TYPE_OF_FIRST: (number | undefined)[] = [];
for (const [first, type] of Object.entries({
  "{": TYPE_BITS.object,
  "[": TYPE_BITS.array,
  '"': TYPE_BITS.string,
  t: TYPE_BITS.boolean,
  f: TYPE_BITS.boolean,
  n: TYPE_BITS.null,
})) {
  TYPE_OF_FIRST[first.charCodeAt(0)] = type;
}

/** The value's type as a bit; a number is only ever `number` here. */
export function typeOf(tape: JsonTape, at: number): number {
  return TYPE_OF_FIRST[tape.first(at)] ?? TYPE_BITS.number;
}

/** The types of a set by name: `string or null`. */
export function namesOf(types: number): string {
  const names = Object.entries(TYPE_BITS).filter(([, bit]) => (types & bit) !== 0);
  return names.map(([name]) => name).join(" or ");
}

/** The value in a message: as it is written, so that numbers keep their digits. */
export function shown(tape: JsonTape, at: number): string {
  const type = typeOf(tape, at);
  if (type === TYPE_BITS.object) return "an object";
  if (type === TYPE_BITS.array) return "an array";
  const [start, end] = [tape.start(at), tape.end(at)];
  return end - start <= MAX_SHOWN ? tape.raw(at) : `${tape.text.slice(start, start + MAX_SHOWN)}…`;
}

export function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
