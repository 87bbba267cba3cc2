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
    const message = text === "" ? "The body is empty; send JSON." : notJson(text, error as Error);
    throw new ApiError("invalid_json", `${place}${message}`);
  }
}

/** Where a text ceases to be JSON, as far as the engine tells. Its own words for it are many, and quote what was sent. */
function notJson(text: string, { message }: Error): string {
  const [, position] = /position (\d+)/.exec(message) ?? [];
  const [, token] = /^Unexpected token '?(.{1,2}?)'?,/u.exec(message) ?? [];
  if (/^Unexpected end|^Unterminated/.test(message) || Number(position) >= text.length)
    return "The JSON is not complete: something is missing at its end.";
  if (position !== undefined) {
    const before = text.slice(0, Number(position)).split("\n");
    return `This is not JSON from line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1} on.`;
  }
  return token === undefined ? "This is not JSON." : `This is not JSON: a ${token} stands where none may be.`;
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

/** 413, naming the limit. */
export function tooLarge(maxBytes: number, what = "The body"): ApiError {
  return new ApiError("payload_too_large", `${what} is larger than ${maxBytes / 1024} KiB.`);
}
