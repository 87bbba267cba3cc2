import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * What a text says where it is base64 (RFC 4648, both alphabets) or hex. Whatever is no digit is passed over: line
 * ends, padding, the backslash of a JSON text. A text may begin anywhere in a larger one, so it is read from each digit of
 * a group on: four views in base64, two in hex.
 */

interface Radix {
  /** Value of a byte as a digit; 255 = none. */
  digits: Uint8Array;
  bits: number;
  /** Digits of a group, and the whole bytes that one holds. */
  group: number;
}

export const BASE64: Radix = {
  digits: digitsOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", { "-": 62, _: 63 }),
  bits: 6,
  group: 4,
};

export const HEX: Radix = {
  digits: digitsOf("0123456789abcdef", { A: 10, B: 11, C: 12, D: 13, E: 14, F: 15 }),
  bits: 4,
  group: 2,
};

function digitsOf(alphabet: string, more: Record<string, number>): Uint8Array {
  const digits = new Uint8Array(256).fill(255);
  for (const [value, digit] of [...alphabet].entries()) digits[digit.charCodeAt(0)] = value;
  for (const [digit, value] of Object.entries(more)) digits[digit.charCodeAt(0)] = value;
  return digits;
}

/** The view's digits, read in each alignment; nothing where there are too few of them for `least` bytes. */
export function decodings(view: View, radix: Radix, least: number): View[] {
  const { bytes } = view;
  const values = new Uint8Array(bytes.length);
  const places = new Int32Array(bytes.length);
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const value = radix.digits[bytes[i] as number] as number;
    if (value === 255) continue;
    values[count] = value;
    places[count++] = i;
  }
  if (count * radix.bits < least * 8) return [];
  return Array.from({ length: radix.group }, (_, offset) =>
    decoding(view, radix, values.subarray(offset, count), places.subarray(offset, count)),
  );
}

function decoding(view: View, { bits, group }: Radix, values: Uint8Array, places: Int32Array): View {
  const built = new ViewBuilder(Math.floor((values.length * bits) / 8));
  let held = 0;
  let heldBits = 0;
  for (let i = 0; i < values.length; i++) {
    if (i % group === 0) heldBits = 0;
    held = ((held << bits) | (values[i] as number)) & 0xffff;
    heldBits += bits;
    if (heldBits < 8) continue;
    heldBits -= 8;
    built.add(
      (held >> heldBits) & 255,
      startOf(view, places[i - 1] as number),
      endOf(view, places[i] as number),
    );
  }
  return built.build();
}

const BASE32 = digitsOf(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  Object.fromEntries([..."abcdefghijklmnopqrstuvwxyz"].map((digit, value) => [digit, value])),
);

/** Line ends, and the backslash of those in a JSON text. */
const BETWEEN_ROWS = new Set(Buffer.from("\r\n\\"));

/**
 * What the view says where it is base32. Eight alignments would be dear, and nobody writes it right behind a word: it is
 * read from the first digit of a row on, over the ends of lines. Null where it is too short for `least` bytes.
 */
export function base32(view: View, least: number): View | null {
  const { bytes } = view;
  if (bytes.length * 5 < least * 8) return null;
  const built = new ViewBuilder(Math.ceil((bytes.length * 5) / 8));
  let held = 0;
  let heldBits = 0;
  let before = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    const value = BASE32[byte] as number;
    if (value === 255) {
      if (!BETWEEN_ROWS.has(byte)) heldBits = 0;
      continue;
    }
    held = ((held << 5) | value) & 0xffff;
    heldBits += 5;
    if (heldBits >= 8) {
      heldBits -= 8;
      built.add((held >> heldBits) & 255, startOf(view, before), endOf(view, i));
    }
    before = i;
  }
  return built.build();
}
