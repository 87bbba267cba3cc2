import { generateKeyPairSync, verify } from "node:crypto";
import * as standardwebhooks from "standardwebhooks";
import * as svix from "svix";
import { describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import { publicKeyOf, signStandard } from "../../src/dialects/standard.ts";
import { standardSignedContent, writeStandardSignatures } from "../../src/dialects/standard-signature.ts";
import { platform } from "../../src/platform.ts";
import { header, outgoing, signing } from "./outgoing.ts";
import { published } from "./published-vectors.ts";

const { build, secret } = dialects.standard;
const current = published.secret;
const previous = "whsec_QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=";
const libraries = { standardwebhooks, svix };
const data = '{"value":48000,"name":"Zoë 🜁"}';

describe.each(Object.entries(libraries))("standard with the library %s", (_, { Webhook }) => {
  // Both throw what they do not accept; only one of them returns the body.
  const verifying = (secretGiven: string, body: string, headers: Record<string, string>) => () =>
    void new Webhook(secretGiven).verify(body, headers);

  it("is accepted", () => {
    const { body, headers } = build(outgoing(data), signing([current]));
    expect(verifying(current, body, headers)).not.toThrow();
    expect(verifying(current, `${body} `, headers)).toThrow();
    expect(JSON.parse(body)).toEqual({
      type: "deal.created",
      timestamp: "2024-04-05T19:34:38.000Z",
      data: JSON.parse(data),
    });
  });

  it("is accepted with the new and with the old secret during a rotation, and with no other", () => {
    const { body, headers } = build(outgoing(data), signing([current, previous]));
    expect(verifying(current, body, headers)).not.toThrow();
    expect(verifying(previous, body, headers)).not.toThrow();
    expect(verifying(secret.generate(platform), body, headers)).toThrow();
  });

  it("is accepted with the v1 secret while a v1a signature stands beside it", () => {
    const { body, headers } = build(outgoing(data), signing([newKeys().whsk, current]));
    expect(verifying(current, body, headers)).not.toThrow();
  });
});

/** A key pair in the specification's form, as docs/contracts.md tells users to make one. */
function newKeys() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const publicBytes = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    whsk: `whsk_${Buffer.concat([seed, publicBytes]).toString("base64")}`,
    seed,
    publicKey,
    publicBytes,
  };
}

describe("signatures of standard", () => {
  it.each([published.v1, published.v1a])("are those of the published vector %s", (signature) => {
    const key = signature === published.v1 ? published.secret : published.privateKey;
    const content = standardSignedContent(published.id, published.timestamp, published.body);
    expect(writeStandardSignatures([signStandard(key, content)])).toBe(signature);
  });
});

describe("standard with an ed25519 key", () => {
  it("signs v1a over the same content", () => {
    const { whsk, publicKey } = newKeys();
    const { body, headers } = build(outgoing(data), signing([whsk]));
    const [scheme, base64] = header(headers, "webhook-signature").split(",");
    const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    expect(scheme).toBe("v1a");
    expect(verify(null, Buffer.from(content), publicKey, Buffer.from(base64 ?? "", "base64"))).toBe(true);
  });

  it("takes a bare seed too, and tells the public key that belongs to it", () => {
    const { whsk, seed, publicBytes } = newKeys();
    const bare = `whsk_${seed.toString("base64")}`;
    const now = Date.now();
    expect(build(outgoing(data), signing([bare], now))).toEqual(build(outgoing(data), signing([whsk], now)));
    expect(secret.problem(bare)).toBeNull();
    expect(publicKeyOf(bare)).toBe(`whpk_${publicBytes.toString("base64")}`);
    expect(publicKeyOf(whsk)).toBe(publicKeyOf(bare));
    expect(publicKeyOf(current)).toBeNull();
  });
});

describe("secrets of standard", () => {
  it("accepts 24 to 64 bytes of base64 after whsec_", () => {
    const ofBytes = (count: number) => `whsec_${Buffer.alloc(count, 7).toString("base64")}`;
    expect(secret.problem(ofBytes(24))).toBeNull();
    expect(secret.problem(ofBytes(64))).toBeNull();
    for (const bad of [
      ofBytes(23),
      ofBytes(65),
      "whsec_",
      "whsec_not base64!",
      ofBytes(24).slice(6),
      "whpk_AAAA",
    ]) {
      expect(secret.problem(bad), bad).not.toBeNull();
    }
  });

  it("refuses a private key whose public half belongs to another", () => {
    const { whsk, seed } = newKeys();
    const mixed = `whsk_${Buffer.concat([seed, newKeys().publicBytes]).toString("base64")}`;
    expect(secret.problem(whsk)).toBeNull();
    expect(secret.problem(mixed)).not.toBeNull();
    expect(secret.problem("whsk_AAAA")).not.toBeNull();
  });
});
