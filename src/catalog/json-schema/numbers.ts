/* Numbers as JSON writes them: compared and divided with all of their digits, which doubles would round. */

/** Longer ones are counted as doubles: nobody writes them, and their arithmetic takes long. */
const MAX_EXACT_LENGTH = 400;

/** Integers of so many characters are exact as doubles. */
export const SAFE_LENGTH = 15;

const INTEGER = /^-?\d+$/;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Whether a number has no fraction: `12345678901234567890`, `1.0` and `1e400` have none. */
export function isInteger(literal: string): boolean {
  if (INTEGER.test(literal)) return true;
  const parts = DECIMAL.exec(literal);
  if (parts === null) return false;
  const [, , whole = "", fraction = "", exponent = "0"] = parts;
  const significant = (whole + fraction).replace(/0+$/, "");
  if (/^0*$/.test(significant)) return true;
  const trailing = whole.length + fraction.length - significant.length;
  return fraction.length - trailing <= Number(exponent);
}

/** What a number is worth, to compare with bounds: integers with all of their digits. */
export function worthOf(literal: string): number | bigint {
  const isExact = literal.length > SAFE_LENGTH && literal.length <= MAX_EXACT_LENGTH && INTEGER.test(literal);
  return isExact ? BigInt(literal) : Number(literal);
}

/** Whether dividing by a number above 0 leaves nothing. Decimal: 0.3 is a multiple of 0.1. */
export function isMultiple(literal: string, factor: number): boolean {
  const [left, right] = [decimalOf(literal), decimalOf(String(factor))];
  // Too long or too large for exact arithmetic.
  if (left === null || right === null) return Number(literal) % factor === 0;
  const scale = Math.max(left.scale, right.scale);
  return scaled(left, scale) % scaled(right, scale) === 0n;
}

interface Decimal {
  digits: bigint;
  /** Digits after the point; negative for those that an exponent adds before it. */
  scale: number;
}

function decimalOf(literal: string): Decimal | null {
  if (literal.length > MAX_EXACT_LENGTH) return null;
  const parts = DECIMAL.exec(literal);
  if (parts === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const scale = fraction.length - Number(exponent);
  return Math.abs(scale) > MAX_EXACT_LENGTH ? null : { digits: BigInt(sign + whole + fraction), scale };
}

function scaled({ digits, scale }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(to - scale);
}
