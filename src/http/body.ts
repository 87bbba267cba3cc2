import { pathText } from "../contract/field-errors.ts";
import { ApiError } from "../errors.ts";

/** What a body that is neither an event nor a batch may have. */
export const SETTINGS_BYTES = 256 * 1024;

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
  if (text.startsWith("\ufeff"))
    return "This is not JSON: a byte order mark (U+FEFF) stands at its beginning; send it without.";
  if (/^Unexpected end|^Unterminated/.test(message) || Number(position) >= text.length)
    return "The JSON is not complete: something is missing at its end.";
  if (position !== undefined) {
    const before = text.slice(0, Number(position)).split("\n");
    return `This is not JSON from line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1} on.`;
  }
  return token === undefined
    ? "This is not JSON."
    : `This is not JSON: a ${named(token)} stands where none may be.`;
}

/** What is not seen, or moves what stands beside it, is named by its number. */
function named(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return /^[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? character : `U+${code}`;
}

/** 413, naming the limit. */
export function tooLarge(maxBytes: number, what = "The body"): ApiError {
  return new ApiError("payload_too_large", `${what} is larger than ${maxBytes / 1024} KiB.`);
}
