import { describe, expect, it } from "vitest";
import { ApiError } from "../../src/errors.ts";
import { parseJson } from "../../src/http/body.ts";

describe("a body that is no JSON is answered 400, which names what stands where it may not", () => {
  const said = (text: string) => {
    try {
      parseJson(text);
    } catch (error) {
      return error instanceof ApiError ? error.detail : error;
    }
    return null;
  };

  it("a byte order mark at its beginning, which nobody sees", () => {
    expect(said('\ufeff{"a":1}')).toBe(
      "This is not JSON: a byte order mark (U+FEFF) stands at its beginning; send it without.",
    );
  });

  it.each(["\u200b", "\u202e", "\u0000", "\u00a0"])(
    "a character that is not seen, by its number: %j",
    (character) => {
      const message = said(`${character}{}`);
      expect(message).toMatch(/^This is not JSON/);
      expect(message).not.toContain(character);
    },
  );
});
