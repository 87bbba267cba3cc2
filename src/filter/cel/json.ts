import { afterString, skipSpace } from "../../domain/raw-json.ts";
import type { Value } from "./values.ts";

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const CAPITAL_E = 0x45;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SMALL_E = 0x65;
const FIRST_OF_FALSE = 0x66;
const FIRST_OF_NULL = 0x6e;
const FIRST_OF_TRUE = 0x74;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Integers of more characters are read as doubles: nobody counts with them, and converting them takes long. */
const MAX_INTEGER_LENGTH = 64;

/** Integers of so many characters are exact as doubles too, from which a bigint is made faster. */
const SAFE_INTEGER_LENGTH = 15;

/** One digit long, integers are the most that a text can hold, and making a bigint is what takes longest of them. */
const DIGITS: readonly bigint[] = Array.from({ length: 10 }, (_, digit) => BigInt(digit));

/**
 * The value of a JSON text that has gone through `JSON.parse` before: nothing is validated here. An integer is a
 * bigint with all of its digits, which `JSON.parse` rounds; its reviver is told the digits, but takes 300 ms for 1 MiB
 * of numbers. Where a key occurs twice the last one counts, as in `JSON.parse`.
 */
export function readJson(text: string): Value {
  return new Reader(text).value();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Value {
    const code = this.#space();
    switch (code) {
      case OPEN_BRACE:
        return this.#object();
      case OPEN_BRACKET:
        return this.#array();
      case QUOTE:
        return this.#string();
      case FIRST_OF_TRUE:
        this.#at += 4;
        return true;
      case FIRST_OF_FALSE:
        this.#at += 5;
        return false;
      case FIRST_OF_NULL:
        this.#at += 4;
        return null;
      default:
        return this.#number();
    }
  }

  /** Skips white space; returns the code of the character there. */
  #space(): number {
    this.#at = skipSpace(this.#text, this.#at);
    return this.#text.charCodeAt(this.#at);
  }

  #object(): Value {
    const object = new Map<string, Value>();
    this.#at++;
    while (this.#space() !== CLOSE_BRACE) {
      const key = this.#string();
      this.#space();
      this.#at++;
      object.set(key, this.value());
      if (this.#space() === COMMA) this.#at++;
    }
    this.#at++;
    return object;
  }

  #array(): Value {
    const array: Value[] = [];
    this.#at++;
    while (this.#space() !== CLOSE_BRACKET) {
      array.push(this.value());
      if (this.#space() === COMMA) this.#at++;
    }
    this.#at++;
    return array;
  }

  #string(): string {
    const start = this.#at;
    this.#at = afterString(this.#text, start);
    const quoted = this.#text.slice(start, this.#at);
    return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  }

  #number(): bigint | number {
    const start = this.#at;
    const isNegative = this.#text.charCodeAt(start) === MINUS;
    if (isNegative) this.#at++;
    let code = this.#text.charCodeAt(this.#at);
    let digits = 0;
    for (; code >= DIGIT_0 && code <= DIGIT_9; code = this.#text.charCodeAt(++this.#at)) {
      digits = digits * 10 + (code - DIGIT_0);
    }
    const isInteger = code !== POINT && code !== SMALL_E && code !== CAPITAL_E;
    const length = this.#at - start;
    if (length === 0) throw new TypeError(`no value at character ${start}`);
    if (isInteger && length === 1) return DIGITS[digits] as bigint;
    if (isInteger && length <= SAFE_INTEGER_LENGTH) return BigInt(isNegative ? -digits : digits);
    if (!isInteger) while (isPartOfNumber(code)) code = this.#text.charCodeAt(++this.#at);
    const text = this.#text.slice(start, this.#at);
    return isInteger && length <= MAX_INTEGER_LENGTH ? BigInt(text) : Number(text);
  }
}

function isPartOfNumber(code: number): boolean {
  return (
    (code >= DIGIT_0 && code <= DIGIT_9) ||
    code === POINT ||
    code === SMALL_E ||
    code === CAPITAL_E ||
    code === MINUS ||
    code === PLUS
  );
}
