import { afterString, skipSpace } from "./raw-json.ts";

/*
 * How deep JSON text is nested, told before it is parsed: JSON.parse itself goes to any depth, what walks its value
 * afterwards (validation, copies, JSON.stringify) does not.
 */

/**
 * How deep what an event or a setting holds may be nested, `{}` being one level. Readers of JSON have limits of their
 * own, as Ruby's and Rails' 100, serde_json's 128 (.NET's 64 is the lowest that is common): what no receiver could
 * read would only be retried.
 */
export const MAX_DEPTH = 128;

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** A place that is nested deeper than allowed. */
export interface TooDeep {
  /** The member of the outermost object that it lies in, as it is written in the text; null = in none. */
  member: string | null;
}

/**
 * Where a text, that may be no JSON at all, goes deeper than `maxLevels`; null = nowhere. A text that breaks off within
 * a string counts up to there: JSON.parse will refuse it.
 */
export function deeperThan(text: string, maxLevels: number, start = 0, end = text.length): TooDeep | null {
  let depth = 0;
  let memberStart = -1;
  let memberEnd = -1;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const after = endOfString(text, at);
      if (after === null) return null;
      if (depth === 1 && text.charCodeAt(skipSpace(text, after)) === COLON) {
        memberStart = at + 1;
        memberEnd = after - 1;
      }
      at = after - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > maxLevels) return { member: memberStart < 0 ? null : text.slice(memberStart, memberEnd) };
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
    }
  }
  return null;
}

function endOfString(text: string, from: number): number | null {
  try {
    return afterString(text, from);
  } catch {
    return null;
  }
}
