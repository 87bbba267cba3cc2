import { z } from "@hono/zod-openapi";

/*
 * What is said of a field that does not fit its schema, where the schema does not say it itself: in words of ours, with
 * what to send instead. Read as a sentence behind the field's name: "timeout: must be at most 30".
 */

/** As JSON names its types, and as people do. */
const TYPES: Record<string, string> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

/** Choices beyond so many are not listed. */
const MAX_LISTED = 20;

type Issue = z.core.$ZodRawIssue;

z.config({ customError: (issue) => messageOf(issue) });

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, issue.input);
    case "too_big":
      return tooMuch(issue.origin, Number(issue.maximum), issue.inclusive !== false);
    case "too_small":
      return tooLittle(issue.origin, Number(issue.minimum), issue.inclusive !== false);
    case "invalid_value":
      return isAbsent(issue) ? `is required: ${oneOf(issue.values)}` : `must be ${oneOf(issue.values)}`;
    case "invalid_union":
      return noneOf(issue);
    case "unrecognized_keys":
      return `must not hold ${issue.keys.map(quoted).join(", ")}`;
    case "invalid_key":
      return "a key of it has the wrong form";
    case "invalid_element":
      return "an element of it has the wrong form";
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "regex" ? "has the wrong form" : `must have the form of ${issue.format}`;
    default:
      return "has the wrong form";
  }
}

function isAbsent({ input }: Issue): boolean {
  return input === undefined;
}

function wrongType(expected: string, input: unknown): string {
  const wanted = TYPES[expected] ?? expected;
  // What makes an optional field required does not say what it takes.
  if (input === undefined) return expected === "nonoptional" ? "is required" : `is required (${wanted})`;
  return `must be ${wanted}, not ${typeof input === "number" && !isNumber(expected) ? "a number" : typeOf(input)}`;
}

function isNumber(expected: string): boolean {
  return expected === "number" || expected === "int";
}

/** What it was instead; a number, where it is not the number that it must be. */
function typeOf(input: unknown): string {
  if (input === null) return "null";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "number") return Number.isInteger(input) ? "a number as large as that" : "a decimal";
  return TYPES[typeof input] ?? "that";
}

function tooMuch(origin: string, most: number, inclusive: boolean): string {
  if (origin === "string") return `must not be longer than ${count(most, "character")}`;
  if (origin === "array" || origin === "set") return `must not hold more than ${count(most, "item")}`;
  return inclusive ? `must be at most ${most}` : `must be less than ${most}`;
}

function tooLittle(origin: string, least: number, inclusive: boolean): string {
  if (origin === "string")
    return least === 1 ? "must not be empty" : `must have at least ${count(least, "character")}`;
  if (origin === "array" || origin === "set")
    return least === 1 ? "must not be empty: it needs an item" : `must hold at least ${count(least, "item")}`;
  return inclusive ? `must be at least ${least}` : `must be more than ${least}`;
}

/** None of several schemas took it: what each of them wants, or which one the field that tells them apart may name. */
function noneOf(issue: Issue & { code: "invalid_union" }): string {
  const { errors, options } = issue as { errors?: { message: string }[][]; options?: unknown[] };
  if (Array.isArray(options) && options.length > 0) return `must be ${oneOf(options)}`;
  const wants = (errors ?? []).flatMap(([first]) => (first ? [first.message.replace(/^must be /, "")] : []));
  return wants.length === 0 ? "has the wrong form" : `must be ${[...new Set(wants)].join(", or ")}`;
}

function oneOf(values: readonly unknown[]): string {
  const listed = values.slice(0, MAX_LISTED).map(quoted);
  if (values.length > MAX_LISTED) return `one of ${listed.join(", ")}, …`;
  return listed.length === 1 ? (listed[0] as string) : `one of ${listed.join(", ")}`;
}

function quoted(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
