/*
 * JSON text as a flat list of its values, made in one pass that takes time in proportion to the text, whatever is in it.
 * JSON.parse makes an object of each: 1 MiB of names that all differ takes it ten times as long, and numbers lose digits.
 */

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const SLASH = 0x2f;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
const SMALL_U = 0x75;
const OPEN_BRACE = 0x7b;
/** From an opening bracket or brace to the one that closes it. */
const TO_CLOSING = 2;

/** What the text's first letter of a literal stands for. */
const LITERALS: Record<string, string> = { t: "true", f: "false", n: "null" };

/** Letters that may follow a backslash, beside `u`. */
const ESCAPABLE = new Set([..."bfnrt"].map((letter) => letter.charCodeAt(0)));

/** Numbers that describe a value: where its text starts and ends, the index of the value after it, and its count. */
const STRIDE = 4;

/**
 * The values of a JSON text in the order in which they begin, by index: 0 is the whole. An object's members follow it,
 * each as its key, a string, and its value; an array's elements follow it.
 */
export class JsonTape {
  readonly text: string;
  readonly #values: Int32Array;

  constructor(text: string, values: Int32Array) {
    this.text = text;
    this.#values = values;
  }

  /** Where the value's text starts, and the first character after it. */
  start(index: number): number {
    return this.#values[index * STRIDE] as number;
  }

  end(index: number): number {
    return this.#values[index * STRIDE + 1] as number;
  }

  /** The index of the value after this one and all that is in it. */
  next(index: number): number {
    return this.#values[index * STRIDE + 2] as number;
  }

  /** Members or elements; of a string 1 if its text has escapes. */
  count(index: number): number {
    return this.#values[index * STRIDE + 3] as number;
  }

  /** The code of the value's first character, which tells its type. */
  first(index: number): number {
    return this.text.charCodeAt(this.#values[index * STRIDE] as number);
  }

  isObject(index: number): boolean {
    return this.first(index) === OPEN_BRACE;
  }

  /** Whether it is a string that may have no more characters than these; escaped it is up to six times as long. */
  isShortString(index: number, maxLength: number): boolean {
    return this.first(index) === QUOTE && this.end(index) - this.start(index) - 2 <= 6 * maxLength;
  }

  /** The value as it is written. */
  raw(index: number): string {
    return this.text.slice(this.start(index), this.end(index));
  }

  /** What a string says. */
  string(index: number): string {
    const [start, end] = [this.start(index), this.end(index)];
    if (this.count(index) === 0) return this.text.slice(start + 1, end - 1);
    return JSON.parse(this.text.slice(start, end)) as string;
  }
}

/** What tapes are written on, and copied from once they are whole: most of them are short. */
const scratch = new Int32Array(4096 * STRIDE);

/**
 * The tape of a text; null if it is not JSON. One loop over local variables: a call or a field per value would take
 * twice as long.
 */
export function readTape(text: string): JsonTape | null {
  let values = scratch;
  /** The containers around the place that is read, by where they are described. */
  const open: number[] = [];
  let at = 0;
  for (let top = 0, isKey = false; ; ) {
    at = skipSpace(text, at);
    if (top + STRIDE > values.length) values = twiceAsLong(values);
    const first = text.charCodeAt(at);
    const offset = top;
    values[offset] = at;
    values[offset + 3] = 0;
    top += STRIDE;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (isKey) return null;
      at = skipSpace(text, at + 1);
      if (text.charCodeAt(at) !== first + TO_CLOSING) {
        open.push(offset);
        isKey = first === OPEN_BRACE;
        continue;
      }
      at++;
    } else {
      at = first === QUOTE ? endOfString(text, at) : isKey ? -1 : endOfScalar(text, at, first);
      if (at < 0) {
        // A string with escapes is told by a negative end.
        if (at === -1) return null;
        at = -at;
        values[offset + 3] = 1;
      }
    }
    values[offset + 1] = at;
    values[offset + 2] = top / STRIDE;
    at = skipSpace(text, at);
    if (isKey) {
      if (text.charCodeAt(at++) !== COLON) return null;
      isKey = false;
      continue;
    }
    // After a value: what goes on, or what ends.
    for (;;) {
      const container = open[open.length - 1];
      if (container === undefined)
        return at === text.length ? new JsonTape(text, values.slice(0, top)) : null;
      values[container + 3] = (values[container + 3] as number) + 1;
      const opening = text.charCodeAt(values[container] as number);
      const code = text.charCodeAt(at++);
      if (code === COMMA) {
        isKey = opening === OPEN_BRACE;
        break;
      }
      if (code !== opening + TO_CLOSING) return null;
      open.pop();
      values[container + 1] = at;
      values[container + 2] = top / STRIDE;
      at = skipSpace(text, at);
    }
  }
}

function twiceAsLong(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}

function skipSpace(text: string, from: number): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}

/** The place after a string, as a negative number if it has escapes; -1 if it does not end, or holds what it may not. */
function endOfString(text: string, from: number): number {
  let sign = 1;
  for (let at = from + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return sign * (at + 1);
    // Control characters, and NaN at the end of the text.
    if (!(code >= 0x20)) return -1;
    if (code !== BACKSLASH) continue;
    sign = -1;
    const escaped = text.charCodeAt(++at);
    if (escaped === SMALL_U) {
      for (let digit = 0; digit < 4; digit++) if (!isHexDigit(text.charCodeAt(++at))) return -1;
    } else if (escaped !== QUOTE && escaped !== BACKSLASH && escaped !== SLASH && !ESCAPABLE.has(escaped)) {
      return -1;
    }
  }
}

/** The place after a number or literal; -1 if there is none. */
function endOfScalar(text: string, from: number, first: number): number {
  if (first === MINUS || isDigit(first)) return endOfNumber(text, from);
  const literal = LITERALS[text.charAt(from)];
  return literal !== undefined && text.startsWith(literal, from) ? from + literal.length : -1;
}

function endOfNumber(text: string, from: number): number {
  let at = text.charCodeAt(from) === MINUS ? from + 1 : from;
  at = text.charCodeAt(at) === DIGIT_0 ? at + 1 : afterDigits(text, at);
  if (at > 0 && text.charCodeAt(at) === POINT) at = afterDigits(text, at + 1);
  if (at > 0 && (text.charCodeAt(at) | 0x20) === SMALL_E) {
    const sign = text.charCodeAt(at + 1);
    at = afterDigits(text, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

/** The place after one digit or more; -1 if there is none. */
function afterDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at > from ? at : -1;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}
