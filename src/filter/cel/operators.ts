import type { BinaryOperator } from "@marcbachmann/cel-js";
import { type Run, TOO_COSTLY } from "./run.ts";
import { Failure, isDictionary, isList, mismatch, type Result, type Value } from "./values.ts";

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

type Operate = (left: Value, right: Value, run: Run) => Result;

/**
 * CEL's binary operators. Unlike in CEL, an integer and a decimal can be added, subtracted, multiplied and divided,
 * as doubles: a JSON amount is now 48000, now 48000.5.
 */
export const binaryOperators: Readonly<Record<BinaryOperator, Operate>> = {
  "==": (left, right, run) => equal(left, right, run),
  "!=": (left, right, run) => !equal(left, right, run),
  "<": (left, right, run) => ordered("<", left, right, run, (sign) => sign < 0),
  "<=": (left, right, run) => ordered("<=", left, right, run, (sign) => sign <= 0),
  ">": (left, right, run) => ordered(">", left, right, run, (sign) => sign > 0),
  ">=": (left, right, run) => ordered(">=", left, right, run, (sign) => sign >= 0),
  in: contains,
  "+": add,
  "-": (left, right) =>
    calculate(
      "-",
      left,
      right,
      (a, b) => a - b,
      (a, b) => a - b,
    ),
  "*": (left, right) =>
    calculate(
      "*",
      left,
      right,
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  "/": (left, right) =>
    right === 0n && typeof left === "bigint"
      ? new Failure("division by zero")
      : calculate(
          "/",
          left,
          right,
          (a, b) => a / b,
          (a, b) => a / b,
        ),
  "%": (left, right) => {
    if (typeof left !== "bigint" || typeof right !== "bigint") return mismatch("%", left, right);
    return right === 0n ? new Failure("modulo by zero") : left % right;
  },
};

export function negative(value: Value): Result {
  if (typeof value === "bigint") return inRange(-value);
  return typeof value === "number" ? -value : mismatch("-", value);
}

/** Whether two values are equal. Values of different types are not, but numbers compare by what they are worth. */
export function equal(left: Value, right: Value, run: Run): boolean {
  if (typeof left === "string" && typeof right === "string") {
    return left.length === right.length && run.spendCharacters(left.length) && left === right;
  }
  if (typeof left === "bigint" && typeof right === "number") return isWorth(right, left);
  if (typeof left === "number" && typeof right === "bigint") return isWorth(left, right);
  if (left === right) return true;
  if (left instanceof Date && right instanceof Date) return left.getTime() === right.getTime();
  if (isList(left) && isList(right)) {
    if (left.length !== right.length) return false;
    return left.every((element, i) => run.spend(1) && equal(element, right[i] as Value, run));
  }
  if (isDictionary(left) && isDictionary(right)) {
    if (left.size !== right.size) return false;
    for (const [key, value] of left) {
      const other = right.get(key);
      if (!run.spend(2) || other === undefined || !equal(value, other, run)) return false;
    }
    return true;
  }
  return false;
}

/** `element in list`, `key in map`. */
function contains(element: Value, collection: Value, run: Run): Result {
  if (isList(collection)) {
    for (const one of collection) {
      if (!run.spend(1)) return TOO_COSTLY;
      if (equal(element, one, run)) return true;
    }
    return false;
  }
  return isDictionary(collection) ? collection.has(element) : mismatch("in", element, collection);
}

/** Whether two values stand in the order that `holds` asks for, given the sign of their difference. */
function ordered(
  name: string,
  left: Value,
  right: Value,
  run: Run,
  holds: (sign: number) => boolean,
): Result {
  const isComparable =
    (isNumber(left) && isNumber(right)) ||
    (typeof left === "string" && typeof right === "string") ||
    (left instanceof Date && right instanceof Date) ||
    (typeof left === "boolean" && typeof right === "boolean");
  if (!isComparable) return mismatch(name, left, right);
  if (typeof left === "string" && !run.spendCharacters(left.length)) return TOO_COSTLY;
  const [a, b] = [left as number, right as number];
  return holds(a < b ? -1 : a > b ? 1 : 0);
}

function add(left: Value, right: Value, run: Run): Result {
  if (typeof left === "string" && typeof right === "string") {
    return run.spendCharacters(left.length + right.length) ? left + right : TOO_COSTLY;
  }
  if (isList(left) && isList(right)) {
    return run.spend(left.length + right.length) ? [...left, ...right] : TOO_COSTLY;
  }
  return calculate(
    "+",
    left,
    right,
    (a, b) => a + b,
    (a, b) => a + b,
  );
}

function calculate(
  name: string,
  left: Value,
  right: Value,
  ofIntegers: (a: bigint, b: bigint) => bigint,
  ofDoubles: (a: number, b: number) => number,
): Result {
  if (typeof left === "bigint" && typeof right === "bigint") return inRange(ofIntegers(left, right));
  return isNumber(left) && isNumber(right)
    ? ofDoubles(Number(left), Number(right))
    : mismatch(name, left, right);
}

/** CEL's integers have 64 bits; what is calculated must stay within them. */
export function inRange(value: bigint): Result {
  return value <= MAX_INT && value >= MIN_INT ? value : new Failure("integer overflow");
}

/** Whether a double is worth exactly this integer. */
function isWorth(double: number, integer: bigint): boolean {
  return Number.isInteger(double) && BigInt(double) === integer;
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}
