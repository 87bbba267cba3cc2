import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { masker } from "../../../../src/delivery/attempt/mask/masker.ts";
import { readBody, recordAnswer } from "../../../../src/delivery/attempt/receiver-answer.ts";

const SECRET = "S3cr3t/Tok+en=Val_ue-42!xYz";
const BYTES = Buffer.from(SECRET);

const base64 = (text: string) => Buffer.from(text).toString("base64");
const hex = (text: string) => Buffer.from(text).toString("hex");
const folded = (text: string) => base64(text).replaceAll(/.{76}/g, "$&\n");
const json = (text: string) => JSON.stringify({ text });

/** Rows of a dump: the place, 16 bytes, and the same in letters. */
function dumped(text: string, row: (bytes: Buffer, place: number) => string): string {
  const bytes = Buffer.from(text);
  const places = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, n) => n * 16);
  return places.map((place) => row(bytes.subarray(place, place + 16), place)).join("\n");
}

const place = (number: number, digits: number) => number.toString(16).padStart(digits, "0");
const pairs = (bytes: Buffer) => [...bytes].map((byte) => place(byte, 2));
const words = (bytes: Buffer) => bytes.toString("hex").match(/.{1,4}/g) ?? [];
const swapped = (word: string) => word.slice(2) + word.slice(0, 2);

const hexdump = (text: string) =>
  dumped(text, (bytes, at) => {
    const [first, second] = [pairs(bytes.subarray(0, 8)), pairs(bytes.subarray(8))];
    return `${`${place(at, 8)}  ${first.join(" ")}  ${second.join(" ")}`.padEnd(60)}|${bytes.toString()}|`;
  });
const xxd = (text: string) =>
  dumped(text, (bytes, at) => `${place(at, 8)}: ${words(bytes).join(" ").padEnd(41)}${bytes.toString()}`);
const od = (text: string) =>
  dumped(text, (bytes, at) => `${place(at, 7)} ${words(bytes).map(swapped).join(" ")}`);
const letters = (text: string) =>
  dumped(text, (bytes, at) => `${place(at, 7)}   ${[...bytes.toString()].join("   ")}`);

const quotedPrintable = pairs(BYTES)
  .map((pair) => `=${pair.toUpperCase()}`)
  .join("");
const shifted = (by: (code: number) => number) =>
  [...SECRET].map((letter) => String.fromCodePoint(by(letter.charCodeAt(0)))).join("");
const bold = (code: number) =>
  code >= 97 && code <= 122 ? code + 0x1d3b9 : code >= 65 && code <= 90 ? code + 0x1d3bf : code;

/** The body of an answer as it goes on record. */
async function recorded(body: Uint8Array, headers: Record<string, string> = {}) {
  const response = new Response(Buffer.from(body), { headers });
  return recordAnswer(response, await readBody(response), masker([SECRET]));
}

describe("a secret is masked in an answer", () => {
  const masks = masker([SECRET]);
  const shown = (text: string) => Buffer.from(masks.bytes(Buffer.from(text), false)).toString();

  it.each([
    ["in base64 of base64", base64(base64(SECRET))],
    ["in base64 of base64 of base64", base64(base64(base64(SECRET)))],
    ["in base64 of JSON with base64", base64(JSON.stringify({ sent: base64(SECRET) }))],
    ["in base64 of hex", base64(hex(SECRET))],
    ["in hex of base64", hex(base64(SECRET))],
    ["in hex of hex", hex(hex(SECRET))],
    ["in base64 of a list of bytes", base64(JSON.stringify([...BYTES]))],
    ["in a list of the bytes of base64", JSON.stringify([...Buffer.from(base64(SECRET))])],
    ["in base64 of a dump", base64(hexdump(SECRET))],
    ["in quoted-printable of every character", quotedPrintable],
    ["in quoted-printable, folded", quotedPrintable.replaceAll(/.{30}/g, "$&=\r\n")],
    ["in quoted-printable of what must be", SECRET.replaceAll("=", "=3D").replaceAll(/.{9}/g, "$&=\r\n")],
    ["as bytes by their places", JSON.stringify({ ...BYTES })],
    ["as bytes by their places, on lines", JSON.stringify({ ...BYTES }, null, 2)],
    ["as bytes by their places in a text of JSON", JSON.stringify(JSON.stringify({ ...BYTES }))],
    [
      "as bytes by their places, as PHP prints them",
      [...BYTES].map((byte, n) => `[${n}] => ${byte}`).join("\n"),
    ],
    ["as letters by their places", JSON.stringify({ ...SECRET.split("") })],
    ["in letters of full width", shifted((code) => code + 0xfee0)],
    [
      "in letters of full width, escaped",
      JSON.stringify(shifted((code) => code + 0xfee0)).replaceAll(
        /[^ -~]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16)}`,
      ),
    ],
    ["in bold letters", shifted(bold)],
  ])("%s", (_, spelled) => {
    const left = shown(`<${spelled}>`);
    expect(left).toContain("***");
    // Less is left than could be read from it: the place of the first byte, or digits around the secret.
    expect(left.length).toBeLessThan(40);
  });

  it.each([
    ["in base64", [base64, base64, base64, base64]],
    ["in base64 on lines", [folded, folded, folded, folded]],
    ["in base64 on lines, each time in JSON", [folded, json, folded, json, folded, json, folded, json]],
    ["in hex and base64, by turns", [hex, base64, hex, base64]],
  ])("four deep, in 16 KiB of nothing else: %s", (_, codes) => {
    const spelled = (words: number) => {
      const said = `${"words before, ".repeat(words)}${SECRET}${" and after".repeat(words)}`;
      return codes.reduce((text, code) => code(text), said);
    };
    let words = 1;
    while (spelled(words + 1).length <= 16 * 1024) words++;
    const text = spelled(words);
    expect(text.length).toBeGreaterThan(15 * 1024);
    expect(shown(text)).toContain("***");
  });

  it.each([
    ["of hexdump", hexdump],
    ["of xxd", xxd],
    ["of od, in words", od],
    ["of od, in letters", letters],
  ])("in a dump %s, with what its rows say in letters", (_, dump) => {
    for (const before of ["", "you sent the token "]) {
      for (const spell of [
        (text: string) => text,
        (text: string) => JSON.stringify({ text }),
        JSON.stringify,
      ]) {
        const text = spell(dump(`${before}${SECRET} and nothing else`));
        const left = shown(text);
        expect(left).toContain("***");
        expect(left).not.toMatch(/S3c|Val|ue-42|S {3}3|5333|53 33|616c|6c61|61 6c/);
      }
    }
  });

  it("in the names of its headers", async () => {
    const { headers } = await recorded(new Uint8Array(0), {
      [`x-${hex(SECRET)}-echo`]: "1",
      "x-trace": "2",
    });
    expect(headers).toMatchObject({ "x-***-echo": "1", "x-trace": "2" });
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["gzip in gzip", (text: string) => gzipSync(gzipSync(text))],
  ])("below a coding that nobody declared: %s", async (_, code) => {
    expect(await recorded(code(`you sent ${SECRET}`))).toMatchObject({
      body: "you sent ***",
      encoding: "utf8",
    });
    const declared = await recorded(gzipSync(code(`you sent ${SECRET}`)), { "content-encoding": "gzip" });
    expect(declared).toMatchObject({ body: "you sent ***", encoding: "utf8" });
  });

  it("by leaving out a body in a coding that is not undone", async () => {
    for (const mark of [
      [0x28, 0xb5, 0x2f, 0xfd],
      [0x50, 0x4b, 3, 4, 0xff],
      [0x1f, 0x8b, 8, 0xff],
    ])
      expect(await recorded(Uint8Array.from(mark))).toMatchObject({ body: "", truncated: true });
  });
});

describe("what is no secret is on record as it came", () => {
  it.each([
    ["a dump", hexdump("Nothing of what was sent is in here, but much else.")],
    ["base64 of base64", base64(base64("Nothing of what was sent is in here."))],
    ["bytes by their places", JSON.stringify({ ...Buffer.from("Nothing of what was sent") })],
    ["full width", "（テスト）Ｎｏｔｈｉｎｇ ｏｆ ｉｔ"],
    ["quoted-printable", "a=3Db=\r\nc, and a=10&b=20"],
  ])("%s", async (_, text) => {
    expect((await recorded(Buffer.from(text))).body).toBe(text);
  });

  it("bytes that are in no coding", async () => {
    const bytes = Buffer.from("89504e470d0a1a0a0000000d49484452ff", "hex");
    expect(await recorded(bytes)).toMatchObject({ body: bytes.toString("base64"), encoding: "base64" });
  });
});
