import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { masker } from "../../../../src/delivery/attempt/mask/masker.ts";
import { readBody, recordAnswer } from "../../../../src/delivery/attempt/receiver-answer.ts";

/** With all that anything escapes. */
const SECRET = `a/b+c&d"e<f>'g\\h=i ü€🔑%z`;

const hexOf = (code: number) => code.toString(16).padStart(4, "0");
const jsonEscaped = JSON.stringify(SECRET).slice(1, -1);
const unicodeEscaped = [...Array(SECRET.length).keys()]
  .map((i) => `\\u${hexOf(SECRET.charCodeAt(i))}`)
  .join("");
const html = (quote: string) =>
  SECRET.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? quote);
const percent = [...Buffer.from(SECRET)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits.match(/.{1,5}/g) ?? [];
  return digits
    .map((digit) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(digit.padEnd(5, "0"), 2)])
    .join("");
}

/** The body of an answer as it goes on record. */
async function recorded(chunks: Uint8Array[], values: string[], headers: Record<string, string> = {}) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const response = new Response(body, { headers });
  return recordAnswer(response, await readBody(response), masker(values));
}

describe("a secret is masked in an answer", () => {
  const [masks] = [masker([SECRET])];
  const shown = (text: string) => masks.texts([text])[0];

  it.each([
    ["as it is", SECRET],
    ["escaped as in JSON", jsonEscaped],
    ["escaped as in JSON, with slashes", jsonEscaped.replaceAll("/", "\\/")],
    ["in \\u escapes of lower case", unicodeEscaped],
    ["in \\u escapes of upper case", unicodeEscaped.replaceAll(/[0-9a-f]{4}/g, (hex) => hex.toUpperCase())],
    ["escaped as in JSON within JSON", JSON.stringify(jsonEscaped).slice(1, -1)],
    ["in HTML, decimal", html("&#39;")],
    ["in HTML, hex", html("&#x27;")],
    ["in HTML, by names and zeros", html("&apos;").replaceAll("/", "&sol;").replaceAll("&amp;", "&#00038;")],
    ["in HTML within JSON", JSON.stringify(html("&#39;")).slice(1, -1)],
    ["percent-encoded, lower case", percent],
    ["percent-encoded, upper case", percent.toUpperCase()],
    ["percent-encoded as a component", encodeURIComponent(SECRET)],
    ["as a value of a form", new URLSearchParams({ "": SECRET }).toString().slice(1)],
    ["percent-encoded twice", encodeURIComponent(encodeURIComponent(SECRET))],
    ["percent-encoded JSON", encodeURIComponent(jsonEscaped)],
    ["in hex", Buffer.from(SECRET).toString("hex")],
    ["in hex, upper case", Buffer.from(SECRET).toString("hex").toUpperCase()],
  ])("%s", (_, spelled) => {
    expect(shown(`before ${spelled} after`)).toBe("before *** after");
    for (const before of ["\\", "\n", "&amp;", "&", "%20", "100%", "u00"])
      expect(shown(`${before}${spelled}`)).toContain("***");
  });

  const bytes = [...Buffer.from(SECRET)];
  const listed = (base: number, digits: number, between: string, before = "") =>
    bytes.map((byte) => `${before}${byte.toString(base).padStart(digits, "0")}`).join(between);

  it.each([
    ["as JSON writes bytes", JSON.stringify(bytes)],
    ["as a list of bytes on lines", JSON.stringify(bytes, null, 2)],
    ["as a list of bytes in a text of JSON", JSON.stringify(JSON.stringify(bytes, null, 2))],
    ["as bytes with spaces", listed(10, 0, " ")],
    ["as bytes of three digits", listed(10, 3, " ")],
    ["as a list of hex", listed(16, 0, ", ", "0x")],
    ["as a list of hex in capitals", listed(16, 2, ", ").toUpperCase()],
    ["as hex with colons", listed(16, 2, ":")],
    ["as a dump in octal", listed(8, 3, " ")],
    ["as a list of octal", listed(8, 0, ",", "0o")],
    ["in octal escapes", listed(8, 3, "", "\\")],
    ["as a list of bits", listed(2, 8, " ")],
    ["as a list of bits with a prefix", listed(2, 0, ", ", "0b")],
  ])("%s", (_, spelled) => {
    expect(shown(`<${spelled}>`)).toMatch(/^<[^\da-f]*(?:0[xob])?\*\*\*[^\da-f]*>$/);
    expect(shown(`7 ${spelled}`)).toContain("***");
  });

  it.each([
    ["in capitals", (secret: string) => secret.toUpperCase()],
    ["without capitals", (secret: string) => secret.toLowerCase()],
    ["folded", (secret: string) => secret.replaceAll(/.{5}/g, "$&\r\n  ")],
    ["folded as in mails", (secret: string) => secret.replaceAll(/.{9}/g, "$&=\r\n")],
    ["with spaces between its letters", (secret: string) => [...secret].join(" ")],
    ["on a line for each letter", (secret: string) => [...secret].join("\n")],
    ["with marks of no width", (secret: string) => [...secret].join("\u200b")],
    ["as a list of characters", (secret: string) => JSON.stringify([...secret], null, 2)],
    ["as a sum of characters", (secret: string) => [...secret].map((letter) => `'${letter}'`).join(" + ")],
    ["folded in escapes", (secret: string) => JSON.stringify(secret.replaceAll(/.{5}/g, "$&\r\n"))],
  ])("%s", (_, spell) => {
    const secret = "S3cr3t/Tok+en=Val_ue-42!";
    const text = `before ${spell(secret)} after`;
    const left = masker([secret]).texts([text])[0] ?? "";
    expect(left.replaceAll(/[^\w*]/g, "")).toMatch(/^before(?:nr)?\*\*\*(?:nr)?after$/);
  });

  it("but its few letters are not found between others", () => {
    const text = "k1, e2, y3: k e y - 1 2 3";
    expect(masker(["key-k1e2"]).texts([text])).toEqual([text]);
  });

  it("in base32, at each alignment, upper and lower case, and broken into lines", () => {
    for (const before of ["", "x", "xy", "xyz", "xyzz"]) {
      const encoded = base32(Buffer.from(`${before}${SECRET}${before}`));
      for (const text of [encoded, encoded.toLowerCase(), encoded.replaceAll(/.{16}/g, "$&\r\n")]) {
        const rest = shown(text) ?? "";
        expect(rest).toContain("***");
        // The digits of what stands around it.
        expect(rest.replaceAll(/[^A-Za-z2-7]/g, "").length).toBeLessThanOrEqual(20);
      }
    }
  });

  it("in UTF-16 and UTF-32, in either order, and in base64 of it", () => {
    const ascii = "a-secret-of-ASCII-alone";
    const wide = (text: string, size: 2 | 4) =>
      Buffer.concat([...text].map((character) => Buffer.from(character.padEnd(size, "\0"))));
    for (const [secret, spelled] of [
      [SECRET, Buffer.from(SECRET, "utf16le")],
      [SECRET, Buffer.from(SECRET, "utf16le").swap16()],
      [ascii, wide(ascii, 2)],
      [ascii, wide(ascii, 4)],
      [ascii, wide(ascii, 4).swap32()],
    ] as const) {
      const left = (text: Buffer) => Buffer.from(masker([secret]).bytes(text, false)).toString("latin1");
      expect(left(spelled).replaceAll("\0", "")).toBe("***");
      expect(left(Buffer.from(spelled.toString("base64")))).toMatch(/^\w{0,5}\*\*\*[\w=]{0,6}$/);
    }
  });

  it.each(["base64", "base64url"] as const)(
    "in %s, at each alignment, and within JSON, and broken into lines",
    (encoding) => {
      for (const before of ["", "x", "xy", "xyz"]) {
        for (const spelled of [SECRET, jsonEscaped, percent]) {
          const encoded = Buffer.from(`${before}${spelled}${before}`).toString(encoding);
          const spellings = [
            encoded,
            JSON.stringify(encoded),
            encoded.replaceAll(/.{16}/g, "$&\r\n"),
            encodeURIComponent(encoded),
          ];
          for (const text of spellings) {
            const rest = shown(text) ?? "";
            // What is left are the digits of what stands around it.
            expect([before, spelled, rest.replaceAll(/\*\*\*|[^A-Za-z0-9+/_-]|%3D/g, "").length]).toEqual([
              before,
              spelled,
              expect.toSatisfy((left: number) => left <= 12),
            ]);
            expect(rest).toContain("***");
          }
        }
      }
    },
  );

  it("across chunks, whatever the cut goes through", async () => {
    for (const spelled of [SECRET, unicodeEscaped, percent, Buffer.from(SECRET).toString("base64")]) {
      const bytes = Buffer.from(spelled);
      for (let cut = 1; cut < bytes.length; cut += 7) {
        const { body } = await recorded([bytes.subarray(0, cut), bytes.subarray(cut)], [SECRET]);
        expect(body).toMatch(/^\*\*\*=*$/);
      }
    }
  });

  it("across the 16 KiB that are kept, in every spelling", async () => {
    for (const spelled of [
      SECRET,
      jsonEscaped,
      unicodeEscaped,
      percent,
      Buffer.from(SECRET).toString("base64"),
    ]) {
      for (const inside of [1, 5, 20]) {
        const before = ".".repeat(16_384 - inside);
        const { body } = await recorded([Buffer.from(`${before}${spelled}....`)], [SECRET]);
        expect(body.slice(0, before.length)).toBe(before);
        expect(body.slice(before.length)).toMatch(/^\*{1,3}[=.]*$/);
      }
    }
  });

  it("and its beginning left out where reading ended within it", async () => {
    for (const spelled of [
      SECRET,
      jsonEscaped,
      unicodeEscaped,
      percent,
      html("&#39;"),
      Buffer.from(SECRET).toString("base64"),
    ]) {
      const bytes = Buffer.from(spelled);
      for (let read = 6; read < bytes.length; read++) {
        const chunk = Buffer.concat([Buffer.from(".".repeat(16_384)), bytes.subarray(0, read)]);
        // Only what is kept by the masker alone is looked at: the cut at 16 KiB would hide it.
        const rest = Buffer.from(masks.bytes(chunk, true)).toString("latin1").slice(16_384);
        expect([spelled.slice(0, read), rest.length]).toEqual([
          spelled.slice(0, read),
          expect.toSatisfy((n: number) => n <= 3),
        ]);
      }
    }
  });

  it("below its content coding", async () => {
    const { body } = await recorded([gzipSync(`you sent ${jsonEscaped}`)], [SECRET], {
      "content-encoding": "gzip",
    });
    expect(body).toBe("you sent ***");
  });

  it("in its headers, also where one is cut within it, or is one of too many", async () => {
    const before = ".".repeat(4096 - 20);
    const cut = await recorded([], [SECRET], { "x-echo": before + encodeURIComponent(SECRET) });
    expect(cut.headers["x-echo"]).toMatch(/^\.+.{0,3}$/);
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`x-${n}`, "v".repeat(2000)]));
    const { headers } = await recorded([], [SECRET], many);
    expect(Object.entries(headers).flat().join("").length).toBe(16 * 1024);
  });

  it("in its headers", async () => {
    const sent = percent;
    const { headers } = await recorded([], [SECRET], {
      "x-echo": `v=${sent}; w`,
      location: `/?q=${encodeURIComponent(SECRET)}`,
    });
    expect(headers).toMatchObject({ "x-echo": "v=***; w", location: "/?q=***" });
  });
});

describe("masking 24 KiB of hostile text", () => {
  const FULL = 24 * 1024;
  it.each([
    ["a beginning of the secret, again and again", SECRET.slice(0, 8)],
    ["the secret", SECRET],
    ["backslashes", "\\"],
    ["percent signs", "%25"],
    ["references", "&amp;"],
    ["nested escapes", "\\u005c"],
    ["base64", "QUJD"],
    ["base32", "IFBEGRCF"],
    ["numbers", "97,"],
    ["octal escapes", "\\141"],
    ["zero bytes", "a\0"],
    ["base64 of base64", "VmxaR1ZsWldWbFpXVmxaV1ZsWlc="],
    ["rows of a dump", "00000000  53 33 63 72 33 74 2f 54  6f 6b 2b 65 6e 3d 56 61  |S3cr3t/Tok+en=Va|\n"],
    ["places", '"0":1,'],
    ["quoted-printable", "=41"],
    ["full width", "Ａ"],
  ])("takes the processor less than 200 ms: %s", (_, piece) => {
    const text = Buffer.from(piece.repeat(Math.ceil(FULL / piece.length))).subarray(0, FULL);
    const masks = masker([SECRET, "a".repeat(4000)]);
    // Its time on the processor, which a busy machine does not lengthen; the least of ten: collections come now and then.
    const times = Array.from({ length: 10 }, () => {
      const before = process.cpuUsage();
      masks.bytes(text, true);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(200);
  });

  it("is done whatever an endpoint's headers are", () => {
    const values = Array.from({ length: 400 }, (_, n) => `${"a".repeat(11)}${String(n).padStart(4, "0")}`);
    const text = Buffer.from("a".repeat(FULL));
    expect(Buffer.from(masker(values).bytes(text, false)).equals(text)).toBe(true);
  });
});

describe("what a receiver answers again", () => {
  const SHOWN = "key-of-a-customer";
  const mine = () => masker([SHOWN]);
  const bytes = (text: string) => Buffer.from(text);

  it("is masked as a masker does that has not seen it, whatever came between", () => {
    const one = mine();
    const texts = [
      ["date", "1"],
      ["date", `2 ${SHOWN}`],
      ["x", `3 ${SHOWN}`, "y"],
      ["date", "1"],
      ["date\nx", "y"],
    ];
    const bodies: [string, boolean][] = [
      [`a ${SHOWN}`, false],
      [`a ${SHOWN}`, true],
      ["a key-of", false],
      ["a key-of", true],
    ];
    for (const text of [...texts, ...texts.toReversed()]) {
      for (let n = 0; n < 2; n++) expect(one.texts(text)).toEqual(mine().texts(text));
    }
    for (const [body, isCut] of [...bodies, ...bodies.toReversed()]) {
      for (let n = 0; n < 2; n++)
        expect(Buffer.from(one.bytes(bytes(body), isCut)).toString()).toBe(
          Buffer.from(mine().bytes(bytes(body), isCut)).toString(),
        );
    }
  });

  it("is remembered as it was, though the bytes that it was read into hold something else by now", () => {
    const one = mine();
    const room = bytes(`a ${SHOWN}`);
    one.bytes(room, false);
    room.fill(0x62);
    expect(Buffer.from(one.bytes(room, false)).toString()).toBe("b".repeat(room.length));
    expect(Buffer.from(one.bytes(bytes(`a ${SHOWN}`), false)).toString()).toBe("a ***");
  });
});
