import { describe, expect, it } from "vitest";
import { arrayElements, topLevelMembers } from "../../src/domain/raw-json.ts";

function values(text: string): [string, string][] {
  return topLevelMembers(text).map(({ key, start, end }) => [key, text.slice(start, end)]);
}

describe("topLevelMembers", () => {
  it("gives each value exactly as it stands, without the space around it", () => {
    const text =
      '\r\n { "a" : 1.0 ,\t"b":12345678901234567890,"c": [ 1 , {"d": "]"} ] , "e"\n:\n{ "f" : 1e2 }\n}\n';
    expect(values(text)).toEqual([
      ["a", "1.0"],
      ["b", "12345678901234567890"],
      ["c", '[ 1 , {"d": "]"} ]'],
      ["e", '{ "f" : 1e2 }'],
    ]);
  });

  it("finds no member in an empty object", () => {
    expect(values("{}")).toEqual([]);
    expect(values(" { \n } ")).toEqual([]);
  });

  it("is not misled by quotes, backslashes and brackets inside strings", () => {
    const text = String.raw`{"a":"\"}","b":"\\","c":"\\\"{[","d":["\\\\","]\""],"e":"","f":null}`;
    expect(values(text)).toEqual([
      ["a", String.raw`"\"}"`],
      ["b", String.raw`"\\"`],
      ["c", String.raw`"\\\"{["`],
      ["d", String.raw`["\\\\","]\""]`],
      ["e", '""'],
      ["f", "null"],
    ]);
  });

  it("decodes escaped keys", () => {
    expect(values(String.raw`{"d\u0061ta":1,"a\"b":2,"\\":3}`).map(([key]) => key)).toEqual([
      "data",
      'a"b',
      "\\",
    ]);
  });

  it("lists a key that occurs twice twice, however it is spelled", () => {
    expect(values(String.raw`{"data":1,"d\u0061ta":2}`)).toEqual([
      ["data", "1"],
      ["data", "2"],
    ]);
  });

  it("reads an object inside a longer text", () => {
    const text = '[{"a":1},{"b":[2]}]';
    expect(topLevelMembers(text, 9)).toEqual([{ key: "b", start: 14, end: 17 }]);
  });

  it("refuses what is not an object", () => {
    expect(() => topLevelMembers("[1]")).toThrow(TypeError);
  });

  it("ends with an error, not in a loop, on text that is cut off", () => {
    const text = String.raw`{"a":[1,{"b":"\""}],"c":12}`;
    for (let length = 0; length < text.length; length++) {
      expect(() => topLevelMembers(text.slice(0, length)), text.slice(0, length)).toThrow(TypeError);
    }
  });

  it("agrees with JSON.parse on documents of every kind", () => {
    const documents: Record<string, unknown>[] = [
      { long: 'x\\"\n'.repeat(20_000), after: true },
      { deep: JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`), n: -1.5e-7 },
      { "ключ 🜁": { ünï: ["🜁", "\u2028"] }, __proto__x: 0, "": false },
    ];
    for (const document of documents) {
      for (const indent of [0, 1, 4]) {
        const text = JSON.stringify(document, null, indent);
        const read = Object.fromEntries(values(text).map(([key, raw]) => [key, JSON.parse(raw)]));
        expect(read).toEqual(document);
      }
    }
  });
});

describe("arrayElements", () => {
  it("gives the extent of each element", () => {
    const text = '{"events": [ {"a":"]"} ,[1, 2],"x,y" , 3 ]}';
    const [events] = topLevelMembers(text);
    const elements = arrayElements(text, events?.start);
    expect(elements.map(({ start, end }) => text.slice(start, end))).toEqual([
      '{"a":"]"}',
      "[1, 2]",
      '"x,y"',
      "3",
    ]);
  });

  it("finds nothing in an empty array", () => {
    expect(arrayElements("[ ]")).toEqual([]);
  });

  it("refuses what is not an array", () => {
    expect(() => arrayElements("{}")).toThrow(TypeError);
  });
});
