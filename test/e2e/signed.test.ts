import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { atlas, standard } from "../../src/sdk/index.ts";
import { type ReceivedRequest, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

/** What a careless `JSON.parse` and `JSON.stringify` would change. */
const EXACT_DATA =
  '{"id": 12345678901234567890, "b":1.0,"a" : 1e2,\t"text":"\\u00e9 é 😀 \\/","list":[ 1,2 ],"empty":{ }}';

describe("a delivery over a real socket", () => {
  let service: Service;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await Service.start();
  });

  afterAll(async () => {
    await service.remove();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
    return () => receiver.stop();
  });

  /** Publishes one event to an endpoint of this dialect; its request, its secret and its id. */
  async function deliver(dialect: string): Promise<{ request: ReceivedRequest; secret: string; id: string }> {
    const type = `deal.${dialect}`;
    const { secret } = await service.client.createEndpoint({ url: receiver.url, dialect, types: [type] });
    const id = await service.client.publish(`{"type":"${type}","data":${EXACT_DATA}}`);
    const [request] = await receiver.received(1);
    if (request === undefined) throw new Error("no request");
    return { request, secret, id };
  }

  it("atlas: stripe's library and our SDK accept it, and data is byte for byte what was sent", async () => {
    const { request, secret, id } = await deliver("atlas");
    const signature = String(request.headers["atlas-signature"]);
    const event = new Stripe("sk_test_unused").webhooks.constructEvent(request.body, signature, secret);
    expect(event.id).toBe(id);
    expect(atlas.webhooks.verify(request.body.toString(), signature, secret).sequence).toBe(1);
    expect(request.body.toString()).toContain(`"data":${EXACT_DATA}`);
    expect(request.headers).toMatchObject({
      "atlas-event": "deal.atlas",
      "atlas-delivery": id,
      "atlas-attempt": "1",
      "atlas-sequence": "1",
      "content-type": "application/json",
      "content-length": String(request.body.length),
    });
  });

  it("standard: standardwebhooks, svix and our SDK accept it, and data is byte for byte what was sent", async () => {
    const { request, secret, id } = await deliver("standard");
    const body = request.body.toString();
    const headers = request.headers as Record<string, string>;
    expect(headers["webhook-id"]).toBe(id);
    const verified = { type: "deal.standard" };
    expect(new StandardWebhook(secret).verify(body, headers)).toMatchObject(verified);
    expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
    expect(standard.webhooks.verify(body, headers, secret)).toMatchObject(verified);
    expect(body).toContain(`"data":${EXACT_DATA}`);
  });

  it("a retry is signed anew and carries the same event id", async () => {
    let attempts = 0;
    receiver.answer = () => ({ kind: "status", status: attempts++ === 0 ? 503 : 200 });
    const { secret } = await service.client.createEndpoint({
      url: receiver.url,
      dialect: "atlas",
      types: ["retried"],
      retry: { delays: [1.1], jitter: 0 },
    });
    await service.client.publish({ type: "retried", data: {} });
    const [first, second] = await receiver.received(2);
    const signature = String(second?.headers["atlas-signature"]);
    expect(signature).not.toBe(first?.headers["atlas-signature"]);
    expect(atlas.webhooks.verify(String(second?.body), signature, secret).id).toBe(
      first?.headers["atlas-delivery"],
    );
    expect(second?.headers["atlas-attempt"]).toBe("2");
    expect(second?.headers["atlas-sequence"]).toBe(first?.headers["atlas-sequence"]);
  });
});
