import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { bodyDigest } from "../../src/http/body-digest.ts";

const TURN_CHARACTERS = 256 * 1024;
const whole = (text: string) => createHash("sha256").update(text).digest("base64url");

it.each([
  ["nothing", ""],
  ["a small text", '{"a":"€"}'],
  ["one of just a piece", "x".repeat(TURN_CHARACTERS)],
  [
    "one whose pieces would end within a surrogate pair",
    "x".repeat(TURN_CHARACTERS - 1) + "😀".repeat(400_000),
  ],
  ["one that ends with such a pair", `${"x".repeat(TURN_CHARACTERS - 1)}😀`],
])("the digest of %s is that of the whole", async (_name, text) => {
  expect(await bodyDigest(text)).toBe(whole(text));
});

it("lets others have the thread between the pieces of a large text", async () => {
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  await bodyDigest("x".repeat(10 * TURN_CHARACTERS));
  clearInterval(others);
  expect(turns).toBeGreaterThanOrEqual(9);
});
