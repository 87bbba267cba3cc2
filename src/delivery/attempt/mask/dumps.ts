import { hexDigit } from "./digits.ts";
import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * Dumps, as `hexdump`, `xxd` and `od` write them: rows of bytes in hex, alone, in pairs or in words, between the place of the
 * first one and what the row says in letters. What is found goes with the rest of its row, which says it again.
 */

const [LINE_END, COLON, SPACE, TAB] = [0x0a, 0x3a, 0x20, 0x09];

const IS_HEX = Uint8Array.from({ length: 256 }, (_, byte) => (hexDigit(byte) === -1 ? 0 : 1));

/** Digits of a place. */
const LEAST_PLACE = 4;
const MOST_PLACE = 16;

/** Digits of the place before a row of letters, as `od -c` writes it. */
const LEAST_OF_LETTERS = 7;

/** A row has no more bytes; most have a gap after the eighth. */
const MOST_IN_ROW = 32;
const GAP_AFTER = 8;

/** A line of text may begin like a row by chance, but not with so many bytes behind it. */
const LEAST_WITHIN_LINE = 8;

/** Rows of a dump: what their bytes are, the same with the two of each word the other way round, and their text without places. */
export interface Dump {
  bytes: View;
  swapped: View;
  withoutPlaces: View;
}

/** Null where there is none. */
export function dumpOf(view: View): Dump | null {
  const rows = rowsOf(view.bytes);
  if (rows.length === 0) return null;
  const most = view.bytes.length;
  const [bytes, swapped, rest] = [new ViewBuilder(most), new ViewBuilder(most), new ViewBuilder(most)];
  let copied = 0;
  for (const { from, placeEnd, end, at } of rows) {
    for (; copied < from; copied++) add(rest, view, copied, copied);
    copied = placeEnd;
    for (const [n, place] of at.entries()) {
      addPair(bytes, view, place, end);
      addPair(swapped, view, at[n ^ 1] ?? place, end, Math.min(place, at[n ^ 1] ?? place));
    }
  }
  for (; copied < view.bytes.length; copied++) add(rest, view, copied, copied);
  return { bytes: bytes.build(), swapped: swapped.build(), withoutPlaces: rest.build() };
}

function add(built: ViewBuilder, view: View, i: number, last: number): void {
  built.add(view.bytes[i] as number, startOf(view, i), endOf(view, last));
}

/** The byte of two digits; its spelling ends with its row. */
function addPair(built: ViewBuilder, view: View, place: number, end: number, from = place): void {
  const [high = 0, low = 0] = [view.bytes[place], view.bytes[place + 1]];
  built.add(hexDigit(high) * 16 + hexDigit(low), startOf(view, from), endOf(view, end - 1));
}

interface Row {
  from: number;
  placeEnd: number;
  /** The end of its line. */
  end: number;
  /** Where the digits of each byte are. */
  at: number[];
}

function rowsOf(bytes: Uint8Array): Row[] {
  const rows: Row[] = [];
  for (let line = 0; line < bytes.length; ) {
    const next = bytes.indexOf(LINE_END, line);
    const end = next === -1 ? bytes.length : next;
    const row = rowIn(bytes, line, end);
    if (row !== null) rows.push(row);
    line = end + 1;
  }
  return rows;
}

/** The row of a line: its first one may stand behind something else. */
function rowIn(bytes: Uint8Array, line: number, end: number): Row | null {
  // A place has a digit at each fourth byte that is looked at.
  for (let i = line + LEAST_PLACE - 1; i < end; i += LEAST_PLACE) {
    if (IS_HEX[bytes[i] as number] === 0) continue;
    let [from, placeEnd] = [i, i];
    while (from > line && IS_HEX[bytes[from - 1] as number] === 1) from--;
    while (placeEnd < end && IS_HEX[bytes[placeEnd] as number] === 1) placeEnd++;
    const digits = placeEnd - from;
    i = placeEnd;
    if (digits < LEAST_PLACE || digits > MOST_PLACE) continue;
    const at = bytesOfRow(bytes, placeEnd, end);
    // At the beginning of a line a long one is a place without hex behind it, too: the row is of letters.
    const least = from > line ? LEAST_WITHIN_LINE : digits >= LEAST_OF_LETTERS ? 0 : 1;
    if (at.length >= least) return { from, placeEnd, end, at };
  }
  return null;
}

function bytesOfRow(bytes: Uint8Array, placeEnd: number, end: number): number[] {
  const start = bytes[placeEnd] === COLON ? placeEnd + 1 : placeEnd;
  const indent = blanksAt(bytes, start, end);
  const at: number[] = [];
  for (let i = start + indent; indent > 0 && at.length < MOST_IN_ROW && i + 1 < end; ) {
    if (hexDigit(bytes[i] as number) === -1 || hexDigit(bytes[i + 1] as number) === -1) break;
    at.push(i);
    const blanks = blanksAt(bytes, i + 2, end);
    // What a row says in letters stands further off.
    if (blanks > 1 && at.length !== GAP_AFTER) break;
    i += 2 + blanks;
  }
  return at;
}

function blanksAt(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] === SPACE || bytes[i] === TAB)) i++;
  return i - from;
}
