import { endOf, startOf, type View, ViewBuilder } from "./view.ts";

/*
 * What a text says in letters and digits of ASCII, whatever stands between them: line ends that fold it, spaces, the quotes
 * and commas of a list of characters, soft breaks of mails, marks of no width.
 */

/** A secret of fewer letters and digits may stand in an honest text by chance, once all between them is left out. */
const LEAST_LETTERS = 12;

const IS_LETTER = new Uint8Array(256);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
  IS_LETTER[letter.charCodeAt(0)] = 1;

/** The letters and digits of what is looked for; null where they are too few. */
export function lettersOf(pattern: Uint8Array): Uint8Array | null {
  const letters = pattern.filter((byte) => IS_LETTER[byte] === 1);
  return letters.length >= LEAST_LETTERS ? letters : null;
}

/** The view's letters and digits alone. */
export function lettersAlone(view: View): View {
  const built = new ViewBuilder(view.bytes.length);
  for (let i = 0; i < view.bytes.length; i++) {
    const byte = view.bytes[i] as number;
    if (IS_LETTER[byte] === 1) built.add(byte, startOf(view, i), endOf(view, i));
  }
  return built.build();
}
