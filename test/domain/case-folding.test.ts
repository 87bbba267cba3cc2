import { describe, expect, it } from "vitest";
import { caseFolded } from "../../src/domain/case-folding.ts";

describe("the case of a text", () => {
  it.each([
    ["ASCII", "Orders", "oRDERS"],
    ["a capital with a mark", "ÄPFEL", "äpfel"],
    ["a mark that stands apart", "A\u0308pfel", "äpfel"],
    ["ß and ss", "Straße", "STRASSE"],
    ["capital ẞ", "STRAẞE", "straße"],
    ["İ and the i of other keyboards", "İSTANBUL", "istanbul"],
    ["İ and its own lower case", "İzmir", "i\u0307zmir"],
    ["ı", "ıSPARTA", "ISPARTA"],
    ["a sigma at the end", "ΟΔΟΣ", "οδος"],
    ["a sigma within", "ΟΔΟΣ", "οδοσ"],
    ["a ligature", "ﬁle", "FILE"],
    ["the Kelvin sign", "\u212a", "k"],
    ["Cyrillic", "ЗАКАЗ", "заказ"],
    ["beyond the BMP", "𐐀", "𐐨"],
  ])("does not count: %s", (_, one, other) => {
    expect(caseFolded(one)).toBe(caseFolded(other));
  });

  it.each([
    ["a", "ä"],
    ["ss", "s"],
    ["e", "é"],
  ])("counts alone: %s is not %s", (one, other) => {
    expect(caseFolded(one)).not.toBe(caseFolded(other));
  });

  it("of every character is folded the same again", () => {
    for (let code = 0; code < 0x2_0000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const folded = caseFolded(String.fromCodePoint(code));
      if (caseFolded(folded) !== folded)
        expect([code.toString(16), caseFolded(folded)]).toEqual([code.toString(16), folded]);
    }
  });
});
