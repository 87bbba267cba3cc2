import { compatible } from "./compatible.ts";
import { type Dump, dumpOf } from "./dumps.ts";
import { unescaped } from "./escapes.ts";
import { withoutPlaces } from "./indexed.ts";
import { lettersAlone } from "./letters.ts";
import { numberLists } from "./numbers.ts";
import { printableRuns } from "./printable.ts";
import { quotedPrintable } from "./quoted-printable.ts";
import { BASE64, base32, decodings, HEX } from "./radix.ts";
import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/** How deep escapes may be nested: JSON in JSON in a URL is three. */
const MAX_LAYERS = 4;

/** How deep encodings may be nested: a body in base64, within it a token in base64, in hex of which something is. */
const MAX_DEPTH = 3;

/**
 * What is read of encodings within encodings, of all of them together, by the text's length: no text is dear. One that is
 * base64 to its ends, four deep, takes 3/4 of it, of that 3/4, and of that again: less than this, whatever its size.
 */
const NESTED_SHARE = 2;

/** A way to read a text. */
export interface Reading {
  view: View;
  /** Whether it is of letters and digits alone. */
  isOfLetters: boolean;
}

export interface Ways {
  /** Whether the text was cut. */
  isCut: boolean;
  /** What is looked for is at least so many bytes. */
  least: number;
  /** Whether any of it has a space. */
  hasSpace: boolean;
  /** Whether any of it is looked for by its letters. */
  hasLetters: boolean;
}

/** A text in each of the ways in which it may be read. */
export function* readings(text: Uint8Array, ways: Ways): Generator<Reading> {
  yield* readingsOf({ bytes: text, from: null, to: null }, ways, 0, { bytes: text.length * NESTED_SHARE });
}

/** The view, and the same with one layer of escapes after the other read. */
export function layers(view: View, isCut: boolean): View[] {
  const all = [view];
  for (let next = unescaped(view, isCut); next !== null && all.length <= MAX_LAYERS; ) {
    all.push(next);
    next = unescaped(next, isCut);
  }
  return all;
}

function* readingsOf(whole: View, ways: Ways, depth: number, left: { bytes: number }): Generator<Reading> {
  const { isCut, hasSpace, hasLetters } = ways;
  const plain = layers(whole, isCut);
  yield* inFull(plain);
  const last = plain.at(-1) as View;
  if (hasSpace && last.bytes.includes(0x2b))
    yield* inFull([{ ...last, bytes: last.bytes.map((byte) => (byte === 0x2b ? 0x20 : byte)) }]);
  // The one without escapes first: line ends that are escaped have letters, which put what follows out of its alignment, and
  // what would be read of it leaves nothing for the right one.
  for (const view of plain.length === 1 ? plain : [last, whole]) {
    const dump = dumpOf(view);
    const listed = withoutPlaces(view);
    const narrow = withoutZeros(view);
    const undressed = compatible(view);
    if (narrow !== null) yield* inFull(layers(narrow, isCut));
    yield* inFull([undressed, quotedPrintable(view)]);
    if (hasLetters) yield* inLetters([undressed ?? view, listed, dump?.withoutPlaces ?? null]);
    for (const decoded of decodedOf(view, listed, dump, ways)) {
      yield* inFull(layers(decoded, isCut));
      yield* inFull([withoutZeros(decoded)]);
      const nested = depth < MAX_DEPTH ? printableRuns(decoded) : null;
      if (nested === null || nested.bytes.length > left.bytes) continue;
      left.bytes -= nested.bytes.length;
      yield* readingsOf(nested, ways, depth + 1, left);
    }
  }
}

function* inFull(views: readonly (View | null)[]): Generator<Reading> {
  for (const view of views) if (view !== null) yield { view, isOfLetters: false };
}

function* inLetters(views: readonly (View | null)[]): Generator<Reading> {
  for (const view of views) if (view !== null) yield { view: lettersAlone(view), isOfLetters: true };
}

/**
 * What the view is the encoding of, if it is one.
 * @param listed the view without the places of its lists, if it has any
 */
function* decodedOf(view: View, listed: View | null, dump: Dump | null, ways: Ways): Generator<View> {
  const { isCut, least } = ways;
  yield* numberLists(view, isCut, least);
  if (listed !== null) yield* numberLists(listed, isCut, least);
  if (dump !== null) yield* [dump.bytes, dump.swapped];
  yield* decodings(view, BASE64, least);
  yield* decodings(view, HEX, least);
  const rows = base32(view, least);
  if (rows !== null) yield rows;
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
