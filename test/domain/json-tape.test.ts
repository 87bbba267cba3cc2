import { describe, expect, it } from "vitest";
import { type JsonTape, readTape } from "../../src/domain/json-tape.ts";

/** The value at an index, put together from the tape. */
function valueAt(tape: JsonTape, index: number): unknown {
  const first = String.fromCharCode(tape.first(index));
  if (first === '"') return tape.string(index);
  if (first !== "{" && first !== "[") return JSON.parse(tape.raw(index));
  const isObject = first === "{";
  const entries: [string, unknown][] = [];
  for (let at = index + 1; at < tape.next(index); at = tape.next(isObject ? at + 1 : at)) {
    entries.push(isObject ? [tape.string(at), valueAt(tape, at + 1)] : ["", valueAt(tape, at)]);
  }
  expect(tape.count(index)).toBe(entries.length);
  return isObject ? Object.fromEntries(entries) : entries.map(([, value]) => value);
}

const read = (text: string) => {
  const tape = readTape(text);
  return tape === null ? "no JSON" : valueAt(tape, 0);
};

/** A generator with a seed: the same documents at each run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("the tape of a JSON text", () => {
  it.each([
    ' {"a" : [1, -2.5e+3, true, false, null, "x"], "b":{}, "c":[ ] , "":{"":""}} ',
    String.raw`["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00", "\ud800"]`,
    "0",
    '"text"',
    "[[[[]]],{}]",
    '{"__proto__":1,"2":2,"1":1}',
  ])("holds what %s says", (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it("keeps numbers as they are written", () => {
    const tape = readTape('{"n":12345678901234567890,"m":1.00}') as JsonTape;
    expect([tape.raw(2), tape.raw(4)]).toEqual(["12345678901234567890", "1.00"]);
  });

  it("is there for exactly the texts that JSON.parse takes", () => {
    const parts = [
      ...[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"\\u00e9"',
        '"\\x"',
        '"\\u12g4"',
        "1",
        "-0",
        "01",
        "1.",
        "1e5",
      ],
      ...["1e", ".5", "-", "true", "fals", "null", " ", "\n", "\u00a0", '"', "\\", '"\u0001"', "{}", "[1]"],
    ];
    const next = numbersFrom(7);
    let taken = 0;
    for (let round = 0; round < 15_000; round++) {
      const text = Array.from({ length: 1 + next(8) }, () => parts[next(parts.length)]).join("");
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (isJson) taken++;
      if ((readTape(text) !== null) !== isJson) expect.fail(`${JSON.stringify(text)} is JSON: ${isJson}`);
    }
    expect(taken).toBeGreaterThan(300);
  });

  it("goes to any depth", () => {
    const text = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(readTape(text)?.next(0)).toBe(200_000);
    expect(readTape("[".repeat(200_000))).toBeNull();
  });
});
