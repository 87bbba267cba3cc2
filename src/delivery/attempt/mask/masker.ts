import { MASK } from "../../../domain/mask.ts";
import { lettersOf } from "./letters.ts";
import { Matcher } from "./matcher.ts";
import { layers, readings } from "./readings.ts";
import { endOf, startOf, type View } from "./view.ts";

const MASK_BYTES = Buffer.from(MASK);

/**
 * A receiver answers the next delivery mostly as the last one, but for the second in `Date`: what was masked last is remembered up to
 * this length, and need not be read in all ways again.
 */
const MOST_REMEMBERED_BYTES = 4096;

/** Takes secrets out of what a receiver sent back: an echo of a request must not put them on record. */
export interface Masker {
  /** Bytes that the masker itself takes. */
  size: number;
  /** Header values, masked. */
  texts(texts: readonly string[]): string[];
  /** A body, masked. `isCut`: there is, or may be, more of it; then a tail that may be the beginning of a secret goes, too. */
  bytes(bytes: Uint8Array, isCut: boolean): Uint8Array;
}

/**
 * What takes values out of texts in whatever way they are spelled there: plain, escaped as in JSON, HTML, URLs or mails, in
 * base64, base32 or hex, as a list or a dump of bytes, in UTF-16 or UTF-32, in letters of full width, and each of these within another;
 * in capitals or without, and with anything between its letters. The text is read in each of these ways, see `readings.ts`, and the
 * values are looked for in every reading; each costs one step per byte, so that no text is dear. Not looked for: base58, base85,
 * uuencode, what is compressed or enciphered within a text, what is turned round.
 */
export function masker(values: readonly string[]): Masker {
  const patterns = patternsOf(values);
  if (patterns.length === 0) return { size: 0, texts: (texts) => [...texts], bytes: (bytes) => bytes };
  const matcher = new Matcher(patterns);
  const letters = patterns.map(lettersOf).filter((pattern) => pattern !== null);
  const ofLetters = letters.length === 0 ? null : new Matcher(letters);
  const hasSpace = patterns.some((pattern) => pattern.includes(0x20));
  const shortest = Math.min(matcher.shortest, ofLetters?.shortest ?? Number.POSITIVE_INFINITY);
  const looked = { matcher, ofLetters, shortest, hasSpace };
  const bytes = (text: Uint8Array, isCut: boolean) => masked(text, isCut, looked);
  const text = (given: string) => Buffer.from(bytes(Buffer.from(given), false)).toString();
  const eachOf = (texts: readonly string[], joined: string) => {
    // All at once, for the price of one; a value holds no line end. Where a mask took one away they are read one by one.
    const together = text(joined).split("\n");
    return together.length === texts.length ? together : texts.map(text);
  };
  const remembered = (texts: readonly string[]): readonly string[] => {
    const given = texts.join("\n");
    if (lastTexts?.given === given && lastTexts.masked.length === texts.length) return lastTexts.masked;
    const masked = eachOf(texts, given);
    if (given.length <= MOST_REMEMBERED_BYTES) lastTexts = { given, masked };
    return masked;
  };
  let lastTexts: { given: string; masked: string[] } | null = null;
  let lastBytes: { given: Buffer; isCut: boolean; masked: Uint8Array } | null = null;
  return {
    size: matcher.bytes + (ofLetters?.bytes ?? 0) + 4 * MOST_REMEMBERED_BYTES,
    bytes: (given, isCut) => {
      if (lastBytes?.isCut === isCut && lastBytes.given.equals(given)) return lastBytes.masked;
      const masked = bytes(given, isCut);
      if (given.length <= MOST_REMEMBERED_BYTES)
        lastBytes = { given: Buffer.from(given), isCut, masked: Buffer.from(masked) };
      return masked;
    },
    texts: (texts) => {
      // A secret fits into few headers: the date and the length of an answer are no place for one.
      const mayHold = texts.map((one) => Buffer.byteLength(one) >= shortest);
      const masked = remembered(texts.filter((_, i) => mayHold[i])).values();
      return texts.map((one, i) => (mayHold[i] ? (masked.next().value ?? "") : one));
    },
  };
}

/** The values as bytes, in each encoding, and as they read where somebody undid an escape that they hold. */
function patternsOf(values: readonly string[]): Uint8Array[] {
  const patterns = new Map<string, Uint8Array>();
  for (const value of values) {
    for (const bytes of encodingsOf(value)) {
      for (const { bytes: reading } of layers({ bytes, from: null, to: null }, false)) {
        for (const pattern of [reading, withSpaces(reading)])
          patterns.set(Buffer.from(pattern).toString("latin1"), pattern);
      }
    }
  }
  // What undoing an escape has left of a value is looked for only where it is no mere remnant.
  return [...patterns.values()].filter(({ length }) => length >= 4);
}

/** UTF-8, Latin-1, and UTF-16 in both orders, without its zero bytes as `withoutZeros` reads it. */
function encodingsOf(value: string): Buffer[] {
  const latin1 = Buffer.from(value, "latin1");
  if (latin1.toString("latin1") === value) return [Buffer.from(value), latin1];
  const wide = [Buffer.from(value, "utf16le"), Buffer.from(value, "utf16le").swap16()];
  return [Buffer.from(value), ...wide.map((bytes) => Buffer.from([...bytes].filter((byte) => byte !== 0)))];
}

/** As a form's values read once `+` is taken for a space; whether it was one cannot be told any more. */
function withSpaces(bytes: Uint8Array): Uint8Array {
  return bytes.includes(0x20) ? bytes.map((byte) => (byte === 0x2b ? 0x20 : byte)) : bytes;
}

/** What is looked for: in the readings of a text, and in their letters alone. */
interface Looked {
  matcher: Matcher;
  ofLetters: Matcher | null;
  /** Bytes of the shortest of them. */
  shortest: number;
  hasSpace: boolean;
}

function masked(text: Uint8Array, isCut: boolean, looked: Looked): Uint8Array {
  if (text.length < looked.shortest && !isCut) return text;
  // How many secrets begin at each place, less those that end there.
  const edges = new Int32Array(text.length + 1);
  let isFound = false;
  let end = text.length;
  // A text that was cut may end in a part of a secret.
  const least = isCut ? 1 : looked.matcher.shortest;
  for (const { view, isOfLetters } of readings(text, {
    isCut,
    least,
    hasSpace: looked.hasSpace,
    hasLetters: looked.ofLetters !== null,
  })) {
    const matcher = isOfLetters && looked.ofLetters !== null ? looked.ofLetters : looked.matcher;
    const begun = matcher.scan(view.bytes, (after, length) => {
      isFound = true;
      const [from, to] = [startOf(view, after - length), endOf(view, after - 1)];
      edges[from] = (edges[from] as number) + 1;
      edges[to] = (edges[to] as number) - 1;
    });
    if (isCut && begun > 0 && reachesEnd(view, text))
      end = Math.min(end, startOf(view, view.bytes.length - begun));
  }
  return isFound ? withMasks(text, edges, end) : text.subarray(0, end);
}

/** Digits of base64 that are too few for a byte, or part of an escape, may be left of the text behind a reading. */
const MAX_LEFT = 16;

function reachesEnd(view: View, text: Uint8Array): boolean {
  return endOf(view, view.bytes.length - 1) >= text.length - MAX_LEFT;
}

function withMasks(text: Uint8Array, edges: Int32Array, end: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let open = 0;
  let shownFrom = 0;
  for (let i = 0; i < end; i++) {
    const before = open;
    open += edges[i] as number;
    if (before === 0 && open > 0) parts.push(text.subarray(shownFrom, i), MASK_BYTES);
    else if (before > 0 && open === 0) shownFrom = i;
  }
  if (open === 0) parts.push(text.subarray(shownFrom, end));
  return Buffer.concat(parts);
}
