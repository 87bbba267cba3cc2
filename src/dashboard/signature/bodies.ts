import { jsonTokens } from "../components/code/json-text.ts";

/** What may have happened to a body between the wire and the check. */
export type BodyChange =
  | "newline added"
  | "newline lost"
  | "line ends changed"
  | "mark added"
  | "spaces changed"
  | "escapes changed"
  | "quoted again"
  | "wrong charset";

/**
 * What a receiver's body may have been before each change: the change undone, where it can be. A number that was
 * rounded, or an order of keys that was lost, comes back from nothing but the body as it was sent.
 */
export function bodiesBefore(body: string): [BodyChange, string][] {
  const trimmed = body.replace(/\s+$/, "");
  const tokens = jsonTokens(body);
  const compact = (tokens ?? []).flatMap(({ kind, text }) => (kind === "space" ? [] : [text])).join("");
  const base = tokens === null ? body : compact;
  const candidates: [BodyChange, string | null][] = [
    ["newline added", trimmed],
    ["newline lost", `${body}\n`],
    ["newline lost", `${body}\r\n`],
    ["line ends changed", body.replaceAll("\r\n", "\n")],
    ["mark added", body.replace(/^\uFEFF/, "")],
    ["spaces changed", tokens === null ? null : compact],
    ["escapes changed", unescaped(base)],
    ["escapes changed", escaped(base)],
    ["escapes changed", base.replaceAll("/", "\\/")],
    ["escapes changed", base.replaceAll("\\/", "/")],
    ["quoted again", unquoted(body)],
    ["wrong charset", charsetUndone(body)],
  ];
  const seen = new Set([body]);
  return candidates.filter((candidate): candidate is [BodyChange, string] => {
    const [, before] = candidate;
    if (before === null || seen.has(before)) return false;
    seen.add(before);
    return true;
  });
}

/** The ways in which code writes a body again that it has parsed, by what wrote it. */
export function writtenAgain(body: string): [writer: string, text: string][] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [];
  }
  const compact = JSON.stringify(value);
  // Python puts a space behind each comma and colon, and writes what is not ASCII as escapes.
  const spaced = (jsonTokens(compact) ?? [])
    .map(({ kind, text }) => (kind === "mark" && (text === "," || text === ":") ? `${text} ` : text))
    .join("");
  return [
    ["JSON.stringify", compact],
    ["JSON.stringify with indent", JSON.stringify(value, null, 2)],
    ["json.dumps", escaped(spaced)],
    ["json.dumps without ensure_ascii", spaced],
    ["json.dumps with separators", escaped(compact)],
    ["json_encode", escaped(compact).replaceAll("/", "\\/")],
  ];
}

/** Every `\uXXXX` that needs no escape as the character that it is. */
function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (written, digits: string) => {
    const unit = Number.parseInt(digits, 16);
    return unit < 0x20 || unit === 0x22 || unit === 0x5c ? written : String.fromCharCode(unit);
  });
}

/** Every character beyond ASCII as `\uXXXX`. */
function escaped(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function unquoted(body: string): string | null {
  if (!body.trimStart().startsWith('"')) return null;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

/** A body whose UTF-8 was read as Latin-1. */
function charsetUndone(body: string): string | null {
  if (!/[\u0080-\u00ff]/.test(body) || /[\u0100-\uffff]/.test(body)) return null;
  try {
    const bytes = Uint8Array.from(body, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
