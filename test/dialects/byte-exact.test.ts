import { describe, expect, it } from "vitest";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { dialects } from "../../src/dialects/index.ts";
import { platform } from "../../src/platform.ts";
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

/** The publisher's text within a body, where a dialect does not put it into an envelope as its last member. */
const carried: Record<string, (body: string, data: string) => void> = {
  voice: (body, data) => expect(body).toBe(`[${data}]`),
  support: (body, data) => {
    expect((JSON.parse(body) as { data: unknown }).data).toBe(data);
    expect(body).toMatch(/^[\x20-\x7f]*$/);
  },
  atomic: (body, data) => {
    // Members may be put in front: from the publisher's first one on, nothing is touched.
    expect(body.endsWith(`${data.slice(1)}}`)).toBe(true);
    const read = JSON.parse(body) as { data: unknown };
    expect(read.data).toMatchObject({ id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0", analyticsEvent: "deal.created" });
    expect(read.data).toMatchObject(JSON.parse(data));
  },
};

const inEnvelope = (body: string, data: string) => expect(body.endsWith(`,"data":${data}}`)).toBe(true);

describe.each(Object.entries<Dialect>(dialects))("%s", (name, { build, secret }) => {
  it.each(Object.entries(hard))("sends %s byte for byte", (_, data) => {
    const { body } = build(
      outgoing(data),
      signing(secret.presence === "never" ? [] : [secret.generate(platform)]),
    );
    (carried[name] ?? inEnvelope)(body, data);
  });
});

it("cloudevents sends it byte for byte as the whole body in binary mode", () => {
  for (const data of Object.values(hard)) {
    const context = {
      ...signing([dialects.standard.secret.generate(platform)]),
      options: { mode: "binary" },
    };
    expect(dialects.cloudevents.build(outgoing(data), context).body).toBe(data);
  }
});
