import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Counts } from "../../bench/counting/counts.ts";
import { startCounting } from "../../bench/counting/server.ts";
import type { Service } from "../../bench/started-service.ts";
import { Client } from "./client.ts";
import { eventually } from "./eventually.ts";
import { ok, Receiver } from "./receiver.ts";

let scratch: string;
let service: Service;
let slow: Receiver;
let broken: Receiver;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "atlas-connections-"));
  service = await startCounting(scratch, { SLOTS_PER_OBJECT: "6", ARCHIVE_AFTER_SECONDS: "1" });
  slow = await Receiver.start(() => ({ ...ok, delayMs: 100 }));
  broken = await Receiver.start(() => ({ kind: "close" }));
});

afterAll(async () => {
  await service.stop();
  await slow.stop();
  await broken.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it("never has more than six of an object's connections wait for an answer: attempts, probes, D1 and R2 together", async () => {
  const client = new Client(service.client.url, service.client.key);
  const retry = { delays: [0.1, 0.1], jitter: 0 };
  const settings = { types: ["order.placed"], max_in_flight: 100, retry };
  const { id } = await client.createEndpoint({ ...settings, url: slow.url });
  const failing = await client.createEndpoint({
    ...settings,
    url: broken.url,
    disable_after: { consecutive_failures: 60 },
  });
  const events = Array.from({ length: 60 }, (_, n) => ({ type: "order.placed", data: { n } }));
  const published = await client.request<{ events: { id: string }[] }>("POST", "/v1/events/batch", {
    events,
  });
  expect(published.status).toBe(202);
  await slow.received(60);
  const counts = () => client.get<Counts>("/bench/counts");
  await eventually("the events are archived", async () => (await counts()).r2Writes > 0);
  // What is still being answered is not among what is replayed.
  await eventually("all are delivered", async () => {
    const { delivered } = await client.get<{ delivered: number }>(`/v1/endpoints/${id}/stats`);
    return delivered === 60;
  });
  // Reads of the archive by many at once, replays that read it, and a status that goes to D1 meanwhile.
  const replay = await client.request("POST", `/v1/endpoints/${id}/replays`, { status: "any" });
  expect(replay.status).toBe(202);
  const reads = published.body.events.flatMap((event) => [
    client.request("GET", `/v1/events/${event.id}`),
    client.request("GET", "/v1/events?limit=50"),
    client.request("PATCH", `/v1/endpoints/${id}`, { description: event.id }),
  ]);
  for (const answer of await Promise.all(reads)) expect([200, 409]).toContain(answer.status);
  await slow.received(120);
  await eventually("D1 knows the status", async () => {
    const { status } = await client.get(`/v1/endpoints/${failing.id}`);
    return status === "disabled";
  });
  const { mostConnections } = await counts();
  expect(mostConnections.endpoint, "as many as there are").toBe(6);
  expect(mostConnections.sender, "as many again").toBe(6);
  expect(mostConnections.log).toBeGreaterThan(1);
  expect(mostConnections.log).toBeLessThanOrEqual(6);
});
