import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * Lists that say the place of each of their values: `{"0":115,"1":101}`, as JavaScript writes an array of bytes or a text that
 * was taken for an object, `[0] => 115`, `0: 's'`.
 */

const [ZERO, NINE, COLON, EQUALS] = [0x30, 0x39, 0x3a, 0x3d];

/** What may stand between a place and the sign behind it: quotes, the backslash of one in a text of JSON, a bracket, a blank. */
const BETWEEN = new Set(Buffer.from("\"'\\`]) "));
const MOST_BETWEEN = 4;

/** Fewer places in a row are nobody's list. */
const LEAST_PLACES = 8;
const MOST_DIGITS = 6;

/** The view without the places of its lists, which count up by one; null where it has none. */
export function withoutPlaces(view: View): View | null {
  const places = placesOf(view.bytes);
  if (places.length === 0) return null;
  const built = new ViewBuilder(view.bytes.length);
  let i = 0;
  for (const [from, to] of places) {
    for (; i < from; i++) built.add(view.bytes[i] as number, startOf(view, i), endOf(view, i));
    i = to;
  }
  for (; i < view.bytes.length; i++) built.add(view.bytes[i] as number, startOf(view, i), endOf(view, i));
  return built.build();
}

/** Where the digits of places are, of lists that are long enough. */
function placesOf(bytes: Uint8Array): [from: number, to: number][] {
  const all: [number, number][] = [];
  let list: [number, number][] = [];
  let last = -1;
  for (let i = 0; i < bytes.length; i++) {
    if (!isDigit(bytes[i])) continue;
    let to = i;
    let number = 0;
    for (; isDigit(bytes[to]); to++)
      if (to - i < MOST_DIGITS) number = number * 10 + (bytes[to] as number) - ZERO;
    if (to - i <= MOST_DIGITS && isPlace(bytes, to)) {
      if (number !== last + 1) {
        if (list.length >= LEAST_PLACES) all.push(...list);
        list = [];
      }
      list.push([i, to]);
      last = number;
    }
    i = to;
  }
  return list.length >= LEAST_PLACES ? [...all, ...list] : all;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** Whether a sign stands behind it that makes it a place. */
function isPlace(bytes: Uint8Array, after: number): boolean {
  for (let i = after; i <= after + MOST_BETWEEN; i++) {
    const byte = bytes[i];
    if (byte === COLON || byte === EQUALS) return true;
    if (byte === undefined || !BETWEEN.has(byte)) return false;
  }
  return false;
}
