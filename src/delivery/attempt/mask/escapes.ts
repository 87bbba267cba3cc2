import { hexDigit } from "./digits.ts";
import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * One layer of what escapes: JSON's and JavaScript's backslashes, percent-encoding, HTML's character references. All of
 * them at once, since texts nest them in any order. Read byte by byte, without a string or an expression: a text may
 * consist of nothing else.
 */

const [BACKSLASH, PERCENT, AMPERSAND, HASH, SEMICOLON] = [0x5c, 0x25, 0x26, 0x23, 0x3b];
const [LETTER_U, LETTER_X, DIGIT_0, DIGIT_7] = [0x75, 0x78, 0x30, 0x37];

/** What stands behind a backslash for another character, and what stands there for itself. */
const AFTER_BACKSLASH = new Int16Array(256).fill(-1);
for (const [letter, code] of Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }))
  AFTER_BACKSLASH[letter.charCodeAt(0)] = code;
for (const character of "\"'\\/`") AFTER_BACKSLASH[character.charCodeAt(0)] = character.charCodeAt(0);

/** The characters of ASCII that HTML has names for. */
const NAMED: Record<string, string> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", sol: "/", bsol: "\\", plus: "+", equals: "=" },
  ...{ colon: ":", semi: ";", comma: ",", period: ".", lowbar: "_", hyphen: "-", num: "#", percnt: "%" },
  ...{ excl: "!", quest: "?", commat: "@", dollar: "$", lpar: "(", rpar: ")", lsqb: "[", rsqb: "]" },
  ...{ lbrack: "[", rbrack: "]", lcub: "{", rcub: "}", lbrace: "{", rbrace: "}", verbar: "|", vert: "|" },
  ...{ grave: "`", hat: "^", ast: "*", midast: "*", tab: "\t", newline: "\n" },
};
const LONGEST_NAME = 7;

/** Digits of a numeric reference that are looked at: leading zeros are allowed there. */
const MAX_DIGITS = 12;

const UTF8 = new TextEncoder();

/** An escape: what it takes and what it stands for, a character or, where `isByte`, a byte. */
interface Escape {
  length: number;
  code: number;
  isByte: boolean;
}

/** The text ends within what may be an escape. */
const BEGUN = "begun";

/**
 * The view with one layer of escapes read; null where it has none. Of a text that was cut, an escape that the cut went
 * through is left out.
 */
export function unescaped(view: View, isCut: boolean): View | null {
  const { bytes } = view;
  // Most texts have none of them, which is seen in a fraction of the time.
  if (![BACKSLASH, PERCENT, AMPERSAND].some((byte) => bytes.includes(byte))) return null;
  let built: ViewBuilder | null = null;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    const read = byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND ? escapeAt(bytes, i) : null;
    if (read === BEGUN && isCut) return (built ?? copied(view, i)).build();
    if (read === null || read === BEGUN) {
      built?.add(byte, startOf(view, i), endOf(view, i));
      continue;
    }
    built ??= copied(view, i);
    addCode(built, read, startOf(view, i), endOf(view, i + read.length - 1));
    i += read.length - 1;
  }
  return built?.build() ?? null;
}

function copied(view: View, length: number): ViewBuilder {
  const builder = new ViewBuilder(view.bytes.length);
  for (let i = 0; i < length; i++) builder.add(view.bytes[i] as number, startOf(view, i), endOf(view, i));
  return builder;
}

function addCode(built: ViewBuilder, { code, isByte }: Escape, from: number, to: number): void {
  const bytes = isByte || code < 0x80 ? [code] : UTF8.encode(String.fromCodePoint(code));
  for (const byte of bytes) built.add(byte, from, to);
}

function escapeAt(bytes: Uint8Array, i: number): Escape | null | typeof BEGUN {
  switch (bytes[i]) {
    case BACKSLASH:
      return afterBackslash(bytes, i);
    case PERCENT:
      return bytes[i + 1] === LETTER_U ? hexEscape(bytes, i, 2, 4, false) : hexEscape(bytes, i, 1, 2, true);
    default:
      return reference(bytes, i);
  }
}

function afterBackslash(bytes: Uint8Array, i: number): Escape | null | typeof BEGUN {
  const next = bytes[i + 1];
  if (next === undefined) return BEGUN;
  if (next === LETTER_X) return hexEscape(bytes, i, 2, 2, true);
  if (next === LETTER_U) return codeUnits(bytes, i);
  if (next >= DIGIT_0 && next <= DIGIT_7) return octalEscape(bytes, i);
  const code = AFTER_BACKSLASH[next] as number;
  return code === -1 ? null : { length: 2, code, isByte: true };
}

/** `\141`, of one to three digits, as C and shells write bytes. */
function octalEscape(bytes: Uint8Array, i: number): Escape | typeof BEGUN {
  let code = 0;
  let n = i + 1;
  for (; n < i + 4; n++) {
    const byte = bytes[n];
    if (byte === undefined) return BEGUN;
    const isDigit = byte >= DIGIT_0 && byte <= DIGIT_7;
    if (!isDigit || code * 8 + byte - DIGIT_0 > 255) break;
    code = code * 8 + byte - DIGIT_0;
  }
  return { length: n - i, code, isByte: true };
}

/** `\uXXXX`, or two of them that make one character. */
function codeUnits(bytes: Uint8Array, i: number): Escape | null | typeof BEGUN {
  const first = hexEscape(bytes, i, 2, 4, false);
  if (first === null || first === BEGUN || first.code < 0xd800 || first.code > 0xdbff) return first;
  const hasSecond = bytes[i + 6] === BACKSLASH && (bytes[i + 7] ?? LETTER_U) === LETTER_U;
  const second = hasSecond ? hexEscape(bytes, i + 6, 2, 4, false) : null;
  if (second === BEGUN || i + 6 >= bytes.length) return BEGUN;
  if (second === null || second.code < 0xdc00 || second.code > 0xdfff) return first;
  const code = 0x10000 + ((first.code - 0xd800) << 10) + (second.code - 0xdc00);
  return { length: 12, code, isByte: false };
}

/** So many hex digits behind a prefix. */
function hexEscape(
  bytes: Uint8Array,
  i: number,
  prefix: number,
  digits: number,
  isByte: boolean,
): Escape | null | typeof BEGUN {
  let code = 0;
  for (let n = i + prefix; n < i + prefix + digits; n++) {
    const byte = bytes[n];
    if (byte === undefined) return BEGUN;
    const digit = hexDigit(byte);
    if (digit === -1) return null;
    code = code * 16 + digit;
  }
  return { length: prefix + digits, code, isByte };
}

/** `&#38;`, `&#x26;`, `&amp;`: HTML takes the numeric ones without their end, too. */
function reference(bytes: Uint8Array, i: number): Escape | null | typeof BEGUN {
  if (bytes[i + 1] !== HASH) return namedReference(bytes, i);
  const isHex = ((bytes[i + 2] ?? 0) | 0x20) === LETTER_X;
  const start = i + (isHex ? 3 : 2);
  let code = 0;
  let n = start;
  for (; n < bytes.length && n < start + MAX_DIGITS; n++) {
    const digit = hexDigit(bytes[n] as number);
    if (digit === -1 || (!isHex && digit > 9)) break;
    code = code * (isHex ? 16 : 10) + digit;
  }
  if (n === bytes.length) return BEGUN;
  if (n === start || code > 0x10ffff) return null;
  return { length: n - i + (bytes[n] === SEMICOLON ? 1 : 0), code, isByte: false };
}

function namedReference(bytes: Uint8Array, i: number): Escape | null | typeof BEGUN {
  let name = "";
  for (let n = i + 1; n <= i + 1 + LONGEST_NAME; n++) {
    const byte = bytes[n];
    if (byte === undefined) return BEGUN;
    if (byte === SEMICOLON) {
      const character = NAMED[name];
      return character === undefined
        ? null
        : { length: n - i + 1, code: character.charCodeAt(0), isByte: true };
    }
    const lower = byte | 0x20;
    if (lower < 0x61 || lower > 0x7a) return null;
    name += String.fromCharCode(lower);
  }
  return null;
}
