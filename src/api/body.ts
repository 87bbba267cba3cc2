import type { z } from "@hono/zod-openapi";
import { ApiError, type FieldError, invalid } from "../errors.ts";

/** What a body that is neither an event nor a batch may have. */
export const SETTINGS_BYTES = 256 * 1024;

/** More are not looked for: a batch may have tens of thousands. How many are told: `errors.ts`. */
export const MAX_ERRORS = 1000;

/** The parsed text, which lies at `path` in the body; throws 400. */
export function parseJson(text: string, path: readonly PropertyKey[] = []): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = path.length === 0 ? "" : `${pathText(path)}: `;
    const message = text === "" ? "The body is empty." : String((error as Error).message);
    throw new ApiError("invalid_json", `${place}${message}`);
  }
}

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
    if (issue.code !== "unrecognized_keys") errors.push({ path: pathText(path), message: messageOf(issue) });
    else
      for (const key of issue.keys.slice(0, left))
        errors.push({ path: pathText([...path, key]), message: "is not known here" });
  }
  return errors;
}

function messageOf(issue: z.core.$ZodIssue): string {
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return missing ? `is required (${issue.expected})` : issue.message;
}

/** `events[3].tags[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.startsWith(".") ? text.slice(1) : text;
}

/** 413, naming the limit. */
export function tooLarge(maxBytes: number, what = "The body"): ApiError {
  return new ApiError("payload_too_large", `${what} is larger than ${maxBytes / 1024} KiB.`);
}
