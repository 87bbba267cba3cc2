import { MASK } from "../../../domain/mask.ts";
import { unescaped } from "./escapes.ts";
import { lettersAlone, lettersOf } from "./letters.ts";
import { Matcher } from "./matcher.ts";
import { numberLists } from "./numbers.ts";
import { BASE64, base32, decodings, HEX } from "./radix.ts";
import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

const MASK_BYTES = Buffer.from(MASK);

/** How deep escapes may be nested: JSON in JSON in a URL is three. */
const MAX_LAYERS = 4;

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
 * What takes values out of texts in whatever way they are spelled there: plain, escaped as in JSON, HTML or URLs, in
 * base64, base32 or hex, as a list of bytes, in UTF-16 or UTF-32, and escapes within escapes; in capitals or without, and with anything
 * between its letters. The text is read in each of these ways, and the values are looked for in every reading; each costs one
 * step per byte, so that no text is dear.
 */
export function masker(values: readonly string[]): Masker {
  const patterns = patternsOf(values);
  if (patterns.length === 0) return { size: 0, texts: (texts) => [...texts], bytes: (bytes) => bytes };
  const matcher = new Matcher(patterns);
  const letters = patterns.map(lettersOf).filter((pattern) => pattern !== null);
  const ofLetters = letters.length === 0 ? null : new Matcher(letters);
  const hasSpace = patterns.some((pattern) => pattern.includes(0x20));
  const bytes = (text: Uint8Array, isCut: boolean) => masked(text, isCut, { matcher, ofLetters, hasSpace });
  const text = (given: string) => Buffer.from(bytes(Buffer.from(given), false)).toString();
  return {
    size: matcher.bytes + (ofLetters?.bytes ?? 0),
    bytes,
    texts: (texts) => {
      // All at once, for the price of one; a value holds no line end. Where a mask took one away they are read one by one.
      const together = text(texts.join("\n")).split("\n");
      return together.length === texts.length ? together : texts.map(text);
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

/** What UTF-16 and UTF-32 say in either order, of characters of Latin-1; null where there is no zero byte. */
function withoutZeros(view: View): View | null {
  if (!view.bytes.includes(0)) return null;
  const built = new ViewBuilder(view.bytes.length);
  for (let i = 0; i < view.bytes.length; i++) {
    const byte = view.bytes[i] as number;
    if (byte !== 0) built.add(byte, startOf(view, i), endOf(view, i));
  }
  return built.build();
}

/** As a form's values read once `+` is taken for a space; whether it was one cannot be told any more. */
function withSpaces(bytes: Uint8Array): Uint8Array {
  return bytes.includes(0x20) ? bytes.map((byte) => (byte === 0x2b ? 0x20 : byte)) : bytes;
}

/** The view, and the same with one layer of escapes after the other read. */
function layers(view: View, isCut: boolean): View[] {
  const all = [view];
  for (let next = unescaped(view, isCut); next !== null && all.length <= MAX_LAYERS; ) {
    all.push(next);
    next = unescaped(next, isCut);
  }
  return all;
}

function* readings(text: Uint8Array, isCut: boolean, least: number, hasSpace: boolean): Generator<View> {
  const plain = layers({ bytes: text, from: null, to: null }, isCut);
  yield* plain;
  const last = plain.at(-1) as View;
  if (hasSpace && last.bytes.includes(0x2b))
    yield { ...last, bytes: last.bytes.map((byte) => (byte === 0x2b ? 0x20 : byte)) };
  for (const view of plain.length === 1 ? plain : [plain[0] as View, last]) {
    const narrow = withoutZeros(view);
    if (narrow !== null) yield* layers(narrow, isCut);
    yield* numberLists(view, isCut, least);
    const rows = base32(view, least);
    for (const decoded of [
      ...decodings(view, BASE64, least),
      ...decodings(view, HEX, least),
      ...(rows === null ? [] : [rows]),
    ]) {
      yield* layers(decoded, isCut);
      const narrowed = withoutZeros(decoded);
      if (narrowed !== null) yield narrowed;
    }
  }
}

/** What is looked for: in the readings of a text, and in their letters alone. */
interface Looked {
  matcher: Matcher;
  ofLetters: Matcher | null;
  hasSpace: boolean;
}

function* viewsOf(
  text: Uint8Array,
  isCut: boolean,
  { matcher, ofLetters, hasSpace }: Looked,
): Generator<[View, Matcher]> {
  // A text that was cut may end in a part of a secret.
  for (const view of readings(text, isCut, isCut ? 1 : matcher.shortest, hasSpace)) yield [view, matcher];
  if (ofLetters === null) return;
  const plain = layers({ bytes: text, from: null, to: null }, isCut);
  for (const view of new Set([plain[0] as View, plain.at(-1) as View])) yield [lettersAlone(view), ofLetters];
}

function masked(text: Uint8Array, isCut: boolean, looked: Looked): Uint8Array {
  const shortest = Math.min(looked.matcher.shortest, looked.ofLetters?.shortest ?? Number.POSITIVE_INFINITY);
  if (text.length < shortest && !isCut) return text;
  // How many secrets begin at each place, less those that end there.
  const edges = new Int32Array(text.length + 1);
  let isFound = false;
  let end = text.length;
  for (const [view, matcher] of viewsOf(text, isCut, looked)) {
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
