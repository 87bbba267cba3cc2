import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BUNDLED } from "../released/versions.ts";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { failed, ok, Receiver } from "./receiver.ts";
import { type Places, SideBySide } from "./side-by-side.ts";

/*
 * After a deploy old and new code call each other for a while: an object that is busy keeps its old code, and so do
 * Workers elsewhere.
 */

const WAYS: Places[] = BUNDLED.flatMap(({ version: released }) => {
  const bothObjects: Places = { worker: "new", log: released, endpoint: released };
  // Who skipped a version.
  if (released !== BUNDLED.at(-1)?.version) return [bothObjects];
  return [
    bothObjects,
    { worker: "new", log: released, endpoint: "new" },
    { worker: "new", log: "new", endpoint: released },
    { worker: released, log: "new", endpoint: "new" },
  ];
});

describe.each(WAYS)("with the Worker $worker, the log $log and the endpoints $endpoint", (places) => {
  let service: SideBySide;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await SideBySide.start(places);
  });

  afterEach(() => receiver.stop());

  afterAll(() => service.remove());

  it("publishes, and delivers in order and once", async () => {
    let isDown = true;
    receiver = await Receiver.start(() => (isDown ? failed : ok));
    const { client } = service;
    const retry = { delays: [0.5, 0.5, 0.5, 0.5, 0.5], jitter: 0 };
    const { id } = await client.createEndpoint({
      url: receiver.url,
      types: ["order.placed"],
      serialize: true,
      retry,
    });
    const events = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ type: "order.placed", data: { n: from + n } }));
    for (const event of events(0, 3)) {
      const answer = await client.request("POST", "/v1/events", event);
      expect([answer.status, answer.body.endpoints], answer.text).toEqual([202, 1]);
    }
    const batch = await client.request("POST", "/v1/events/batch", { events: events(3, 20) });
    expect(batch.status, batch.text).toBe(202);
    await receiver.received(2);
    isDown = false;
    const numbers = () => receiver.requests.map(({ body }) => JSON.parse(body.toString()).data.n as number);
    await eventually("the last of 23 events", () => numbers().includes(22));
    expect(numbers()).toEqual(numbers().toSorted((one, other) => one - other));
    expect(new Set(numbers()).size).toBe(23);
    const listed = await eventually("all are delivered", async () => {
      const { data } = await client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries?limit=50`);
      return data.every(({ status }) => status === "delivered") && data;
    });
    expect(listed).toHaveLength(23);
  });

  it("answers no route with 500, retries and cancels many by the older methods, and 503 with Retry-After where there is none", async () => {
    receiver = await Receiver.start(() => failed);
    const { client } = service;
    const { id } = await client.createEndpoint({
      url: receiver.url,
      types: ["order.failed"],
      retry: { delays: [3600], jitter: 0 },
    });
    const event = await client.request("POST", "/v1/events", { type: "order.failed", data: {} });
    await receiver.received(1);
    const delivery = await eventually("the failed attempt is on record", async () => {
      const { data } = await client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries`);
      return data.find(({ attempt_count }) => attempt_count === 1);
    });
    const of = `/v1/endpoints/${id}`;
    const requests: [string, string, object?][] = [
      ["GET", "/v1/events"],
      ["GET", `/v1/events/${event.body.id}`],
      ["GET", `/v1/events/${event.body.id}/deliveries`],
      ["GET", "/v1/endpoints"],
      ["GET", `${of}/deliveries?status=pending`],
      ["GET", `${of}/deliveries/${delivery.id}`],
      ["GET", `${of}/stats`],
      ["POST", `${of}/test`],
      ["POST", `${of}/deliveries/${delivery.id}/retry`],
      ["POST", `${of}/retry`],
      ["POST", `/v1/events/${event.body.id}/replay`],
      ["POST", `${of}/replays`, { status: "any" }],
      ["GET", `${of}/replays`],
      ["PATCH", of, { description: "changed meanwhile" }],
      ["PATCH", of, { status: "paused" }],
      ["POST", `${of}/cancel`, {}],
      ["POST", `${of}/secret/rotate`],
      ["DELETE", of],
    ];
    // Version 0.1 has methods of its own for these.
    const always = [`${of}/retry`, `${of}/cancel`];
    const answers: string[] = [];
    for (const [method, path, body] of requests) {
      const answer = await client.request(method, path, body);
      const mayComeAgain = answer.status === 503 && answer.headers.has("retry-after");
      if (always.includes(path)) expect([path, answer.status]).toEqual([path, 202]);
      if (answer.status >= 500 && !mayComeAgain) answers.push(`${method} ${path}: ${answer.text}`);
    }
    expect(answers).toEqual([]);
  });
});
