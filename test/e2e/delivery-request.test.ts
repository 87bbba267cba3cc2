import { describe, expect, it } from "vitest";
import type { DeliveryJson, Endpoint } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { failed, ok, type ReceivedRequest } from "./receiver.ts";
import { setScene } from "./scene.ts";

interface RequestJson {
  attempt: number;
  on_record: boolean;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  encoding: string;
}

const DIALECTS = ["atlas", "standard", "voice", "brokers", "atomic", "support"];

/** Numbers that JavaScript rounds, escapes and characters of several bytes. */
const DATA = String.raw`{"n":12345678901234567890,"text":"caf\u00e9 € 😀 \/","f":1.0}`;

describe("a delivery's request", () => {
  const scene = setScene("requests", { retry: { delays: [0.2, 3600] }, headers: { "X-Own": "own-secret" } });

  const publish = async () => {
    const body = `{"type":"${scene.type}","data":${DATA}}`;
    const answer = await fetch(`${scene.service.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${scene.service.client.key}`, "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(202);
  };

  const shown = (endpoint: Endpoint, delivery: DeliveryJson, query = "") =>
    endpoint.get<RequestJson>(`/deliveries/${delivery.id}/request${query}`);

  const only = (endpoint: Endpoint) =>
    eventually("the delivery", async () => (await endpoint.deliveries())[0]);

  it.each(DIALECTS)(
    "of %s is shown byte for byte as each attempt sent it, after it was delivered too",
    async (dialect) => {
      scene.receiver.answer = () => (scene.receiver.requests.length === 1 ? failed : ok);
      const endpoint = await scene.create({ dialect, auth: { type: "bearer", token: "token-of-mine" } });
      await publish();
      const received = await scene.receiver.received(2);
      await endpoint.untilCount(1, "delivered");
      const delivery = await only(endpoint);
      for (const [i, request] of received.entries())
        expectSame(await shown(endpoint, delivery, `?attempt=${i + 1}`), i + 1, request);
      expect((await shown(endpoint, delivery)).attempt).toBe(2);
      const none = await scene.service.client.request(
        "GET",
        `${endpoint.path}/deliveries/${delivery.id}/request?attempt=3`,
      );
      expect(none.status).toBe(404);
    },
  );

  it.each(DIALECTS)("of %s is shown as it would be sent, before the first attempt", async (dialect) => {
    const endpoint = await scene.create({ dialect, auth: { type: "bearer", token: "token-of-mine" } });
    await endpoint.patch({ status: "paused" });
    await publish();
    const before = await shown(endpoint, await only(endpoint));
    expect(before).toMatchObject({ attempt: 1, on_record: false, method: "POST", encoding: "utf8" });
    await endpoint.patch({ status: "enabled" });
    const [request] = await scene.receiver.received(1);
    // Its id is the attempt's own, which has not started.
    const withoutId = (body = "") => body.replace(/"requestId":"[^"]*"/, "");
    expect(withoutId(before.body)).toBe(withoutId(request?.body.toString()));
    for (const name of Object.keys(before.headers))
      expect(request?.headers).toHaveProperty(name.toLowerCase());
    expect(before.headers).toMatchObject({ "X-Own": "***", Authorization: "***" });
  });

  function expectSame(request: RequestJson, attempt: number, received: ReceivedRequest): void {
    expect(request).toMatchObject({ attempt, on_record: true, method: received.method, encoding: "utf8" });
    expect(Buffer.from(request.body).equals(received.body)).toBe(true);
    for (const [name, value] of Object.entries(request.headers)) {
      if (value === "***") expect(["x-own", "authorization"]).toContain(name.toLowerCase());
      else expect(received.headers[name.toLowerCase()]).toBe(value);
    }
    expect(JSON.stringify(request)).not.toMatch(/own-secret|token-of-mine/);
  }
});
