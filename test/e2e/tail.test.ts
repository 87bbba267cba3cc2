import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";
import { Watcher } from "./watcher.ts";

let service: Service;

beforeAll(async () => {
  service = await Service.start({ ALLOWED_NETWORKS: "127.0.0.0/8" });
});

afterAll(() => service.remove());

it("shows a delivery to the service's own inbox fail, be retried and arrive, and goes on after a crash of the service", async () => {
  const { client } = service;
  const made = await client.request<{ id: string; url: string }>("POST", "/v1/inboxes", {
    answers: [500, 200],
  });
  await client.createEndpoint({ url: made.body.url, types: ["deal.*"], retry: { delays: [0.2], jitter: 0 } });
  const first = await Watcher.open(client);
  const event = await client.publish({ type: "deal.created", data: { id: "deal_1" } });
  const told = () =>
    first.messages.flatMap(({ data = [] }) => data).filter((delivery) => delivery.event_id === event);
  await eventually("delivered", () => told().at(-1)?.status === "delivered");
  expect(told().at(-1)?.attempt_count).toBe(2);
  const { data } = await client.get<{ data: { signature: { verdict: string } }[] }>(
    `/v1/inboxes/${made.body.id}/requests`,
  );
  expect(data.map(({ signature }) => signature.verdict)).toEqual(["valid", "valid"]);

  const cursor = first.messages.at(-1)?.cursor;
  await service.kill9();
  await service.restart();
  const again = await Watcher.open(service.client, `&cursor=${cursor}`);
  expect(again.messages[0]).toMatchObject({ type: "hello", gap: false });
  const next = await service.client.publish({ type: "deal.created", data: { id: "deal_2" } });
  await eventually("shown", () =>
    again.messages.some(({ data: shown }) => shown?.some(({ event_id }) => event_id === next)),
  );
  again.close();
});

/** Endpoints, and events to each of them: many that tell at once, each several times. */
const ENDPOINTS = 60;
const EVENTS = 20;

it("shows one who watches every delivery of many endpoints, or counts it as skipped", async () => {
  const { client } = service;
  const receiver = await Receiver.start();
  try {
    for (let n = 0; n < ENDPOINTS; n++)
      await client.createEndpoint({ url: `${receiver.url}/${n}`, types: ["fan.out"] });
    const watcher = await Watcher.open(client);
    const events = Array.from({ length: EVENTS }, () => ({ type: "fan.out", data: {} }));
    expect((await client.request("POST", "/v1/events/batch", { events })).status).toBe(202);
    const counted = () => watcher.lastShownAs("delivered").length + watcher.skipped;
    await eventually("each told or counted", () => counted() >= ENDPOINTS * EVENTS);
    expect(watcher.closedWith).toBeNull();
    watcher.close();
  } finally {
    await receiver.stop();
  }
});
