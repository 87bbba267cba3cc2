import { describe, expect, it, vi } from "vitest";
import { standard as withEd25519 } from "../../../src/sdk/ed25519.ts";
import * as sdk from "../../../src/sdk/index.ts";
import { hmacOf, portableHmacOf } from "../../../src/sdk/verify/hmac.ts";
import { published } from "../../dialects/published-vectors.ts";
import { VERIFIED } from "../verified.ts";

const UUID = "0b9f6a3e-7c1d-4e52-9a68-2f4d5c6b7a89";
const WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Signing = sdk.Webhooks<sdk.HeaderSource, unknown>;

/** Every dialect that signs, with a secret of its form and a body of its shape. */
const SIGNING: readonly (readonly [string, { webhooks: Signing }, string, string])[] = [
  ["atlas", sdk.atlas, WHSEC, '{"id":"evt_1"}'],
  ["standard", sdk.standard, WHSEC, '{"type":"a"}'],
  ["brokers", sdk.brokers, "my own words", '{"event":"a"}'],
  ["atomic", sdk.atomic, UUID, '{"requestId":"a"}'],
  ["support", sdk.support, WHSEC, '{"event":"a","data":"{}"}'],
  ["cloudevents", sdk.cloudevents, WHSEC, '{"specversion":"1.0"}'],
];

function requestOf(body: BodyInit, headers: Record<string, string>): Request {
  return new Request("https://example.com/hooks", { method: "POST", body, headers });
}

it("has verification for every dialect of the service, unless its contract says that it has none", () => {
  expect(VERIFIED.length).toBeGreaterThanOrEqual(7);
  expect(VERIFIED.filter((name) => !(name in sdk))).toEqual([]);
});

describe.each(SIGNING)("%s.webhooks", (_name, { webhooks }, secret, body) => {
  it("accepts what its `sign` makes, as text, bytes and a Buffer", () => {
    for (const raw of [body, new TextEncoder().encode(body), Buffer.from(body)]) {
      expect(webhooks.verify(raw, webhooks.sign(raw, secret), secret)).toBeTruthy();
    }
  });

  it("reads a request's raw body itself", async () => {
    const request = requestOf(body, webhooks.sign(body, secret));
    expect(await webhooks.verifyRequest(request, [secret])).toBeTruthy();
    const changed = requestOf(`${body} `, webhooks.sign(body, secret));
    await expect(webhooks.verifyRequest(changed, secret)).rejects.toMatchObject({ code: "no_match" });
  });

  it("refuses a request whose body was read before", async () => {
    const request = requestOf(body, webhooks.sign(body, secret));
    await request.json();
    await expect(webhooks.verifyRequest(request, secret)).rejects.toMatchObject({ code: "body_parsed" });
  });

  it("says of a parsed body that the raw one is needed", () => {
    for (const wrong of [JSON.parse(body), [1], null, undefined, 7, new ArrayBuffer(2), new Uint16Array(2)]) {
      expect(() => webhooks.verify(wrong, webhooks.sign(body, secret), secret)).toThrow(
        expect.objectContaining({ code: "body_parsed", hint: expect.stringContaining("raw body") }),
      );
    }
  });

  it("refuses secrets that an unset variable leaves", () => {
    for (const unset of [undefined, null, "", [], [undefined]]) {
      expect(() => webhooks.verify(body, webhooks.sign(body, secret), unset as unknown as string)).toThrow(
        expect.objectContaining({ code: "secret_empty" }),
      );
    }
    const wrong = () => webhooks.verify(body, webhooks.sign(body, secret), { secret } as unknown as string);
    expect(wrong).toThrow(expect.objectContaining({ code: "wrong_secret_kind" }));
  });

  it("refuses headers that are missing altogether", () => {
    for (const none of [undefined, null, "", {}, new Headers()]) {
      expect(() => webhooks.verify(body, none as never, secret)).toThrow(
        expect.objectContaining({ code: "header_missing" }),
      );
    }
  });
});

describe("voice.webhooks", () => {
  it("compares the URL of a request with the secret one", async () => {
    const { verifyRequest } = sdk.voice.webhooks;
    const request = () => requestOf('[{"callId":"call_1"}]', {});
    expect(await verifyRequest(request(), "https://example.com/hooks")).toEqual({ callId: "call_1" });
    await expect(verifyRequest(request(), "/other")).rejects.toMatchObject({ code: "no_match" });
  });
});

describe("each code", () => {
  it("comes with a hint, in the message as well", () => {
    const error = new sdk.WebhookVerificationError(
      "no_match",
      "No signature belongs to this body and secret",
    );
    expect(error).toMatchObject({ name: "WebhookVerificationError", code: "no_match" });
    expect(error.message).toBe(`No signature belongs to this body and secret. ${error.hint}`);
  });
});

describe("ed25519", () => {
  it("is asked for by name where a public key meets the verifier without it", () => {
    const verifying = () => sdk.standard.webhooks.verify("{}", {}, published.publicKey);
    expect(verifying).toThrow(/atlas-webhooks\/ed25519/);
  });

  it("signs for tests with the private key", () => {
    const headers = withEd25519.webhooks.sign(published.body, published.privateKey, {
      ...{ id: published.id, now: published.now },
    });
    expect(headers["webhook-signature"]).toBe(published.v1a);
  });
});

describe("HMAC", () => {
  it("is the same in plain JavaScript and by the platform, for keys and bodies of every length around a block", () => {
    for (let length = 0; length < 200; length++) {
      const body = "é".repeat(length);
      const key = new Uint8Array(length).fill(length);
      for (const encoding of ["hex", "base64"] as const) {
        const native = hmacOf(key, "1.", body, encoding);
        expect(portableHmacOf(key, "1.", body, encoding)).toBe(native);
        expect(hmacOf(key, "1.", Buffer.from(body), encoding)).toBe(native);
        expect(portableHmacOf(key, "", Buffer.from(body), encoding)).toBe(hmacOf(key, "", body, encoding));
      }
    }
  });

  it("is the same for bodies of up to 4 MiB", () => {
    for (const length of [65_535, 65_536, 1_048_577, 4_194_304]) {
      const body = Buffer.alloc(length, "0123456789abcdefg");
      expect(portableHmacOf("key", "1.", body, "hex")).toBe(hmacOf("key", "1.", body, "hex"));
    }
  });

  it("is in plain JavaScript where a polyfill of `process` has no crypto", async () => {
    vi.resetModules();
    vi.stubGlobal("process", { env: {} });
    try {
      const { nodeCrypto } = await import("../../../src/sdk/verify/node-crypto.ts");
      expect(nodeCrypto()).toBeNull();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
