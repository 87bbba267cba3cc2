import { type OutputUnit, Validator } from "@cfworker/json-schema";
import type { JsonObject } from "./shape.ts";

/** Where data does not fit its schema. `path` is that of the value within data, empty for data itself. */
export interface DataProblem {
  path: (string | number)[];
  message: string;
}

/** Tells what keeps data from fitting a schema; empty = it fits. */
export type DataCheck = (data: unknown) => DataProblem[];

const MAX_PROBLEMS = 100;

const NOT_ALLOWED = "is not allowed here";

/** Errors that only say that one below them failed. */
const WRAPPERS = new Set([
  ...[
    "$ref",
    "allOf",
    "if",
    "dependentSchemas",
    "properties",
    "additionalProperties",
    "unevaluatedProperties",
  ],
  ...["items", "prefixItems", "unevaluatedItems"],
]);

/** Errors whose parts would only confuse: none of the alternatives fits. */
const WHOLES = new Set(["anyOf", "oneOf", "not", "contains", "propertyNames"]);

/**
 * The check of a schema that `schemaProblems` has nothing against. Works without `eval`, which Workers forbid. Throws
 * if the schema cannot be used after all.
 */
export function dataCheck(schema: JsonObject): DataCheck {
  // A copy: the validator writes its notes into the schema it is given.
  const own = structuredClone(schema);
  const first = new Validator(own, "2020-12", true);
  const all = new Validator(structuredClone(schema), "2020-12", false);
  return (data) => {
    try {
      // What fits needs no list of errors, and what does not is rare.
      return first.validate(data).valid ? [] : problemsOf(all.validate(data).errors);
    } catch (error) {
      // Data nested deeper than the stack, or with more errors than a call takes.
      if (error instanceof RangeError)
        return [{ path: [], message: "is too deep, or wrong in too many places" }];
      throw error;
    }
  };
}

function problemsOf(errors: OutputUnit[]): DataProblem[] {
  const problems: DataProblem[] = [];
  let whole: string | null = null;
  for (const { keyword, keywordLocation, instanceLocation, error } of errors) {
    if (whole !== null && keywordLocation.startsWith(whole)) continue;
    whole = WHOLES.has(keyword) ? `${keywordLocation}/` : null;
    if (WRAPPERS.has(keyword)) continue;
    problems.push({ path: pathOf(instanceLocation), message: keyword === "false" ? NOT_ALLOWED : error });
    if (problems.length === MAX_PROBLEMS) break;
  }
  const real = problems.filter((problem) => !isEcho(problem, problems));
  return real.length > 0 ? real : [{ path: [], message: "does not fit the schema" }];
}

/** To the validator a member that does not fit its own schema is an additional one too. */
function isEcho({ path, message }: DataProblem, problems: DataProblem[]): boolean {
  if (message !== NOT_ALLOWED) return false;
  return problems.some(
    (other) => other.message !== NOT_ALLOWED && path.every((part, i) => other.path[i] === part),
  );
}

/** A JSON pointer as the validator writes it, `#/items/0/price`. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => {
      const name = decodeURI(part).replaceAll("~1", "/").replaceAll("~0", "~");
      return /^(0|[1-9]\d*)$/.test(name) ? Number(name) : name;
    });
}
