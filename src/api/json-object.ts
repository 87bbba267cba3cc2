import { deeperThan, MAX_DEPTH } from "../domain/nesting.ts";
import { type FieldError, invalid } from "../errors.ts";
import { parseJson, pathText } from "./body.ts";

/**
 * The parsed text of a body, which every route takes as an object. Throws 400 for what is no JSON, 422 for another
 * value and for one that is nested too deep: one limit for every field of every body, known or not.
 * @param envelope levels around what the limit is for: a field lies one below the body, a preview's event two
 */
export function parseObject(text: string, envelope = 1): object {
  const read = readObject(text, [], envelope);
  if ("problem" in read) throw invalid([read.problem]);
  return read.value;
}

/** The same for a text that lies at `path` in a body, without throwing 422. */
export function readObject(
  text: string,
  path: readonly PropertyKey[],
  envelope = 1,
): { value: object } | { problem: FieldError } {
  // Before anything else: what walks a parsed value would run out of stack.
  const tooDeep = deeperThan(text, MAX_DEPTH + envelope);
  if (tooDeep !== null) {
    const place = tooDeep.member === null ? path : [...path, tooDeep.member];
    const message = `must not be nested deeper than ${MAX_DEPTH} levels`;
    return { problem: { path: pathText(place), message } };
  }
  const value = parseJson(text, path);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value };
  const what = path.length === 0 ? "the body " : "";
  return { problem: { path: pathText(path), message: `${what}must be a JSON object` } };
}
