import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import { header, outgoing, signing } from "./outgoing.ts";

const { build } = dialects.support;
const key = "whsec_0123456789abcdef";

/** How Python prints the float that it reads from a text. */
function printedFloat(text: string): string {
  const value = Number.parseFloat(text);
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/**
 * What the contract's reference code computes: it encodes key and message as ASCII (failing on anything else), and the
 * timestamp goes through a float.
 */
function reference(body: string, timestampHeader: string, encoding: "hex" | "base64"): string {
  const message = `${printedFloat(timestampHeader)}.${body}`;
  for (const unit of key + message) if (unit > "\x7f") throw new Error(`not ASCII: ${unit}`);
  return createHmac("sha256", Buffer.from(key, "ascii"))
    .update(Buffer.from(message, "ascii"))
    .digest(encoding);
}

const data = String.raw`{"text": "Zoë — 🜁 \u00e9 \"x\"", "n": 12345678901234567890}`;

describe("support", () => {
  it.each([1_712_345_690_000, 1_712_345_690_001, 1_712_345_690_010, 1_712_345_690_100, 1_712_345_690_999])(
    "is accepted by the contract's reference code at %i",
    (now) => {
      const { body, headers } = build(outgoing(data), signing([key], now));
      const timestamp = header(headers, "X-Atlas-Webhook-Signature-Timestamp");
      expect(timestamp).toMatch(/^[0-9]+\.([0-9]*[1-9]|0)$/);
      expect(Number(timestamp) * 1000).toBeCloseTo(now, 0);
      expect(headers["X-Atlas-Webhook-Timestamp"]).toBe(timestamp);
      expect(headers["X-Atlas-Webhook-Signature"]).toBe(reference(body, timestamp, "hex"));
    },
  );

  it("signs in base64 where the endpoint asks for it", () => {
    const { body, headers } = build(
      outgoing(data),
      signing([key], 1_712_345_690_250, { signature_encoding: "base64" }),
    );
    expect(headers["X-Atlas-Webhook-Signature"]).toBe(reference(body, "1712345690.25", "base64"));
  });

  it("carries the payload as a string, in a body of pure ASCII", () => {
    const { body } = build(outgoing(data, { event: { type: "customer_notes.deleted" } }), signing([key]));
    expect(body).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(body)).toEqual({ event: "customer_notes.deleted", data });
  });
});
