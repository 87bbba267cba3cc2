import { dataCheck } from "../catalog/json-schema/index.ts";
import { schemaProblems } from "../catalog/json-schema/problems.ts";
import type { JsonObject } from "../catalog/shape.ts";
import type { EventTypeInput } from "../contract/event-type.ts";
import { pathText } from "../contract/field-errors.ts";
import { type FieldError, invalid } from "../errors.ts";

/** Throws 422 with everything that is wrong with a type's schema, or with its sample by the schema. */
export function checkEventType({ schema, sample }: Pick<EventTypeInput, "schema" | "sample">): void {
  if (schema === null) return;
  const problems = schemaProblems(schema);
  if (problems.length > 0) throw invalid(errorsAt("schema", problems));
  if (Object.keys(sample).length === 0) return;
  const { problems: misfits, isTooCostly } = dataCheck(schema as JsonObject)(JSON.stringify(sample));
  const tooCostly = {
    path: "schema",
    message: "takes too long to check the sample by: ask less of each value",
  };
  const wrong = [...errorsAt("sample", misfits), ...(isTooCostly ? [tooCostly] : [])];
  if (wrong.length > 0) throw invalid(wrong);
}

/** Problems within a value as errors of the request: `root` is where the value lies in its body. */
export function errorsAt(
  root: string,
  problems: readonly { path: (string | number)[]; message: string }[],
): FieldError[] {
  return problems.map(({ path, message }) => ({ path: pathText([root, ...path]), message }));
}
