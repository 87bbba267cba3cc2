import { createHmac, timingSafeEqual } from "node:crypto";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { expect } from "vitest";
import type { Json } from "./client.ts";
import type { ReceivedRequest } from "./receiver.ts";

const hmacHex = (secret: string, content: string | Buffer) =>
  createHmac("sha256", secret).update(content).digest("hex");

/** What each contract's receivers do with a request: throws unless it is genuine; what it says otherwise. */
export const verify: Record<string, (request: ReceivedRequest, secret: string) => Json> = {
  atlas({ body, headers }, secret) {
    const signature = String(headers["atlas-signature"]);
    const event = new Stripe("sk_test_unused").webhooks.constructEvent(body, signature, secret);
    expect(headers["atlas-event"]).toBe(event.type);
    expect(headers["atlas-delivery"]).toBe(event.id);
    return event as unknown as Json;
  },
  standard: ({ body, headers }, secret) =>
    new StandardWebhook(secret).verify(body, headers as Record<string, string>) as Json,
  voice({ body }) {
    const events = JSON.parse(body.toString()) as Json[];
    expect(events).toHaveLength(1);
    return events[0] ?? {};
  },
  brokers({ body, headers }, secret) {
    const given = Buffer.from(String(headers["x-webhook-secret"]), "hex");
    expect(timingSafeEqual(Buffer.from(hmacHex(secret, body), "hex"), given)).toBe(true);
    return JSON.parse(body.toString());
  },
  atomic({ body, headers }, secret) {
    expect(headers["x-atomic-signature"]).toBe(hmacHex(secret, body));
    return JSON.parse(body.toString());
  },
  support({ body, headers }, secret) {
    // As the contract's own code: the header is read as a float and printed again, the text encoded as ASCII.
    const timestamp = String(headers["x-atlas-webhook-signature-timestamp"]);
    const seconds = Number(timestamp);
    const printed = Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
    expect(/^[\0-\x7f]*$/.test(body.toString("latin1"))).toBe(true);
    expect(headers["x-atlas-webhook-signature"]).toBe(
      hmacHex(secret, `${printed}.${body.toString("ascii")}`),
    );
    const { event, data } = JSON.parse(body.toString()) as { event: string; data: string };
    return { event, data: JSON.parse(data) };
  },
};
