import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { type AttemptJson, Endpoint, publishMany, type ReplayJobJson } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { type Answer, ok, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

const failed: Answer = { kind: "status", status: 500 };
const eventIds = (requests: Receiver["requests"]) =>
  requests.map(({ headers }) => String(headers["atlas-delivery"]));

describe("replay jobs", () => {
  let service: Service;
  let receiver: Receiver;
  let tests = 0;
  let type = "";

  beforeAll(async () => {
    service = await Service.start({ ARCHIVE_AFTER_SECONDS: "1" });
  });

  afterAll(() => service.remove());

  beforeEach(async () => {
    type = `replays.${++tests}`;
    receiver = await Receiver.start();
  });

  afterEach(() => receiver.stop());

  const create = (settings: Json = {}) =>
    Endpoint.create(service.client, {
      ...{ url: receiver.url, types: [type], dialect: "atlas", serialize: true, retry: { delays: [] } },
      ...settings,
    });
  const publish = (count: number) => publishMany(service.client, type, count);

  it("dead ones are replayed once, in order", async () => {
    receiver.answer = () => failed;
    const endpoint = await create();
    const ids = await publish(20);
    await endpoint.untilCount(20, "dead");
    receiver.answer = () => ok;
    expect(await endpoint.replayed({ status: "dead" })).toMatchObject({ state: "done", total: 20, done: 20 });
    await receiver.received(40);
    expect(eventIds(receiver.requests.slice(20))).toEqual(ids);
    expect(await endpoint.replayed({ status: "dead" })).toMatchObject({ total: 0, done: 0 });
    const [dead] = await endpoint.deliveries("status=dead");
    const replay = await endpoint.delivery(dead?.replayed_by ?? "");
    expect(replay).toMatchObject({ status: "delivered", replay_of: dead?.id, event_id: dead?.event_id });
    expect(await endpoint.get("/stats?window=1h")).toMatchObject({ dead: 20, delivered: 20 });
  });

  it("selects by status, time, type and event, and takes each matching event once", async () => {
    type = `${type}.*`;
    const prefix = type.slice(0, -1);
    receiver.answer = ({ headers }) => (headers["atlas-event"] === `${prefix}bad` ? failed : ok);
    const endpoint = await create();
    const good = await publishMany(service.client, `${prefix}good`, 5);
    const between = new Date(Date.now() + 2).toISOString();
    await eventually("a later time", () => new Date().toISOString() > between);
    const bad = await publishMany(service.client, `${prefix}bad`, 3);
    await endpoint.untilCount(3, "dead");
    await endpoint.patch({ status: "disabled" });
    const missed = await publishMany(service.client, `${prefix}missed`, 4);
    await endpoint.patch({ status: "enabled" });
    receiver.answer = () => ok;
    const replayed = async (selection: Json) => {
      const before = receiver.requests.length;
      const { total = 0 } = await endpoint.replayed(selection);
      const all = await receiver.received(before + (total ?? 0));
      return eventIds(all.slice(before));
    };
    expect(await replayed({ status: "delivered" })).toEqual(good);
    expect(await replayed({ status: "any", to: between })).toEqual(good);
    expect(await replayed({ status: "any", from: between, types: [`${prefix}bad`] })).toEqual(bad);
    // Asked for in another order.
    expect(await replayed({ event_ids: [good[3], missed[1], good[0]] })).toEqual([
      good[0],
      good[3],
      missed[1],
    ]);
    expect(await replayed({ status: "any" })).toEqual([...good, ...bad, ...missed]);
  });

  it("keeps to its rate, shows its progress, is listed, and canceled stops within a second", async () => {
    const endpoint = await create();
    await publish(200);
    await receiver.received(200);
    const job = await endpoint.post<ReplayJobJson>("/replays", 202, {
      status: "delivered",
      rate_per_second: 20,
    });
    expect(job).toMatchObject({ state: "running", done: 0 });
    await eventually("some progress", async () => {
      const { done, total } = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
      return total === 200 && done > 20;
    });
    await endpoint.delete(`/replays/${job.id}`);
    const canceledAt = Date.now();
    const canceled = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
    expect(canceled.state).toBe("canceled");
    const { data } = await endpoint.get<{ data: ReplayJobJson[] }>("/replays");
    expect(data.map(({ id }) => id)).toEqual([job.id]);
    // A pause longer than one of the job's own: had it gone on, more would have come.
    await eventually("a second and a half", () => Date.now() > canceledAt + 1500);
    const { done } = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
    expect(done).toBeLessThan(200);
    expect(receiver.requests).toHaveLength(200 + done);
    expect(receiver.requests.filter(({ arrivedAt }) => arrivedAt > canceledAt + 1000)).toEqual([]);
  });

  it("goes on after kill -9, from the archive too, and repeats nothing of the job", async () => {
    const endpoint = await create();
    await endpoint.patch({ status: "disabled" });
    const ids = await publish(3000);
    await endpoint.patch({ status: "enabled" });
    const job = await endpoint.post<ReplayJobJson>("/replays", 202, {
      status: "missed",
      rate_per_second: 1500,
    });
    for (const part of [500, 1500]) {
      await eventually("some of it", () => receiver.requests.length > part);
      await service.kill9();
      await service.restart();
    }
    await eventually("the job's end", async () => {
      const { state } = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
      return state === "done";
    });
    await eventually("all of it", () => new Set(eventIds(receiver.requests)).size === 3000);
    const { data } = await endpoint.get<{ data: ReplayJobJson[] }>("/replays");
    expect(data[0]).toMatchObject({ total: 3000, done: 3000 });
    expect([...new Set(eventIds(receiver.requests))]).toEqual(ids);
    // The attempt in flight at each kill, and nothing else, came twice.
    expect(receiver.requests.length).toBeLessThanOrEqual(3002);
    const sequences = receiver.requests.map(({ headers }) => Number(headers["atlas-sequence"]));
    expect(Math.max(...sequences)).toBe(3000);
  }, 120_000);

  it("a test event goes out at once, whatever the status, and counts nowhere", async () => {
    const endpoint = await create({ rate_limit: { per_second: 0.01 } });
    await endpoint.patch({ status: "disabled" });
    const attempt = await endpoint.post<AttemptJson>("/test", 200, { type: "deal.created" });
    expect(attempt).toMatchObject({ outcome: "success", response: { status: 200 } });
    expect(receiver.requests[0]?.headers).toMatchObject({
      "atlas-sequence": "0",
      "atlas-event": "deal.created",
    });
    receiver.answer = () => ({ kind: "status", status: 410 });
    expect(await endpoint.post("/test", 200)).toMatchObject({ outcome: "failure", error: "status" });
    expect(await endpoint.get()).toMatchObject({ status: "disabled", status_reason: null });
    expect(await endpoint.deliveries()).toEqual([]);
    const stats = await endpoint.get<{ series: { attempts: number }[] }>("/stats?window=1h");
    expect(stats.series.every(({ attempts }) => attempts === 0)).toBe(true);
  });
});
