import { createHmac, timingSafeEqual } from "node:crypto";
import { describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import { header, outgoing, signing } from "./outgoing.ts";

const { build, secret } = dialects.brokers;

/** How the contract tells receivers to verify: hex HMAC of the raw body under the user's secret, compared as bytes. */
function accepts(rawBody: string, key: string, signature: string): boolean {
  const expected = createHmac("sha256", key).update(rawBody).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

describe("brokers", () => {
  it("is accepted by the contract's verifier under the user's own secret", () => {
    const { body, headers } = build(outgoing('{"title":"Home — Mitchell"}'), signing(["señor broker"]));
    const signature = header(headers, "X-Webhook-Secret");
    expect(accepts(body, "señor broker", signature)).toBe(true);
    expect(accepts(body.replace("—", "-"), "señor broker", signature)).toBe(false);
    expect(accepts(body, "senor broker", signature)).toBe(false);
  });

  it("signs with the newest secret only, because the header holds one", () => {
    const { body, headers } = build(outgoing("{}"), signing(["new", "old"]));
    expect(accepts(body, "new", header(headers, "X-Webhook-Secret"))).toBe(true);
  });

  it("sends no signature without a secret", () => {
    expect(build(outgoing("{}"), signing([])).headers).not.toHaveProperty("X-Webhook-Secret");
    expect(secret.presence).toBe("optional");
  });

  it("sends when the event fired, the same in every attempt", () => {
    const first = build(outgoing("{}", { attempt: 1 }), signing([], 1_712_345_680_000)).body;
    const again = build(outgoing("{}", { attempt: 2, isReplay: true }), signing([], 1_712_999_999_000)).body;
    expect(JSON.parse(first)).toMatchObject({ event: "deal.created", timestamp: "2024-04-05T19:34:38.902Z" });
    expect(again).toBe(first);
  });

  it("takes any text as the user's secret but an empty, an endless or an unencodable one", () => {
    expect(secret.problem("é")).toBeNull();
    for (const bad of ["", "x".repeat(257), "\ud83d"]) expect(secret.problem(bad)).not.toBeNull();
  });
});
