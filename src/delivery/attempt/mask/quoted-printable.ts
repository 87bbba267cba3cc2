import { hexDigit } from "./digits.ts";
import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * Quoted-printable (RFC 2045, 6.7), as mails are written: `=3D` for a byte, and `=` at the end of a line that goes on. Not one
 * of the escapes that are read together: `=ab` stands in many texts for itself.
 */

const [EQUALS, CR, LF] = [0x3d, 0x0d, 0x0a];

/** The view as it reads; null where it says nothing else than it does without. */
export function quotedPrintable(view: View): View | null {
  const { bytes } = view;
  let built: ViewBuilder | null = null;
  let copied = 0;
  for (let i = bytes.indexOf(EQUALS); i !== -1; i = bytes.indexOf(EQUALS, copied > i ? copied : i + 1)) {
    const length = takenAt(bytes, i);
    if (length === 0) continue;
    built ??= new ViewBuilder(bytes.length);
    for (let n = copied; n < i; n++) built.add(bytes[n] as number, startOf(view, n), endOf(view, n));
    const [high, low] = [hexDigit(bytes[i + 1] as number), hexDigit(bytes[i + 2] as number)];
    if (high !== -1) built.add(high * 16 + low, startOf(view, i), endOf(view, i + 2));
    copied = i + length;
  }
  if (built === null) return null;
  for (let n = copied; n < bytes.length; n++) built.add(bytes[n] as number, startOf(view, n), endOf(view, n));
  return built.build();
}

/** How much stands there for a byte, or for the end of a line; 0 = nothing. */
function takenAt(bytes: Uint8Array, i: number): number {
  const [first = 0, second = 0] = [bytes[i + 1], bytes[i + 2]];
  if (first === LF) return 2;
  if (first === CR && second === LF) return 3;
  return hexDigit(first) !== -1 && hexDigit(second) !== -1 ? 3 : 0;
}
