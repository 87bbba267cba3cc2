import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/** What decoding makes of a text that is not encoded has no such runs, but by a rare chance. */
const LEAST_RUN = 16;

const IS_PRINTABLE = new Uint8Array(256);
for (let byte = 0x20; byte < 0x7f; byte++) IS_PRINTABLE[byte] = 1;
for (const byte of [0x09, 0x0a, 0x0d]) IS_PRINTABLE[byte] = 1;

const SPACE = 0x20;

/** What of a decoded view is text: its runs of ASCII, with a space between them. Null where there is none. */
export function printableRuns(view: View): View | null {
  const { bytes } = view;
  const least = Math.min(LEAST_RUN, bytes.length);
  let built: ViewBuilder | null = null;
  if (least === 0) return null;
  // Each run has its last byte of the first `least` at a place that is looked at.
  for (let i = 0; i + least <= bytes.length; ) {
    let first = i + least - 1;
    while (first >= i && IS_PRINTABLE[bytes[first] as number] === 1) first--;
    if (first >= i) {
      i = first + 1;
      continue;
    }
    let end = i + least;
    while (end < bytes.length && IS_PRINTABLE[bytes[end] as number] === 1) end++;
    built ??= new ViewBuilder(bytes.length + 1);
    for (let n = i; n < end; n++) built.add(bytes[n] as number, startOf(view, n), endOf(view, n));
    // The byte that ends the run is none of a text.
    if (end < bytes.length) built.add(SPACE, startOf(view, end), endOf(view, end));
    i = end + 1;
  }
  return built?.build() ?? null;
}
