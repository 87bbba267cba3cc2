import type { z } from "@hono/zod-openapi";
import { type FieldError, invalid } from "../errors.ts";

/* What a schema refuses, as the errors of a request. */

/** More are not looked for: a batch may have tens of thousands. How many are told: `errors.ts`. */
export const MAX_ERRORS = 1000;

/** The value as the schema gives it; throws 422 with every bad field. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(fieldErrors(result.error));
  return result.data;
}

/** One entry per bad field, unknown fields included, at most MAX_ERRORS; `prefix` is where the value lies in the body. */
export function fieldErrors(error: z.ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of error.issues) {
    const path = [...prefix, ...issue.path];
    const left = MAX_ERRORS - errors.length;
    if (left <= 0) break;
    if (issue.code !== "unrecognized_keys") errors.push({ path: pathText(path), message: issue.message });
    else
      for (const key of issue.keys.slice(0, left))
        errors.push({ path: pathText([...path, key]), message: "is not known here" });
  }
  return errors;
}

/** `events[3].tags[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.startsWith(".") ? text.slice(1) : text;
}
