import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { dialects } from "../../../src/dialects/index.ts";
import {
  type AtlasEvent,
  atlas,
  type VerificationCode,
  WebhookVerificationError,
} from "../../../src/sdk/index.ts";
import { header, outgoing, signing } from "../../dialects/outgoing.ts";

const secret = "whsec_current-0123456789";
const now = 1_712_345_690_250;
const data = '{"id":"deal_1","value":48000,"name":"Zoë 🜁"}';

function delivered(secrets = [secret]): { body: string; signature: string } {
  const { body, headers } = dialects.atlas.build(outgoing(data), signing(secrets, now));
  return { body, signature: header(headers, "Atlas-Signature") };
}

/** That verification refuses, and why. */
function expectRefused(verifying: () => unknown, code: VerificationCode): void {
  expect(verifying).toThrow(WebhookVerificationError);
  expect(verifying).toThrow(expect.objectContaining({ code }));
}

describe("atlas.webhooks.verify", () => {
  const { verify } = atlas.webhooks;

  it("returns the event at once", () => {
    const { body, signature } = delivered();
    type DealCreated = AtlasEvent<"deal.created", { id: string; value: number }>;
    const event = verify<DealCreated>(body, signature, secret, { now });
    expect(event.data.value).toBe(48_000);
    expect(event).toEqual({
      id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0",
      type: "deal.created",
      created: 1_712_345_678,
      api_version: "2026-01-15",
      sequence: 7,
      data: { id: "deal_1", value: 48_000, name: "Zoë 🜁" },
    });
  });

  it("accepts either secret while the endpoint rotates", () => {
    const { body, signature } = delivered(["whsec_newer-0123456789ab", secret]);
    expect(verify(body, signature, secret, { now }).type).toBe("deal.created");
    expect(verify(body, signature, "whsec_newer-0123456789ab", { now }).type).toBe("deal.created");
  });

  it("accepts what Stripe's own library signs", () => {
    const timestamp = Math.floor(now / 1000);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: data, secret, timestamp });
    expect(verify(data, signature, secret, { now })).toEqual(JSON.parse(data));
  });

  it("refuses a body that was changed by one byte", () => {
    const { body, signature } = delivered();
    expectRefused(() => verify(body.replace("48000", "48001"), signature, secret, { now }), "no_match");
    expectRefused(() => verify(`${body}\n`, signature, secret, { now }), "no_match");
  });

  it("refuses another secret, and none", () => {
    const { body, signature } = delivered();
    expectRefused(() => verify(body, signature, "whsec_other-0123456789ab", { now }), "no_match");
    expectRefused(() => verify(body, signature, "", { now }), "secret_empty");
  });

  it("refuses a signature cut short, made longer or in capitals", () => {
    const { body, signature } = delivered();
    for (const forged of [
      signature.slice(0, -1),
      `${signature}0`,
      signature.replace(/v1=.*/, (hex) => hex.toUpperCase()),
    ]) {
      expect(() => verify(body, forged, secret, { now })).toThrow(WebhookVerificationError);
    }
  });

  it("refuses another time than the signed one", () => {
    const { body, signature } = delivered();
    const later = signature.replace("t=1712345690", "t=1712345691");
    expectRefused(() => verify(body, later, secret, { now }), "no_match");
  });

  it("refuses what was sent more than 5 minutes ago or ahead, unless told otherwise", () => {
    const { body, signature } = delivered();
    const at = (offsetSeconds: number, toleranceSeconds?: number) => () =>
      verify(body, signature, secret, { now: now + offsetSeconds * 1000, toleranceSeconds });
    expect(at(300)).not.toThrow();
    expect(at(-300)).not.toThrow();
    expectRefused(at(360), "too_old");
    expectRefused(at(-360), "too_new");
    expect(at(360, 600)).not.toThrow();
    expectRefused(at(11, 10), "too_old");
    expectRefused(at(0, Number.NaN), "too_old");
  });

  it("compares with the clock where it is given no time", () => {
    const { body, signature } = delivered();
    expectRefused(() => verify(body, signature, secret), "too_old");
    const fresh = dialects.atlas.build(outgoing(data), signing([secret]));
    expect(verify(fresh.body, header(fresh.headers, "Atlas-Signature"), secret).type).toBe("deal.created");
  });

  it("refuses a header that is missing or malformed", () => {
    const { body, signature } = delivered();
    for (const missing of [null, undefined, ""]) {
      expectRefused(() => verify(body, missing, secret, { now }), "header_missing");
    }
    const twoTimes = `t=1,${signature}`;
    for (const malformed of [
      "v1=00",
      "t=1712345690",
      "t=,v1=00",
      "t=soon,v1=00",
      "t=1e9,v1=00",
      "nonsense",
      twoTimes,
    ]) {
      expectRefused(() => verify(body, malformed, secret, { now }), "header_malformed");
    }
  });

  it("refuses a body that is already parsed", () => {
    const { body, signature } = delivered();
    expectRefused(() => verify(JSON.parse(body), signature, secret, { now }), "body_parsed");
  });

  it("refuses a signed body that is not JSON", () => {
    const timestamp = Math.floor(now / 1000);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: "hello", secret, timestamp });
    expectRefused(() => verify("hello", signature, secret, { now }), "not_json");
  });
});
