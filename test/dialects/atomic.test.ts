import { createHmac, timingSafeEqual } from "node:crypto";
import { describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import { header, outgoing, signing } from "./outgoing.ts";

const { build, secret } = dialects.atomic;
const key = "0217309e-3c74-41b5-82e9-bd60e5db9bdb";

/** How the contract tells receivers to verify: the same HMAC, the lengths compared first, then the texts. */
function accepts(rawBody: string, signature: string): boolean {
  const expected = Buffer.from(createHmac("sha256", key).update(rawBody).digest("hex"));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function sentData(data: string, context: Record<string, string> = {}): unknown {
  const delivery = outgoing(data, { event: { type: "card-completed", context } });
  return (JSON.parse(build(delivery, signing([key])).body) as { data: unknown }).data;
}

describe("atomic", () => {
  it("is accepted by the contract's verifier", () => {
    const { body, headers } = build(outgoing('{"name":"Zoë 🜁"}'), signing([key]));
    const signature = header(headers, "X-Atomic-Signature");
    expect(accepts(body, signature)).toBe(true);
    expect(accepts(`${body} `, signature)).toBe(false);
  });

  it("names the attempt, the workspace and the endpoint around the data", () => {
    const { body } = build(outgoing("{}"), signing([key]));
    expect(JSON.parse(body)).toMatchObject({
      requestId: "6a1c9a52-66a6-4d2b-a4fb-7a3e0c6e8b11",
      environmentId: "ws_01HFXZR2V3K8M4N5P6Q7R8S9T1",
      webhookId: "ep_01HFXZR2V3K8M4N5P6Q7R8S9T2",
      isBatched: false,
    });
  });

  it("adds the members that the publisher did not send", () => {
    expect(sentData('{"cardContext":{}}', { endUserId: "user-7", campaignId: "c" })).toEqual({
      id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0",
      analyticsEvent: "card-completed",
      endUserId: "user-7",
      timestamp: "2024-04-05T19:34:38.000Z",
      cardContext: {},
    });
    expect(sentData("{}")).not.toHaveProperty("endUserId");
  });

  it("leaves the members that the publisher did send, wherever they stand and however they are spelled", () => {
    const own = String.raw`{"x":{"timestamp":1},"i\u0064":"own","endUserId":"u1"}`;
    const delivery = outgoing(own, { event: { context: { endUserId: "other" } } });
    expect(build(delivery, signing([key])).body).toContain(
      `"data":{"analyticsEvent":"deal.created","timestamp":"2024-04-05T19:34:38.000Z",${own.slice(1)}`,
    );
  });

  it("takes only UUIDs as secrets", () => {
    expect(secret.problem(key)).toBeNull();
    expect(secret.problem(key.toUpperCase())).toBeNull();
    for (const bad of ["", "whsec_0123456789abcdef", `${key}0`]) expect(secret.problem(bad)).not.toBeNull();
  });
});
