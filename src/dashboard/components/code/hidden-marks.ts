/** Control characters, marks of direction and what has no width: what could hide or turn text. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

export interface Part {
  text: string;
  /** Whether it is one hidden character, to be drawn as a box with its number. */
  isHidden: boolean;
}

/** A text in parts: what is as it looks, and what is not. */
export function partsOf(text: string): Part[] {
  if (!HIDDEN.test(text)) return [{ text, isHidden: false }];
  return text
    .split(new RegExp(`(${HIDDEN.source})`))
    .filter((part) => part !== "")
    .map((part) => ({ text: part, isHidden: part.length === 1 && HIDDEN.test(part) }));
}

/** "U+202E". */
export function codePointText(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
