import { describe, expect, it } from "vitest";
import { dialectNamed, dialects } from "../../src/dialects/index.ts";
import { outgoing, signing } from "./outgoing.ts";

const hard: Record<string, string> = {
  "big integers": '{"n":12345678901234567890,"m":-9007199254740993}',
  "spelled numbers": '{"a":1.0,"b":1e2,"c":1E+2,"d":-0,"e":0.10,"f":1.7976931348623157e400}',
  "odd spacing": '{ "a" :\t1 ,\r\n  "b":[ ] , "c" : { } }',
  "key order": '{"10":1,"9":2,"b":3,"a":4,"__proto__":5}',
  "repeated keys": '{"a":1,"a":2}',
  escapes: String.raw`{"a":"\u00e9\/\u0041\"\\\b\ud83d\ude00","\u006bey":"\u2028"}`,
  "lone surrogates, escaped": String.raw`{"a":"\ud83d","b":"\ude00"}`,
  "astral characters": '{"🜁":"𝒳𐍈😀","é":"é\u2028\u2029\u007f"}',
  "64 KiB of text": `{"text":"${"Zoë — 🜁 \\u00e9 x".repeat(4096)}"}`,
  "an empty object": "{}",
  "an empty object with space": "{ \n }",
};

const secrets: Record<string, string[]> = {
  atlas: ["whsec_0123456789abcdef"],
  standard: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
  brokers: ["a secret"],
  atomic: ["0217309e-3c74-41b5-82e9-bd60e5db9bdb"],
  support: ["whsec_0123456789abcdef"],
};

describe.each(Object.keys(dialects))("%s", (name) => {
  it.each(Object.entries(hard))("sends %s byte for byte", (_, data) => {
    const { body } = dialectNamed(name)?.build(outgoing(data), signing(secrets[name] ?? [])) ?? { body: "" };
    const read = JSON.parse(body) as { data: unknown };
    if (name === "support") {
      expect(read.data).toBe(data);
      expect(body).toMatch(/^[\x20-\x7f]*$/);
    } else if (name === "atomic") {
      // Members may be put in front: from the publisher's first one on, nothing is touched.
      expect(body.endsWith(`${data.slice(1)}}`)).toBe(true);
      expect(read.data).toMatchObject({
        id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0",
        analyticsEvent: "deal.created",
      });
      expect(read.data).toMatchObject(JSON.parse(data));
    } else if (name === "voice") {
      expect(body).toBe(`[${data}]`);
    } else {
      expect(body.endsWith(`,"data":${data}}`)).toBe(true);
    }
  });
});
