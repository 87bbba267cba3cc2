import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * Letters and digits of ASCII in another dress, as Unicode has them for other scripts' widths and for mathematics (full
 * width, bold, circled, raised): its compatibility decomposition (UAX 15, NFKC) names the plain ones.
 */

/** First bytes, in UTF-8, of the ranges that have such characters. Most scripts are in others. */
const MAY_BE_DRESSED = new Uint8Array(256);
for (const first of [0xc2, 0xc5, 0xca, 0xcb, 0xe1, 0xe2, 0xef, 0xf0]) MAY_BE_DRESSED[first] = 1;

/** What a character is in ASCII, by its code point; empty = nothing. */
const KNOWN = new Map<number, string>();
const MOST_KNOWN = 2000;

/** The view with such characters in ASCII; null where it has none. */
export function compatible(view: View): View | null {
  const { bytes } = view;
  let built: ViewBuilder | null = null;
  let copied = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (MAY_BE_DRESSED[bytes[i] as number] === 0) continue;
    const length = lengthOf(bytes[i] as number);
    const ascii = asciiOf(bytes, i, length);
    // A letter is one character in ASCII. With one that is several the view would have more bytes than the text.
    if (ascii === "" || ascii.length > length) continue;
    built ??= new ViewBuilder(bytes.length);
    copy(view, copied, i, built);
    for (let n = 0; n < ascii.length; n++)
      built.add(ascii.charCodeAt(n), startOf(view, i), endOf(view, i + length - 1));
    i += length - 1;
    copied = i + 1;
  }
  if (built === null) return null;
  copy(view, copied, bytes.length, built);
  return built.build();
}

function copy(view: View, from: number, to: number, built: ViewBuilder): void {
  for (let i = from; i < to; i++) built.add(view.bytes[i] as number, startOf(view, i), endOf(view, i));
}

function lengthOf(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

function asciiOf(bytes: Uint8Array, i: number, length: number): string {
  if (i + length > bytes.length) return "";
  let code = (bytes[i] as number) & (0x7f >> length);
  for (let n = i + 1; n < i + length; n++) {
    const byte = bytes[n] as number;
    if ((byte & 0xc0) !== 0x80) return "";
    code = (code << 6) | (byte & 0x3f);
  }
  if (code > 0x10ffff) return "";
  const known = KNOWN.get(code);
  if (known !== undefined) return known;
  const plain = String.fromCodePoint(code).normalize("NFKC");
  const ascii = /^[!-~]+$/.test(plain) ? plain : "";
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(code, ascii);
  return ascii;
}
