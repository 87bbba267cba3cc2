import { expect, it } from "vitest";
import { isKeyList, keyBytes, keysIn } from "../../src/domain/key-list.ts";

const [first, second] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64"));

it("takes a key of 32 bytes in base64, or a comma list of them with spaces, newest first", () => {
  expect([`${first}`, `${second},${first}`, ` ${second} , ${first} `].map(isKeyList)).toEqual([
    true,
    true,
    true,
  ]);
  expect(keysIn(` ${second} , ${first} `)).toEqual([second, first]);
  expect(keyBytes(`${second}`)).toEqual(Buffer.alloc(32, 2));
});

it.each([
  ["nothing", ""],
  ["31 bytes", Buffer.alloc(31).toString("base64")],
  ["33 bytes", Buffer.alloc(33).toString("base64")],
  ["32 letters", "a".repeat(32)],
  ["a gap in the list", `${first},`],
  ["a list with one that is too short", `${first},${btoa("short")}`],
])("refuses %s", (_what, text) => {
  expect(isKeyList(text)).toBe(false);
});
