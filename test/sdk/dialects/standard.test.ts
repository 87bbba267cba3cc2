import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { dialects } from "../../../src/dialects/index.ts";
import { publicKeyOf } from "../../../src/dialects/standard.ts";
import { platform } from "../../../src/platform.ts";
import { standard } from "../../../src/sdk/ed25519.ts";
import { WebhookVerificationError } from "../../../src/sdk/index.ts";
import { outgoing, signing } from "../../dialects/outgoing.ts";
import { published } from "../../dialects/published-vectors.ts";

const { verify } = standard.webhooks;
const { secret } = published;

function publishedHeaders(signature: string): Record<string, string> {
  return {
    "webhook-id": published.id,
    "webhook-timestamp": published.timestamp,
    "webhook-signature": signature,
  };
}

describe("standard.webhooks.verify", () => {
  const { now, body, publicKey } = published;

  it("accepts the published vectors, v1 and v1a", () => {
    expect(verify(body, publishedHeaders(published.v1), secret, { now })).toEqual({ test: 2_432_232_314 });
    expect(verify(body, publishedHeaders(published.v1a), publicKey, { now })).toEqual({
      test: 2_432_232_314,
    });
    expect(publicKeyOf(published.privateKey)).toBe(publicKey);
  });

  it("accepts any of several signatures, in both schemes, and passes over others", () => {
    const several = `v1,${btoa("x".repeat(32))} v2,abc ${published.v1a} ${published.v1}`;
    expect(verify(body, publishedHeaders(several), secret, { now })).toBeTruthy();
    expect(verify(body, publishedHeaders(several), publicKey, { now })).toBeTruthy();
  });

  it("does not accept a signature of one scheme as one of the other", () => {
    const swapped = published.v1.replace("v1,", "v1a,");
    expect(() => verify(body, publishedHeaders(swapped), secret, { now })).toThrow(WebhookVerificationError);
    expect(() => verify(body, publishedHeaders(swapped), publicKey, { now })).toThrow(
      WebhookVerificationError,
    );
  });

  it("accepts our own deliveries, signed with a secret and with a key", () => {
    const rotation = signing([published.privateKey, secret]);
    const request = dialects.standard.build(outgoing('{"name":"Zoë 🜁"}'), rotation);
    for (const held of [secret, publicKey]) {
      expect(verify(request.body, request.headers, held)).toEqual({
        type: "deal.created",
        timestamp: "2024-04-05T19:34:38.000Z",
        data: { name: "Zoë 🜁" },
      });
    }
  });

  it("accepts what the library standardwebhooks signs", () => {
    const at = new Date(now);
    const signature = new Webhook(secret).sign(published.id, at, '{"a":"é"}');
    expect(verify('{"a":"é"}', publishedHeaders(signature), secret, { now })).toEqual({ a: "é" });
  });

  it("reads headers from Headers, from Node's request and in any case", () => {
    const headers = publishedHeaders(published.v1);
    const capitals = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    for (const source of [new Headers(headers), capitals, lists]) {
      expect(verify(body, source, secret, { now })).toBeTruthy();
    }
  });

  it("refuses a changed body, id or time, and another secret or key", () => {
    for (const [signature, held] of [
      [published.v1, secret],
      [published.v1a, publicKey],
    ] as const) {
      const headers = publishedHeaders(signature);
      const refused = [
        () => verify(`${body} `, headers, held, { now }),
        () => verify(body, { ...headers, "webhook-id": "msg_other" }, held, { now }),
        () => verify(body, { ...headers, "webhook-timestamp": "1614265331" }, held, { now }),
        () => verify(body, headers, dialects.standard.secret.generate(platform), { now }),
        () => verify(body, headers, `whpk_${btoa("\x01".repeat(32))}`, { now }),
      ];
      for (const verifying of refused) expect(verifying).toThrow(WebhookVerificationError);
    }
  });

  it("refuses what was sent more than 5 minutes ago or ahead", () => {
    const headers = publishedHeaders(published.v1);
    const at = (offsetSeconds: number) => () =>
      verify(body, headers, secret, { now: now + offsetSeconds * 1000 });
    expect(at(300)).not.toThrow();
    expect(at(360)).toThrow(expect.objectContaining({ code: "too_old" }));
    expect(at(-360)).toThrow(expect.objectContaining({ code: "too_new" }));
  });

  it("refuses headers that are missing or malformed", () => {
    const headers = publishedHeaders(published.v1);
    for (const name of Object.keys(headers)) {
      expect(() => verify(body, { ...headers, [name]: undefined }, secret, { now })).toThrow(
        `The header ${name} is missing`,
      );
    }
    expect(() => verify(body, { ...headers, "webhook-timestamp": "soon" }, secret, { now })).toThrow(
      /Unix seconds/,
    );
    for (const signature of ["v1", "v1,", "g0hM9SsE", "v1a,AAAA", "v1a,!!"]) {
      expect(() => verify(body, publishedHeaders(signature), secret, { now })).toThrow(
        WebhookVerificationError,
      );
      expect(() => verify(body, publishedHeaders(signature), publicKey, { now })).toThrow(
        WebhookVerificationError,
      );
    }
  });

  it("refuses a secret that is neither a whsec_ secret nor a public key", () => {
    for (const wrong of [
      "",
      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      published.privateKey,
      "whpk_AAAA",
      "whsec_!",
    ]) {
      expect(() => verify(body, publishedHeaders(published.v1), wrong, { now })).toThrow(
        expect.objectContaining({ code: wrong === "" ? "secret_empty" : "wrong_secret_kind" }),
      );
    }
  });
});
