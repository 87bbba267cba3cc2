import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { Endpoint, publishMany } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { eventIds, failed, ok, type ReceivedRequest, Receiver } from "./receiver.ts";
import { setScene } from "./scene.ts";
import { Service } from "./started-service.ts";

interface Stats extends Json {
  delivered: number;
  dead: number;
  retried: number;
  pending: number;
  p50_latency_ms: number;
  p95_latency_ms: number;
  p99_latency_ms: number;
  avg_latency_ms: number;
  series: { at: string; delivered: number; dead: number; attempts: number }[];
}

describe("how endpoints do", () => {
  const scene = setScene("health", { dialect: "atlas", retry: { delays: [0.1] } });
  const { create, publish } = scene;

  it("stats of every window count what came of the deliveries, and how long they took", async () => {
    const seen = new Set<string>();
    scene.receiver.answer = ({ headers, body }) => {
      const { n } = JSON.parse(body.toString()).data as { n: number };
      const id = String(headers["atlas-delivery"]);
      const isFirst = !seen.has(id);
      seen.add(id);
      // Two are dead, three delivered by the second attempt, the others at once.
      if (n < 2 || (n < 5 && isFirst)) return failed;
      return { kind: "status", status: 200, delayMs: 100 };
    };
    const endpoint = await create();
    await publish(20);
    const delivered = await endpoint.untilCount(18, "delivered");
    await endpoint.untilCount(2, "dead");
    const durationsMs = delivered.map(({ last_attempt }) => last_attempt?.duration_ms ?? 0);
    const [fastest, slowest] = [Math.min(...durationsMs), Math.max(...durationsMs)];
    expect(fastest).toBeGreaterThan(85);
    for (const window of ["1h", "24h", "7d", "30d"]) {
      const stats = await endpoint.get<Stats>(`/stats?window=${window}`);
      const expected = { window, delivered: 18, dead: 2, retried: 5, canceled: 0, missed: 0, pending: 0 };
      expect(stats).toMatchObject({ ...expected, delivered_pct: 90, oldest_pending_at: null });
      for (const latency of ["avg", "p50", "p95", "p99"]) {
        // Percentiles are within a tenth of what was measured.
        expect(stats[`${latency}_latency_ms`]).toBeGreaterThanOrEqual(fastest * 0.9);
        expect(stats[`${latency}_latency_ms`]).toBeLessThanOrEqual(slowest * 1.1);
      }
      expect(stats.p50_latency_ms).toBeLessThanOrEqual(stats.p99_latency_ms);
      const sum = (field: "delivered" | "dead" | "attempts") =>
        stats.series.reduce((total, step) => total + step[field], 0);
      expect([sum("delivered"), sum("dead"), sum("attempts")]).toEqual([18, 2, 25]);
    }
  });

  it("stats tell what is pending and since when", async () => {
    const endpoint = await create();
    await endpoint.patch({ status: "paused" });
    const before = Date.now();
    await publish(3);
    await endpoint.untilCount(3, "pending");
    const stats = await endpoint.get<{ oldest_pending_at: string }>("/stats");
    expect(stats).toMatchObject({ pending: 3, delivered: 0, delivered_pct: null });
    const since = Date.parse(stats.oldest_pending_at);
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(Date.now());
  });

  it("lists of endpoints show each one's health, soon after its attempts", async () => {
    scene.receiver.answer = ({ headers }) => (headers["atlas-sequence"] === "1" ? failed : ok);
    const endpoint = await create();
    expect((await endpoint.get()).health).toBeNull();
    await publish(4);
    const health = await eventually("its health, with all that was sent", async () => {
      const { health } = await endpoint.get<{ health: { delivered: number; dead: number } | null }>();
      return health !== null && health.delivered + health.dead === 4 && health;
    });
    expect(health).toMatchObject({ delivered: 3, dead: 1, retried: 1, pending: 0 });
    const { data } = await scene.service.client.get<{ data: Json[] }>("/v1/endpoints");
    expect(data.find(({ id }) => id === endpoint.id)?.health).toEqual(health);
  });

  it("one endpoint's failures change nothing for the others", async () => {
    const receivers = [scene.receiver, await Receiver.start(() => failed), await Receiver.start()];
    const endpoints = await Promise.all(
      receivers.map(({ url }) => create({ url, serialize: true, retry: { delays: [3600] } })),
    );
    const ids = await publish(100);
    for (const n of [0, 2]) {
      await receivers[n]?.received(100);
      expect(eventIds(receivers[n]?.requests ?? [])).toEqual(ids);
      await endpoints[n]?.untilCount(100, "delivered");
      expect(await endpoints[n]?.get("/stats")).toMatchObject({ delivered: 100, dead: 0, retried: 0 });
    }
    await endpoints[1]?.untilCount(100, "pending");
    expect(receivers[1]?.requests).toHaveLength(1);
    await receivers[1]?.stop();
    await receivers[2]?.stop();
  });
});

describe("operational events", () => {
  let service: Service;
  let watcher: Receiver;
  let everything: Receiver;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await Service.start();
    watcher = await Receiver.start();
    everything = await Receiver.start();
    receiver = await Receiver.start(() => failed);
  });

  afterAll(async () => {
    for (const one of [watcher, everything, receiver]) await one.stop();
    await service.remove();
  });

  const operationalOf = ({ requests }: Receiver, type: string, endpoint: Endpoint) =>
    requests
      .map((request: ReceivedRequest) => JSON.parse(request.body.toString()) as { type: string; data: Json })
      .filter(({ type: found, data }) => found === type && data.endpoint_id === endpoint.id)
      .map(({ data }) => data);

  it("reach the endpoints that name them, never by `*`, never about themselves, once a minute with a count", async () => {
    const types = [
      "webhooks.delivery.dead",
      "webhooks.endpoint.disabled",
      "webhooks.endpoint.paused",
      "webhooks.endpoint.failing",
    ];
    await Endpoint.create(service.client, { url: watcher.url, types });
    await Endpoint.create(service.client, { url: everything.url, types: ["*"] });
    // It asks for what it causes itself.
    const failing = await Endpoint.create(service.client, {
      ...{ url: receiver.url, types: ["op.fails", "webhooks.*"], retry: { delays: [] }, serialize: true },
    });
    await publishMany(service.client, "op.fails", 5);
    await failing.untilCount(5, "dead");
    const [first] = await eventually("the first of them", () => {
      const found = operationalOf(watcher, "webhooks.delivery.dead", failing);
      return found.length > 0 && found;
    });
    expect(first).toMatchObject({ endpoint_id: failing.id, event_type: "op.fails", error: "status" });
    expect(Number(first?.count)).toBeGreaterThanOrEqual(1);
    expect(Number(first?.count)).toBeLessThanOrEqual(5);

    receiver.answer = () => ({ kind: "status", status: 410 });
    await publishMany(service.client, "op.fails", 1);
    await failing.untilStatus("disabled");
    const disabled = await eventually("the news of its end", () => {
      const found = operationalOf(watcher, "webhooks.endpoint.disabled", failing);
      return found.length > 0 && found;
    });
    expect(disabled).toEqual([
      {
        ...{ endpoint_id: failing.id, url: receiver.url, status: "disabled", count: 1, reason: "gone" },
        ...{ attempts: 6, response_status: 410, first_failure_at: expect.any(String) },
      },
    ]);

    const pausing = await Endpoint.create(service.client, {
      ...{ url: receiver.url, types: ["op.pauses"], retry: { delays: [] }, on_dead_letter: "pause" },
    });
    receiver.answer = () => failed;
    await publishMany(service.client, "op.pauses", 1);
    const paused = await eventually("the news of its pause", () => {
      const found = operationalOf(watcher, "webhooks.endpoint.paused", pausing);
      return found.length > 0 && found;
    });
    expect(paused).toEqual([
      {
        ...{ endpoint_id: pausing.id, url: receiver.url, status: "paused", count: 1, reason: "dead_letter" },
        ...{ attempts: 1, response_status: 500, first_failure_at: expect.any(String) },
      },
    ]);

    // Within the minute there was no second one about the same, however many followed.
    expect(operationalOf(watcher, "webhooks.delivery.dead", failing)).toHaveLength(1);
    // `*` takes what is published, and nothing of this.
    await everything.received(7);
    expect(everything.requests.map(({ body }) => JSON.parse(body.toString()).type)).toSatisfy(
      (seen: string[]) => seen.every((type) => type.startsWith("op.")),
    );
    const own = receiver.requests.map(({ body }) => JSON.parse(body.toString()) as { data: Json });
    expect(own.filter(({ data }) => data.endpoint_id === failing.id)).toEqual([]);
  });

  it("are not for publishers to make", async () => {
    const event = { type: "webhooks.delivery.dead", data: {} };
    expect((await service.client.request("POST", "/v1/events", event)).status).toBe(422);
  });
});
