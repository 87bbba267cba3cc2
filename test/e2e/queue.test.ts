import { describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import type { DeliveryJson, Endpoint } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { type Answer, failed, ok } from "./receiver.ts";
import { setScene } from "./scene.ts";

interface QueueJson extends Json {
  head: DeliveryJson | null;
  wait: { why: string; until: string | null } | null;
  depth: number;
  drained_by: string | null;
  keys: { held: number; heads: { key: string; attempt_count: number }[] } | null;
}

const busy: Answer = { kind: "status", status: 503, headers: { "retry-after": "120" } };

describe("an endpoint's queue", () => {
  const scene = setScene("queue", { retry: { delays: [300, 300] } });
  const { create, publish } = scene;

  const queueOf = (endpoint: Endpoint) => endpoint.get<QueueJson>("/queue");
  const waiting = (endpoint: Endpoint, why: string) =>
    eventually(`the head to wait for ${why}`, async () => {
      const queue = await queueOf(endpoint);
      return queue.wait?.why === why && queue;
    });

  it("tells the head of the order, its retry, and that the others wait behind it", async () => {
    scene.receiver.answer = () => failed;
    const endpoint = await create({ serialize: true });
    const [first] = await publish(3);
    const queue = await waiting(endpoint, "retry_at");
    expect(queue).toMatchObject({ order: "endpoint", depth: 3, in_flight: 0 });
    expect(queue.head).toMatchObject({ sequence: 1, event_id: first, attempt_count: 1 });
    expect(queue.wait?.until).toBe(queue.head?.next_attempt_at);
    expect(queue.attempts_last_minute).toBeGreaterThan(0);
    const { attempts } = await endpoint.delivery(queue.head?.id ?? "");
    expect(attempts[0]).toMatchObject({ policy_version: 1 });
    const endedAt = Date.parse(attempts[0]?.started_at ?? "") + (attempts[0]?.duration_ms ?? 0);
    expect(Date.parse(String(queue.head_since))).toBe(Math.floor(endedAt));
  });

  it("tells a hold that the receiver asked for, and shows it as the next attempt of all that wait", async () => {
    scene.receiver.answer = () => busy;
    const endpoint = await create({ serialize: true, retry: { delays: [0.1, 0.1] } });
    await publish(2);
    const queue = await waiting(endpoint, "retry_after");
    const until = Date.parse(queue.wait?.until ?? "");
    const [second, first] = await endpoint.deliveries();
    for (const delivery of [first, second]) expect(Date.parse(delivery?.next_attempt_at ?? "")).toBe(until);
    expect(until).toBeGreaterThan(Date.parse(String(queue.head_since)) + 100_000);
  });

  it("tells an attempt under way, a slot that others hold, the rate, and who stopped it", async () => {
    scene.receiver.answer = () => ({ kind: "hang" });
    const hanging = await create({ timeout: 30, max_in_flight: 1 });
    await publish(2);
    const [first, second] = (await hanging.untilCount(2, "pending")).toReversed();
    await scene.receiver.received(1);
    expect(await waiting(hanging, "slot")).toMatchObject({
      depth: 2,
      in_flight: 1,
      head: { id: second?.id },
    });
    await hanging.post(`/deliveries/${second?.id}/cancel`, 200);
    expect(await waiting(hanging, "in_flight")).toMatchObject({ depth: 1, head: { id: first?.id } });
    await scene.service.client.request("DELETE", hanging.path);
    scene.receiver.answer = () => ok;
    const slow = await create({ rate_limit: { per_second: 0.01 } });
    await publish(3);
    await slow.untilCount(1, "delivered");
    const rated = await waiting(slow, "rate");
    expect(rated.depth).toBe(2);
    expect(rated.ended_last_minute).toBeGreaterThan(0);
    const leftMs = Date.parse(rated.drained_by ?? "") - Date.now();
    expect(leftMs).toBeGreaterThan(60_000);
    for (const status of ["paused", "disabled"]) {
      await scene.service.client.request("PATCH", slow.path, { status });
      expect(await queueOf(slow)).toMatchObject({ wait: { why: status, until: null }, drained_by: null });
    }
  });

  it("in order by key tells which keys are held by which head, and retries and cancels them alone", async () => {
    const customers = ["poison", "well", "poison", "well", ""];
    scene.receiver.answer = ({ headers }) => (headers["atlas-key"] === "poison" ? failed : ok);
    const endpoint = await create({ dialect: "atlas", order: { by: "data.customer" } });
    const events = customers.map((customer) => ({
      type: scene.type,
      data: customer === "" ? {} : { customer },
    }));
    const { client } = scene.service;
    await client.request("POST", "/v1/events/batch", { events });
    const delivered = await endpoint.untilCount(3, "delivered");
    expect(delivered.map(({ sequence }) => sequence).toSorted()).toEqual([2, 4, 5]);
    const queue = await waiting(endpoint, "retry_at");
    const [first] = (await endpoint.deliveries("status=pending")).toReversed();
    expect(queue).toMatchObject({ order: { by: "data.customer" }, depth: 2 });
    expect(queue.keys).toMatchObject({
      ...{ held: 1, heads: [{ key: "poison", delivery_id: first?.id, sequence: 1, attempt_count: 1 }] },
    });
    const told = scene.receiver.requests.map(({ headers }) => [
      ...[headers["atlas-sequence"], headers["atlas-key"], headers["atlas-key-sequence"]],
    ]);
    expect(told.toSorted()).toEqual([
      ["1", "poison", "1"],
      ["2", "well", "1"],
      ["4", "well", "2"],
      ["5", undefined, "1"],
    ]);

    const [second] = await endpoint.deliveries("status=pending");
    expect(second).toMatchObject({ key: "poison", key_sequence: 2, sequence: 3 });
    const explained = await client.get<{ data: { wait: Json | null }[] }>(
      `/v1/events/${second?.event_id}/explain?endpoint_id=${endpoint.id}`,
    );
    expect(explained.data[0]?.wait).toMatchObject({
      ...{ why: "behind_head", behind: { delivery_id: first?.id, key: "poison" } },
    });
    const refused = await endpoint.post<Json>(`/deliveries/${second?.id}/retry`, 409);
    expect(refused).toMatchObject({ code: "not_head", detail: expect.stringContaining('"poison"') });

    await endpoint.post("/retry", 202, { key: "poison" });
    await eventually("a second attempt of the head", async () =>
      (await queueOf(endpoint)).keys?.heads.some(({ attempt_count }) => attempt_count === 2),
    );
    await endpoint.post("/cancel", 202, { key: "poison" });
    await endpoint.untilCount(2, "canceled");
    expect(await queueOf(endpoint)).toMatchObject({ depth: 0, keys: { held: 0, heads: [] } });
    await endpoint.patch({ order: "none" });
    const answer = await client.request<Json>("POST", `${endpoint.path}/cancel`, { key: "poison" });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: "key" }] } });
  });

  it("is empty where nothing is pending", async () => {
    const endpoint = await create();
    expect(await queueOf(endpoint)).toMatchObject({ head: null, head_since: null, wait: null, depth: 0 });
    const gone = await scene.service.client.request(
      "GET",
      "/v1/endpoints/ep_01KAGW9ZQ8N3V5XTB2C4D6E7F8/queue",
    );
    expect(gone.status).toBe(404);
  });
});
