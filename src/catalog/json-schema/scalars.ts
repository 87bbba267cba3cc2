import type { JsonTape } from "../../domain/json-tape.ts";
import type { Budget } from "./budget.ts";
import { isOfFormat, maxLengthOf } from "./formats.ts";
import { isInteger, isMultiple, SAFE_LENGTH, worthOf } from "./numbers.ts";
import { type NumberRules, type Rules, type StringRules, TYPE_BITS } from "./rules.ts";
import { shortened, shown } from "./values.ts";

/* The rules of numbers and strings. A problem is a message that is written only where it is told. */

/** To read a number and hold it against its bounds. */
const NUMBER_STEPS = 3;

/** Arithmetic with all digits of a number. */
const EXACT_STEPS = 50;

type Message = () => string;

/** Whether a value, of a type, is of one of some types: 1.0 is an integer. */
export function isOfType(types: number, type: number, tape: JsonTape, at: number, budget: Budget): boolean {
  if ((types & type) !== 0) return true;
  if (type !== TYPE_BITS.number || (types & TYPE_BITS.integer) === 0) return false;
  const literal = tape.raw(at);
  budget.spendCharacters(literal.length);
  return isInteger(literal);
}

/** What keeps a number or string from its rules; null = nothing, and for values of other types. */
export function scalarProblem(
  rules: Rules,
  type: number,
  tape: JsonTape,
  at: number,
  budget: Budget,
): Message | null {
  if (type === TYPE_BITS.number && rules.number !== null)
    return numberProblem(rules.number, tape.raw(at), budget);
  if (type === TYPE_BITS.string && rules.string !== null)
    return stringProblem(rules.string, tape, at, budget);
  return null;
}

function numberProblem(rules: NumberRules, literal: string, budget: Budget): Message | null {
  budget.spend(NUMBER_STEPS);
  budget.spendCharacters(literal.length);
  if (literal.length > SAFE_LENGTH) budget.spend(EXACT_STEPS);
  const { minimum, maximum, above, below, multipleOf } = rules;
  const fails = (message: string) => () => `must be ${message}, not ${shortened(literal)}`;
  const value = worthOf(literal);
  if (value < minimum) return fails(`at least ${minimum}`);
  if (value > maximum) return fails(`at most ${maximum}`);
  if (above !== null && value <= above) return fails(`above ${above}`);
  if (below !== null && value >= below) return fails(`below ${below}`);
  if (multipleOf === null) return null;
  budget.spend(EXACT_STEPS);
  return isMultiple(literal, multipleOf) ? null : fails(`a multiple of ${multipleOf}`);
}

function stringProblem(
  { minLength, maxLength, format }: StringRules,
  tape: JsonTape,
  at: number,
  budget: Budget,
): Message | null {
  const written = tape.end(at) - tape.start(at) - 2;
  if (minLength > 0 || maxLength < written) {
    budget.spend(written);
    const length = lengthOf(tape.string(at));
    if (length < minLength) return () => `must have at least ${minLength} characters, and has ${length}`;
    if (length > maxLength) return () => `must not have more than ${maxLength} characters, and has ${length}`;
  }
  if (format === null) return null;
  // An escape is six characters for one at most.
  const isShort = written <= 6 * maxLengthOf(format);
  if (isShort) budget.spend(written);
  if (isShort && isOfFormat(tape.string(at), format)) return null;
  return () => `must be of the format ${format}, not ${shown(tape, at)}`;
}

/** Characters (code points) of a text. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
