import { describe, expect, it } from "vitest";
import type { Masker } from "../../../src/delivery/attempt/mask/masker.ts";
import { maskerOf } from "../../../src/delivery/attempt/mask/secret-values.ts";
import { readBody, recordAnswer, recordingMs } from "../../../src/delivery/attempt/receiver-answer.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const masks = maskerOf(
  { secrets: [{ secret, expiresAt: null }], headers: {}, auth: null },
  { "X-Key": "grün-und-geheim" },
);

/** The record of an answer whose body arrives in these chunks; `breaks`: the connection breaks after them. */
async function recorded(chunks: (string | Uint8Array)[], breaks = false) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      }
      if (!breaks) controller.close();
    },
    pull() {
      if (breaks) throw new Error("the connection broke");
    },
  });
  const response = new Response(body);
  return recordAnswer(response, await readBody(response), masks);
}

describe("the record of an answer", () => {
  it("masks a secret that lies across the 16 KiB that are kept", async () => {
    for (const before of [16_384 - 38, 16_384 - 20, 16_384 - 1]) {
      const { body, truncated } = await recorded([`${"x".repeat(before)}${secret}and more`]);
      expect(body).toBe(`${"x".repeat(before)}***and more`.slice(0, 16_384));
      expect(truncated).toBe(true);
    }
  });

  it("drops the beginning of a secret where reading ended within it", async () => {
    const begin = secret.slice(0, 20);
    const filler = "x".repeat(16_384 - 10);
    expect((await recorded([filler + begin, secret.slice(20)])).body).toBe(filler);
    expect((await recorded([`seen: ${begin}`], true)).body).toBe("seen: ");
    const cutCharacter = new TextEncoder().encode("seen: grün").subarray(0, 9);
    expect((await recorded([cutCharacter], true)).body).toBe("seen: ");
  });

  it("holds no more memory of a body than its bytes, however little of it each read brings", async () => {
    const held = process.memoryUsage().arrayBuffers;
    let most = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        // What a read brings of a chunk of one byte: a buffer, and one byte of it used.
        controller.enqueue(new Uint8Array(new ArrayBuffer(64 * 1024), 0, 1));
        most = Math.max(most, process.memoryUsage().arrayBuffers - held);
      },
    });
    expect((await readBody(new Response(body))).bytes.length).toBe(16_385);
    expect(most).toBeLessThan(512 * 1024 * 1024);
  });

  it("keeps a whole body that ends like one", async () => {
    expect(await recorded(["not a whsec"])).toMatchObject({ body: "not a whsec", truncated: false });
  });

  it("keeps the first 16 KiB of what is not UTF-8 as base64", async () => {
    const bytes = new Uint8Array(20_000).fill(255);
    const { body, encoding } = await recorded([bytes]);
    expect([encoding, Buffer.from(body, "base64").length]).toEqual(["base64", 16_384]);
  });
});

describe("the headers of an answer on record", () => {
  const none = { bytes: new Uint8Array(0), truncated: false };
  const wide = new Headers(
    Array.from({ length: 70 }, (_, n) => [`x-${n}-${"n".repeat(2000)}`, "v"] as [string, string]),
  );

  it("have names of 256 characters at most, and no more of names and values together than 16 KiB", async () => {
    let looked = 0;
    const counting: Masker = {
      ...masks,
      texts: (texts) => {
        looked = texts.join("").length;
        return [...texts];
      },
    };
    const { headers } = await recordAnswer({ status: 200, headers: wide }, none, counting);
    expect(Math.max(...Object.keys(headers).map(({ length }) => length))).toBeLessThanOrEqual(256);
    expect([looked, Object.keys(headers).length]).toEqual([63 * 257, 63]);
  });

  it("show no part of a secret where a name is cut within it", async () => {
    const headers = new Headers({ [`x-${"n".repeat(240)}${Buffer.from(secret).toString("hex")}`]: "v" });
    const { headers: kept } = await recordAnswer({ status: 200, headers }, none, masks);
    expect(Object.keys(kept)).toEqual([expect.stringMatching(/^x-n{230,240}$/)]);
  });

  it("are counted in what it takes to look through them, as they are kept, and as is what a body in a coding may become", () => {
    const ofNothing = recordingMs({ headers: new Headers() }, none);
    const ofNames = recordingMs({ headers: wide }, none);
    const coded = { bytes: Uint8Array.of(0x1f, 0x8b, 8, 0), truncated: false };
    const ofCoded = recordingMs({ headers: new Headers() }, coded);
    expect([ofNothing, ofNames > 1.9 && ofNames <= 2, ofCoded]).toEqual([0, true, 3]);
  });
});
