import { lowerAscii, upperAscii } from "./ascii-case.ts";
import { inRange } from "./operators.ts";
import { type Run, TOO_COSTLY } from "./run.ts";
import { Failure, isDictionary, isList, mismatch, type Result, type Value } from "./values.ts";

/** A function of CEL. As a method, its first argument is what stands before the dot. */
interface CelFunction {
  /** How many arguments it takes, the receiver included. */
  arity: 1 | 2;
  /** `size(x)`, `x.size()`, or both. */
  form: "call" | "method" | "both";
  isCondition: boolean;
  apply(run: Run, first: Value, second: Value): Result;
}

/** RFC 3339. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Reading a time takes as long as ten operations. */
const CONVERSION_STEPS = 10;

/** Longer ones are no numbers that CEL knows. */
const MAX_NUMBER_LENGTH = 64;

/**
 * The functions that a filter may use: those of CEL that need no regular expression and no clock. `matches` is left
 * out because a JavaScript regular expression can hang on hostile input.
 */
export const functions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ["size", { arity: 1, form: "both", isCondition: false, apply: (run, value) => size(value, run) }],
  ["contains", text("contains", (all, part, run) => within(all, part, run) && all.includes(part))],
  [
    "startsWith",
    text("startsWith", (all, part, run) => run.spendCharacters(part.length) && all.startsWith(part)),
  ],
  ["endsWith", text("endsWith", (all, part, run) => run.spendCharacters(part.length) && all.endsWith(part))],
  ["lowerAscii", textToText("lowerAscii", lowerAscii)],
  ["upperAscii", textToText("upperAscii", upperAscii)],
  ["trim", textToText("trim", (all) => all.trim())],
  ["int", conversion(toInt)],
  ["double", conversion(toDouble)],
  ["string", conversion(toText)],
  ["bool", { ...conversion(toBool), isCondition: true }],
  ["timestamp", conversion(toTimestamp)],
  ["dyn", { ...conversion((value) => value), isCondition: true }],
]);

function text(name: string, holds: (all: string, part: string, run: Run) => boolean): CelFunction {
  return {
    arity: 2,
    form: "method",
    isCondition: true,
    apply: (run, all, part) =>
      typeof all === "string" && typeof part === "string" ? holds(all, part, run) : mismatch(name, all, part),
  };
}

function textToText(name: string, change: (all: string) => string): CelFunction {
  return {
    arity: 1,
    form: "method",
    isCondition: false,
    apply: (run, all) => {
      if (typeof all !== "string") return mismatch(name, all);
      return run.spendCharacters(4 * all.length) ? change(all) : TOO_COSTLY;
    },
  };
}

function conversion(convert: (value: Value) => Result): CelFunction {
  return {
    arity: 1,
    form: "call",
    isCondition: false,
    apply: (run, value) => (run.spend(CONVERSION_STEPS) ? convert(value) : TOO_COSTLY),
  };
}

/** V8's search is linear for a short part only; for a long one it may look at each character of it again and again. */
function within(all: string, part: string, run: Run): boolean {
  return run.spendCharacters(part.length <= 250 ? 3 * all.length : all.length * part.length);
}

/** Characters (code points) of a text, elements of a list, keys of a map. */
function size(value: Value, run: Run): Result {
  if (isList(value)) return BigInt(value.length);
  if (isDictionary(value)) return BigInt(value.size);
  if (typeof value !== "string") return mismatch("size", value);
  if (!run.spendCharacters(8 * value.length)) return TOO_COSTLY;
  let characters = 0;
  for (const _ of value) characters++;
  return BigInt(characters);
}

function toInt(value: Value): Result {
  if (typeof value === "bigint") return inRange(value);
  if (typeof value === "number") {
    return Number.isFinite(value) ? inRange(BigInt(Math.trunc(value))) : new Failure("integer overflow");
  }
  if (typeof value === "string" && value.length <= MAX_NUMBER_LENGTH && /^[+-]?\d+$/.test(value)) {
    return inRange(BigInt(value.replace("+", "")));
  }
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1000));
  return inconvertible("int", value);
}

function toDouble(value: Value): Result {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" && value.length <= MAX_NUMBER_LENGTH && /^[+-]?[\d.]/.test(value)) {
    const number = Number(value);
    if (!Number.isNaN(number) && !/[xob]/i.test(value)) return number;
  }
  return inconvertible("double", value);
}

function toText(value: Value): Result {
  if (value === null || typeof value === "object") {
    return value instanceof Date ? value.toISOString() : inconvertible("string", value);
  }
  return String(value);
}

function toBool(value: Value): Result {
  if (typeof value === "boolean") return value;
  if (value === "true") return true;
  return value === "false" ? false : inconvertible("bool", value);
}

function toTimestamp(value: Value): Result {
  if (value instanceof Date) return value;
  const time =
    typeof value === "bigint"
      ? new Date(Number(value) * 1000)
      : typeof value === "string" && value.length <= 35 && TIMESTAMP.test(value)
        ? new Date(value)
        : null;
  return time === null || Number.isNaN(time.getTime()) ? inconvertible("timestamp", value) : time;
}

function inconvertible(name: string, value: Value): Failure {
  return typeof value === "string"
    ? new Failure(`${name}() cannot convert this string`)
    : mismatch(`${name}()`, value);
}
