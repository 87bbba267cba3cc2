import { describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { type DeliveryJson, publishMany } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { eventIds, failed, ok, Receiver } from "./receiver.ts";
import { setScene } from "./scene.ts";

describe("an endpoint's status, and its queue", () => {
  const scene = setScene("statuses", { dialect: "atlas" });
  const { create, publish } = scene;

  const code = async (method: string, path: string) => {
    const { status, body } = await scene.service.client.request<{ code: string }>(method, path);
    return [status, body.code];
  };

  it("what is published while it is paused arrives in order when it is resumed", async () => {
    const endpoint = await create({ serialize: true });
    await endpoint.patch({ status: "paused" });
    const ids = await publish(50);
    await endpoint.untilCount(50, "pending");
    expect(scene.receiver.requests).toHaveLength(0);
    await endpoint.patch({ status: "enabled" });
    await scene.receiver.received(50);
    expect(eventIds(scene.receiver.requests)).toEqual(ids);
  });

  it("what is published while it is disabled is missed, and arrives in order when it is replayed", async () => {
    const endpoint = await create({ serialize: true });
    await endpoint.patch({ status: "disabled" });
    const ids = await publish(50);
    const refused = await scene.service.client.request<{ code: string }>("POST", `${endpoint.path}/replays`, {
      status: "missed",
    });
    expect([refused.status, refused.body.code]).toEqual([409, "endpoint_disabled"]);
    await endpoint.patch({ status: "enabled" });
    const job = await endpoint.replayed({ status: "missed", types: [scene.type] });
    expect(job).toMatchObject({ state: "done", total: 50, done: 50 });
    await scene.receiver.received(50);
    expect(eventIds(scene.receiver.requests)).toEqual(ids);
    expect(scene.receiver.requests.every(({ headers }) => headers["atlas-replay"] === "true")).toBe(true);
    // None of them is missed any more.
    expect(await endpoint.replayed({ status: "missed", types: [scene.type] })).toMatchObject({
      total: 0,
      done: 0,
    });
    expect((await endpoint.get<{ missed: number }>("/stats?window=1h")).missed).toBe(50);
  });

  it("410 disables it: the attempt counts as any other, its delivery stays pending", async () => {
    scene.receiver.answer = () => ({ kind: "status", status: 410 });
    const endpoint = await create({ serialize: true });
    await publish(3);
    const { status_reason: reason } = await endpoint.untilStatus("disabled");
    expect(reason).toBe("gone");
    await endpoint.untilCount(3, "pending");
    const [missed = ""] = await publish(1);
    const { missed: missing } = await scene.service.client.get<{ missed: string[] }>(
      `/v1/events/${missed}/deliveries`,
    );
    expect(missing).toEqual([endpoint.id]);
    scene.receiver.answer = () => ok;
    await endpoint.patch({ status: "enabled" });
    await endpoint.untilCount(3, "delivered");
    const sequences = scene.receiver.requests.map(({ headers }) => headers["atlas-sequence"]);
    expect(sequences).toEqual(["1", "1", "2", "3"]);
  });

  it("an attempt in flight when it is disabled goes on record, and no other starts", async () => {
    const held = Promise.withResolvers<void>();
    scene.receiver.answer = () => ({ kind: "status", status: 500, after: held.promise });
    const endpoint = await create({ serialize: true, retry: { delays: [0.1, 0.1, 0.1] } });
    await publish(2);
    await scene.receiver.received(1);
    await endpoint.patch({ status: "disabled" });
    held.resolve();
    const attempted = await eventually("the attempt's record", async () => {
      const rows = await endpoint.deliveries("status=pending");
      return rows.length === 2 && rows.find(({ attempt_count: count }) => count === 1);
    });
    expect(attempted.last_attempt).toMatchObject({ error: "status", status: 500 });
    expect(scene.receiver.requests).toHaveLength(1);
  });

  it("a poison event at the head is canceled, and the rest follows in order", async () => {
    scene.receiver.answer = ({ headers }) => (headers["atlas-sequence"] === "1" ? failed : ok);
    const endpoint = await create({ serialize: true, retry: { delays: [3600] } });
    const ids = await publish(20);
    await scene.receiver.received(1);
    const head = await endpoint.attempted(1);
    const canceled = await endpoint.post<DeliveryJson>(`/deliveries/${head.id}/cancel`, 200);
    expect(canceled).toMatchObject({ status: "canceled", next_attempt_at: null });
    expect(canceled.completed_at).not.toBeNull();
    await scene.receiver.received(20);
    expect(eventIds(scene.receiver.requests)).toEqual(ids);
    expect(await code("POST", `${endpoint.path}/deliveries/${head.id}/cancel`)).toEqual([409, "not_pending"]);
  });

  it("a delivery canceled in flight ends as canceled, its attempt on record, and counts for nothing", async () => {
    const held = Promise.withResolvers<void>();
    scene.receiver.answer = () => ({ kind: "status", status: 500, after: held.promise });
    const endpoint = await create({ serialize: true, retry: { delays: [0.1] } });
    await publish(1);
    await scene.receiver.received(1);
    const [row] = await endpoint.deliveries();
    await endpoint.post(`/deliveries/${row?.id}/cancel`, 200);
    held.resolve();
    const delivery = await eventually("the attempt on record", async () => {
      const found = await endpoint.delivery(row?.id ?? "");
      return found.attempts.length === 1 && found;
    });
    expect(delivery.status).toBe("canceled");
    const stats = await endpoint.get<{ canceled: number; dead: number; pending: number }>("/stats?window=1h");
    expect(stats).toMatchObject({ canceled: 1, dead: 0, pending: 0 });
    expect(scene.receiver.requests).toHaveLength(1);
  });

  it("the whole queue is canceled, or some types of it, or what was made before a time", async () => {
    const prefix = `${scene.type}.`;
    const endpoint = await create({ types: [`${prefix}*`] });
    await endpoint.patch({ status: "paused" });
    await publishMany(scene.service.client, `${prefix}a`, 2500);
    await publishMany(scene.service.client, `${prefix}b`, 5);
    await eventually("all pending", async () => (await endpoint.get("/stats")).pending === 2505);
    const between = new Date(Date.now() + 1).toISOString();
    await eventually("a later millisecond", () => new Date().toISOString() > between);
    await publishMany(scene.service.client, `${prefix}b`, 5);
    await eventually("all pending", async () => (await endpoint.get("/stats")).pending === 2510);
    const sweep = await endpoint.post<Json>("/cancel", 202, { types: [`${prefix}a`] });
    expect(sweep).toMatchObject({ action: "cancel", state: "running" });
    await eventually("type a to be canceled", async () => (await endpoint.get("/stats")).pending === 10);
    expect(await endpoint.get(`/sweeps/${sweep.id}`)).toMatchObject({
      ...{ state: "done", matched: 2500, changed: 2500 },
    });
    const isDoneAtOnce = { state: "done", matched: 5, changed: 5 };
    expect(await endpoint.post("/cancel", 202, { before: between })).toMatchObject(isDoneAtOnce);
    await endpoint.untilCount(5, "pending");
    expect(await endpoint.post("/cancel", 202)).toMatchObject(isDoneAtOnce);
    await endpoint.untilCount(0, "pending");
    expect((await endpoint.get("/stats?window=1h")).canceled).toBe(2510);
    await endpoint.patch({ status: "enabled" });
    const [id] = await publishMany(scene.service.client, `${prefix}b`, 1);
    await scene.receiver.received(1);
    expect(eventIds(scene.receiver.requests)).toEqual([id]);
  });

  it("retries are made now, one or all; only the head of an order; never while paused or disabled", async () => {
    scene.receiver.answer = () => failed;
    const endpoint = await create({ serialize: true, retry: { delays: [3600, 3600, 3600] } });
    await publish(3);
    await scene.receiver.received(1);
    const rows = await eventually("the head to wait", async () => {
      const found = (await endpoint.deliveries("status=pending")).reverse();
      return found.length === 3 && found[0]?.attempt_count === 1 && found;
    });
    const retryOf = (n: number) => `${endpoint.path}/deliveries/${rows[n]?.id}/retry`;
    expect(await code("POST", retryOf(1))).toEqual([409, "not_head"]);
    await endpoint.post(`/deliveries/${rows[0]?.id}/retry`, 202);
    await scene.receiver.received(2);
    await endpoint.patch({ status: "paused" });
    expect(await code("POST", retryOf(0))).toEqual([409, "endpoint_paused"]);
    expect(await code("POST", `${endpoint.path}/retry`)).toEqual([409, "endpoint_paused"]);
    await endpoint.patch({ status: "disabled" });
    expect(await code("POST", retryOf(0))).toEqual([409, "endpoint_disabled"]);
    scene.receiver.answer = () => ok;
    await endpoint.patch({ status: "enabled", serialize: false });
    await endpoint.untilCount(2, "delivered");
    const retried = await endpoint.post("/retry", 202);
    expect(retried).toMatchObject({ action: "retry", state: "done", matched: 1, changed: 1 });
    await endpoint.untilCount(3, "delivered");
    expect(await code("POST", retryOf(0))).toEqual([409, "not_pending"]);
  });

  it("a delivery in flight cannot be retried", async () => {
    const held = Promise.withResolvers<void>();
    scene.receiver.answer = () => ({ kind: "status", status: 200, after: held.promise });
    const endpoint = await create();
    await publish(1);
    await scene.receiver.received(1);
    const [row] = await endpoint.deliveries();
    expect(await code("POST", `${endpoint.path}/deliveries/${row?.id}/retry`)).toEqual([409, "in_flight"]);
    held.resolve();
  });

  it("a new URL makes the head of an order due now", async () => {
    scene.receiver.answer = () => failed;
    const other = await Receiver.start();
    const endpoint = await create({ serialize: true, retry: { delays: [3600] } });
    await publish(2);
    await endpoint.attempted(1);
    await endpoint.patch({ url: other.url });
    await other.received(2);
    await other.stop();
  });

  it("deleted while attempts are in flight it is gone, and the service goes on", async () => {
    const held = Promise.withResolvers<void>();
    scene.receiver.answer = () => ({ kind: "status", status: 200, after: held.promise });
    const endpoint = await create({ max_in_flight: 6 });
    const [id = ""] = await publish(10);
    await scene.receiver.received(6);
    await endpoint.delete();
    held.resolve();
    expect(await code("GET", endpoint.path)).toEqual([404, "not_found"]);
    const { deleted } = await scene.service.client.get<{ deleted: string[] }>(`/v1/events/${id}/deliveries`);
    expect(deleted).toEqual([endpoint.id]);
    scene.receiver.answer = () => ok;
    const next = await create();
    await publish(1);
    await next.untilCount(1, "delivered");
    expect(scene.receiver.requests).toHaveLength(7);
  });
});
