/*
 * Finds where values lie in JSON text, without parsing them: `data` is cut out and passed on byte for byte.
 * The text must have gone through `JSON.parse` before: nothing is validated here.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where a value lies in the text it was found in: `text.slice(start, end)`, without the space around it. */
export interface Extent {
  start: number;
  end: number;
}

/** A member of an object: its key, decoded, and the extent of its value. */
export interface Member extends Extent {
  key: string;
}

/**
 * The members of the JSON object that begins at `start` (or after white space there), in order, at most the first
 * `most`. A key that occurs twice is listed twice: it is the caller's to refuse. Throws TypeError if no object begins
 * there.
 */
export function topLevelMembers(text: string, start = 0, most = Number.POSITIVE_INFINITY): Member[] {
  let at = opening(text, start, OPEN_BRACE);
  const members: Member[] = [];
  while (text.charCodeAt(at) !== CLOSE_BRACE && members.length < most) {
    const keyEnd = afterString(text, at);
    const key = decodedKey(text.slice(at, keyEnd));
    const colon = skipSpace(text, keyEnd);
    const valueStart = skipSpace(text, colon + 1);
    const end = afterValue(text, valueStart);
    members.push({ key, start: valueStart, end });
    at = nextItem(text, end);
  }
  return members;
}

/**
 * The value of the member of a name in the JSON object that begins at `start`: of several the last one, as `JSON.parse` has
 * it; null = there is none. Throws TypeError if no object begins there.
 */
export function memberNamed(text: string, name: string, start = 0): Extent | null {
  let at = opening(text, start, OPEN_BRACE);
  let found: Extent | null = null;
  while (text.charCodeAt(at) !== CLOSE_BRACE) {
    const keyEnd = afterString(text, at);
    const isNamed = decodedKey(text.slice(at, keyEnd)) === name;
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = afterValue(text, valueStart);
    if (isNamed) found = { start: valueStart, end };
    at = nextItem(text, end);
  }
  return found;
}

/**
 * The elements of the JSON array that begins at `start` (or after white space there), at most the first `most`. Throws
 * TypeError if none does.
 */
export function arrayElements(text: string, start = 0, most = Number.POSITIVE_INFINITY): Extent[] {
  let at = opening(text, start, OPEN_BRACKET);
  const elements: Extent[] = [];
  while (text.charCodeAt(at) !== CLOSE_BRACKET && elements.length < most) {
    const end = afterValue(text, at);
    elements.push({ start: at, end });
    at = nextItem(text, end);
  }
  return elements;
}

/** The place of the first item, or of the closing character, of the container that begins at `start`. */
function opening(text: string, start: number, bracket: number): number {
  const at = skipSpace(text, start);
  if (text.charCodeAt(at) !== bracket) {
    throw new TypeError(`no ${String.fromCharCode(bracket)} at character ${at}`);
  }
  return skipSpace(text, at + 1);
}

/** The place of the next item, or of the closing character. */
function nextItem(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text.charCodeAt(at) === COMMA ? skipSpace(text, at + 1) : at;
}

function decodedKey(quoted: string): string {
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** The place of the first character at or after `from` that is not white space. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  // JSON's white space is all at or below U+0020, and nothing else there may stand between values.
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The place after the string that begins at `from`. `indexOf` is many times faster than a loop on long strings. */
export function afterString(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) throw new TypeError(`no end of the string at character ${from}`);
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    // An even number of backslashes escape each other, and the quote is the end.
    if ((at - before) % 2 === 1) return at + 1;
  }
}

function afterValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return afterString(text, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return afterContainer(text, from);
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) break;
  }
  if (at === from) throw new TypeError(`no value at character ${from}`);
  return at;
}

function afterContainer(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = afterString(text, at);
      continue;
    }
    at++;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at;
  }
  throw new TypeError(`no end of the value at character ${from}`);
}
