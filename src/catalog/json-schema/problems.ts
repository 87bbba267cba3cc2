import type { JsonObject } from "../shape.ts";
import { KEYWORDS, type Kind, REFUSED } from "./keywords.ts";
import { widthOf } from "./width.ts";

/*
 * Which JSON Schemas (2020-12) a workspace may give its event types. A schema is somebody's program that runs at each
 * publish: what could take unbounded time is refused when it is set. What an event costs is bounded besides (index.ts).
 */

/** Longer than any schema written by hand, short enough to keep a workspace's schemas in memory. */
const MAX_SCHEMA_CHARACTERS = 32 * 1024;

/** Keywords and names one within another: about 32 levels of data. */
const MAX_PATH = 64;

/** Subschemas, each reference counted as what it stands for: references to references grow exponentially. */
const MAX_SUBSCHEMAS = 500;

/** Subschemas for one and the same value: what is wider would run out of steps on events that are not large at all. */
const MAX_WIDTH = 32;

const LOCAL_REFERENCE = /^#\/\$defs\/([\w.-]+)$/;

/** What is wrong with a schema, and where in it: `properties.value.pattern`. */
export interface SchemaProblem {
  path: (string | number)[];
  message: string;
}

/** What keeps a value from being a schema that is taken here; empty = nothing. At most 100 are listed. */
export function schemaProblems(value: unknown): SchemaProblem[] {
  if (!isObject(value)) return [{ path: [], message: "must be a JSON Schema object" }];
  if (JSON.stringify(value).length > MAX_SCHEMA_CHARACTERS) {
    return [{ path: [], message: `must not be longer than ${MAX_SCHEMA_CHARACTERS} characters` }];
  }
  const walk = new Walk(isObject(value.$defs) ? value.$defs : {});
  walk.checkSchema(value, []);
  if (walk.problems.length === 0 && widthOf(value) > MAX_WIDTH) {
    return [{ path: [], message: `must not apply more than ${MAX_WIDTH} subschemas to one value` }];
  }
  return walk.problems.slice(0, 100);
}

class Walk {
  readonly problems: SchemaProblem[] = [];
  readonly #definitions: JsonObject;
  /** Definitions that are being looked at: one that comes up again refers to itself. */
  readonly #open = new Set<string>();
  #subschemas = 0;

  constructor(definitions: JsonObject) {
    this.#definitions = definitions;
  }

  checkSchema(value: unknown, path: (string | number)[]): void {
    if (typeof value === "boolean") return;
    if (!isObject(value)) {
      this.#report(path, "must be a schema: an object or a boolean");
      return;
    }
    // Once too large it is refused as a whole: there is no reason to look further.
    if (++this.#subschemas > MAX_SUBSCHEMAS || path.length > MAX_PATH) {
      this.#reportTooLarge();
      return;
    }
    for (const [keyword, operand] of Object.entries(value)) {
      if (keyword === "$ref") this.#checkReference(operand, [...path, keyword]);
      else this.#checkKeyword(keyword, operand, [...path, keyword]);
    }
  }

  #checkKeyword(keyword: string, operand: unknown, path: (string | number)[]): void {
    const kind = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (kind === undefined) {
      this.#report(path, REFUSED[keyword] ?? "is not a keyword that is checked here");
    } else if (typeof kind === "function") {
      const message = kind(operand);
      if (message !== null) this.#report(path, message);
    } else if (kind === "schema") {
      this.checkSchema(operand, path);
    } else if (kind === "schemas") {
      if (!Array.isArray(operand) || operand.length === 0) this.#report(path, "must be a list of schemas");
      else for (const [index, one] of operand.entries()) this.checkSchema(one, [...path, index]);
    } else if (kind === "named schemas") {
      if (!isObject(operand)) this.#report(path, "must be an object of schemas");
      else for (const [name, one] of Object.entries(operand)) this.checkSchema(one, [...path, name]);
    } else {
      this.#checkPlain(kind, operand, path);
    }
  }

  #checkPlain(kind: Kind, operand: unknown, path: (string | number)[]): void {
    const isRight =
      kind === "annotation" ||
      (kind === "number" && Number.isFinite(operand)) ||
      (kind === "count" && Number.isSafeInteger(operand) && (operand as number) >= 0) ||
      (kind === "names" && isNames(operand)) ||
      (kind === "named names" && isObject(operand) && Object.values(operand).every(isNames));
    if (!isRight) this.#report(path, EXPECTED[kind as keyof typeof EXPECTED]);
  }

  #checkReference(operand: unknown, path: (string | number)[]): void {
    const name = typeof operand === "string" ? LOCAL_REFERENCE.exec(operand)?.[1] : undefined;
    if (name === undefined || !Object.hasOwn(this.#definitions, name)) {
      this.#report(path, "must name one of the schema's own definitions: #/$defs/<name>");
      return;
    }
    if (this.#open.has(name)) {
      this.#report(path, "must not lead back to itself");
      return;
    }
    this.#open.add(name);
    this.checkSchema(this.#definitions[name], path);
    this.#open.delete(name);
  }

  #reportTooLarge(): void {
    const message = `must not have more than ${MAX_SUBSCHEMAS} subschemas, or lie ${MAX_PATH} deep`;
    if (!this.problems.some((problem) => problem.message === message)) this.#report([], message);
  }

  #report(path: (string | number)[], message: string): void {
    if (this.problems.length < 100) this.problems.push({ path, message });
  }
}

const EXPECTED = {
  number: "must be a number",
  count: "must be a whole number from 0",
  names: "must be a list of names",
  "named names": "must be an object of lists of names",
};

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
