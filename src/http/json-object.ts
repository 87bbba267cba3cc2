import { pathText } from "../contract/field-errors.ts";
import { repeatedKeys } from "../contract/repeated-keys.ts";
import { type JsonTape, readTape } from "../domain/json-tape.ts";
import { deeperThan, MAX_DEPTH } from "../domain/nesting.ts";
import { memberNamed } from "../domain/raw-json.ts";
import { ApiError, type FieldError, invalid } from "../errors.ts";
import { parseJson } from "./body.ts";

/**
 * The parsed text of a body, which every route takes as an object. Throws 400 for what is no JSON, 422 for another
 * value, for one that is nested too deep (one limit for every field of every body, known or not), and for a key that occurs twice.
 * @param event the member that is an event, whose fields lie one level deeper and are judged where it is read; absent = none is
 */
export function parseObject(text: string, event?: string): object {
  const tooDeep = depthProblem(text, [], event === undefined ? 1 : 2);
  if (tooDeep !== null) throw invalid([tooDeep]);
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid([{ path: "", message: "the body must be a JSON object" }]);
  const tape = readTape(event === undefined ? text : without(text, event));
  const repeated = tape === null ? [] : repeatedKeys(tape, 0);
  if (repeated.length > 0) throw invalid(repeated);
  return value;
}

/** An object's text with a number in the place of a member's value. */
function without(text: string, name: string): string {
  const member = memberNamed(text, name);
  return member === null ? text : `${text.slice(0, member.start)}0${text.slice(member.end)}`;
}

/** Reads a JSON object as a tape, for a text that lies at `path` in a body: without values, and without throwing 422. */
export function readTapeOf(
  text: string,
  path: readonly PropertyKey[],
): { tape: JsonTape } | { problem: FieldError } {
  const problem = depthProblem(text, path, 1);
  if (problem !== null) return { problem };
  const tape = readTape(text);
  if (tape === null) throw notReadable(text, path);
  if (tape.isObject(0)) return { tape };
  const what = path.length === 0 ? "the body " : "";
  return { problem: { path: pathText(path), message: `${what}must be a JSON object` } };
}

/** Found before anything else: what walks a parsed value would run out of stack. */
function depthProblem(text: string, path: readonly PropertyKey[], envelope: number): FieldError | null {
  const tooDeep = deeperThan(text, MAX_DEPTH + envelope);
  if (tooDeep === null) return null;
  const place = tooDeep.member === null ? path : [...path, tooDeep.member];
  return { path: pathText(place), message: `must not be nested deeper than ${MAX_DEPTH} levels` };
}

/** Longer texts are not parsed once more to say where they break. */
const MAX_EXPLAINED_CHARACTERS = 64 * 1024;

function notReadable(text: string, path: readonly PropertyKey[]): ApiError {
  if (text.length <= MAX_EXPLAINED_CHARACTERS) parseJson(text, path);
  return new ApiError(
    "invalid_json",
    `${path.length === 0 ? "The body" : pathText(path)} is not readable JSON.`,
  );
}
