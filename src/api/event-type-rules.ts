import { type DataCheck, dataCheck } from "../catalog/data-check.ts";
import { schemaProblems } from "../catalog/schema-rules.ts";
import type { JsonObject } from "../catalog/shape.ts";
import type { EventTypeInput } from "../contract/event-type.ts";
import { type FieldError, invalid } from "../errors.ts";
import { pathText } from "./body.ts";

/** Throws 422 with everything that is wrong with a type's schema, or with its sample by the schema. */
export function checkEventType({ schema, sample }: Pick<EventTypeInput, "schema" | "sample">): void {
  if (schema === null) return;
  const problems = schemaProblems(schema);
  if (problems.length > 0) throw invalid(errorsAt("schema", problems));
  const wrong = errorsAt("sample", usable(schema as JsonObject)(sample));
  if (wrong.length > 0) throw invalid(wrong);
}

function usable(schema: JsonObject): DataCheck {
  try {
    return dataCheck(schema);
  } catch (error) {
    throw invalid([{ path: "schema", message: `cannot be used: ${(error as Error).message}` }]);
  }
}

/** Problems within a value as errors of the request: `root` is where the value lies in its body. */
export function errorsAt(
  root: string,
  problems: readonly { path: (string | number)[]; message: string }[],
): FieldError[] {
  return problems.map(({ path, message }) => ({ path: pathText([root, ...path]), message }));
}
