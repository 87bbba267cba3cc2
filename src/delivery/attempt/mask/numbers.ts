import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * What a text says as a list of numbers, each of them a byte: as languages print bytes (`[97, 116]`), and dumps in octal,
 * hex or bits. Whatever is no digit stands between two of them.
 */

/** Bases, and how many digits a number has at most: leading zeros among them. */
const BASES = [
  { base: 10, most: 3 },
  { base: 16, most: 2 },
  { base: 8, most: 3 },
  { base: 2, most: 8 },
] as const;

const DIGITS = new Uint8Array(256).fill(255);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

const ZERO = 0x30;
/** `0x61`, `0o141`, `0b1100001`. */
const AFTER_ZERO = new Set(Buffer.from("xXoObB"));

/**
 * The view's numbers in each base, where there are at least so many. Of a text that was cut, a number that the cut may
 * have gone through is left out.
 */
export function numberLists(view: View, isCut: boolean, least: number): View[] {
  // Two of them have something between them.
  if (view.bytes.length < 2 * least - 1) return [];
  return BASES.flatMap(({ base, most }) => {
    let count = 0;
    eachNumber(view.bytes, base, most, () => count++);
    if (count < least) return [];
    const built = new ViewBuilder(count);
    eachNumber(view.bytes, base, most, (number, from, to) => {
      if (to < view.bytes.length || !isCut) built.add(number, startOf(view, from), endOf(view, to - 1));
    });
    return [built.build()];
  });
}

function eachNumber(
  bytes: Uint8Array,
  base: number,
  most: number,
  found: (number: number, from: number, to: number) => void,
): void {
  for (let from = 0; from < bytes.length; ) {
    if (bytes[from] === ZERO && AFTER_ZERO.has(bytes[from + 1] ?? 0)) {
      from += 2;
      continue;
    }
    let to = from;
    let number = 0;
    for (; to < bytes.length; to++) {
      const digit = DIGITS[bytes[to] as number] as number;
      if (digit >= base) break;
      number = Math.min(256, number * base + digit);
    }
    if (to > from && to - from <= most && number < 256) found(number, from, to);
    from = Math.max(to, from + 1);
  }
}
