import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { ok, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

const MIB = 1024 * 1024;

let service: Service;
let receiver: Receiver;

beforeAll(async () => {
  service = await Service.start();
  receiver = await Receiver.start(() => ok);
});

afterAll(async () => {
  await receiver.stop();
  await service.remove();
});

/** The numbers in the data of what arrived at a path, ascending. */
function arrived(path: string): number[] {
  return receiver.requests
    .filter((request) => request.path === path)
    .map((request) => (JSON.parse(request.body.toString()) as { data: { n: number } }).data.n)
    .sort((a, b) => a - b);
}

describe("a filter", () => {
  it("that lets 50 of 150 events through has exactly those 50 delivered", async () => {
    const filter = 'deal.n >= 50 && deal.n < 100 && "vip" in tags';
    await service.client.createEndpoint({ url: `${receiver.url}/filtered`, types: ["deal.*"], filter });
    await service.client.createEndpoint({ url: `${receiver.url}/all`, types: ["deal.*"] });
    const event = (n: number) => ({ type: "deal.created", data: { n }, tags: ["vip"] });
    for (let n = 0; n < 30; n++) await service.client.publish(event(n));
    for (const first of [30, 90]) {
      const events = Array.from({ length: 60 }, (_, i) => event(first + i));
      const { body } = await service.client.request<{ events: { endpoints: number }[] }>(
        "POST",
        "/v1/events/batch",
        { events },
      );
      expect(body.events.map(({ endpoints }) => endpoints)).toEqual(
        events.map(({ data: { n } }) => (n >= 50 && n < 100 ? 2 : 1)),
      );
    }
    await eventually("all 150 arrive", () => arrived("/webhooks/all").length >= 150);
    await eventually("50 arrive", () => arrived("/webhooks/filtered").length >= 50);
    expect(arrived("/webhooks/filtered")).toEqual(Array.from({ length: 50 }, (_, i) => 50 + i));
  });
});

describe("a batch of nearly 8 MiB", () => {
  it("is accepted where one character of each event is outside of Latin-1", async () => {
    const event = (length: number) => `{"type":"large.one","data":{"s":"€${"x".repeat(length)}"}}`;
    const length = Math.floor((8 * MIB - 20) / 1000) - Buffer.byteLength(event(0)) - 1;
    const body = `{"events":[${Array.from({ length: 1000 }, () => event(length)).join(",")}]}`;
    expect(Buffer.byteLength(body)).toBeGreaterThan(8 * MIB - 2000);
    const answer = await service.client.request<{ events: { id: string }[] }>(
      "POST",
      "/v1/events/batch",
      body,
    );
    expect(answer.status, answer.text.slice(0, 500)).toBe(202);
    const stored = await service.client.request("GET", `/v1/events/${answer.body.events[999]?.id}`);
    expect(stored.text.endsWith(`,"data":{"s":"€${"x".repeat(length)}"}}`)).toBe(true);
  });
});
