import { describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { type AttemptJson, publishMany, type ReplayJobJson } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { eventIds, failed, ok, type ReceivedRequest } from "./receiver.ts";
import { setScene } from "./scene.ts";

/** What receivers deduplicate by (docs/contracts.md), of a request and its parsed body. */
// biome-ignore lint/suspicious/noExplicitAny: each contract has a body of its own
type IdentityOf = (body: any, request: ReceivedRequest) => unknown;
const IDENTITIES: [dialect: string, type: string, identityOf: IdentityOf][] = [
  ["atlas", "deal.created", (body) => body.id],
  ["standard", "deal.created", (_body, { headers }) => headers["webhook-id"]],
  ["voice", "call_started", ([call]) => call.callId],
  ["voice", "message_sent", ([message]) => message.messageId],
  ["brokers", "deal.won", (body) => body.timestamp],
  ["atomic", "card-completed", (body) => body.data.id],
  ["support", "customer_notes.deleted", (body) => JSON.parse(body.data).id],
];

describe("replay jobs", () => {
  const scene = setScene(
    "replays",
    { dialect: "atlas", serialize: true, retry: { delays: [] } },
    { ARCHIVE_AFTER_SECONDS: "1" },
  );
  const { create, publish } = scene;

  it("dead ones are replayed once, in order", async () => {
    scene.receiver.answer = () => failed;
    const endpoint = await create();
    const ids = await publish(20);
    await endpoint.untilCount(20, "dead");
    scene.receiver.answer = () => ok;
    expect(await endpoint.replayed({ status: "dead" })).toMatchObject({ state: "done", total: 20, done: 20 });
    await scene.receiver.received(40);
    expect(eventIds(scene.receiver.requests.slice(20))).toEqual(ids);
    expect(await endpoint.replayed({ status: "dead" })).toMatchObject({ total: 0, done: 0 });
    const [dead] = await endpoint.deliveries("status=dead");
    const replay = await endpoint.delivery(dead?.replayed_by ?? "");
    expect(replay).toMatchObject({ status: "delivered", replay_of: dead?.id, event_id: dead?.event_id });
    expect(await endpoint.get("/stats?window=1h")).toMatchObject({ dead: 20, delivered: 20 });
  });

  it("selects by status, time, type and event, and takes each matching event once", async () => {
    const prefix = `${scene.type}.`;
    scene.receiver.answer = ({ headers }) => (headers["atlas-event"] === `${prefix}bad` ? failed : ok);
    const endpoint = await create({ types: [`${prefix}*`] });
    const good = await publishMany(scene.service.client, `${prefix}good`, 5);
    const between = new Date(Date.now() + 2).toISOString();
    await eventually("a later time", () => new Date().toISOString() > between);
    const bad = await publishMany(scene.service.client, `${prefix}bad`, 3);
    await endpoint.untilCount(3, "dead");
    // What is still on its way would count among what is replayed.
    await endpoint.untilCount(5, "delivered");
    await endpoint.patch({ status: "disabled" });
    const missed = await publishMany(scene.service.client, `${prefix}missed`, 4);
    await endpoint.patch({ status: "enabled" });
    scene.receiver.answer = () => ok;
    const replayed = async (selection: Json) => {
      const before = scene.receiver.requests.length;
      const { total = 0 } = await endpoint.replayed(selection);
      const all = await scene.receiver.received(before + (total ?? 0));
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
    await scene.receiver.received(200);
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
    const canceled = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
    expect(canceled.state).toBe("canceled");
    const { data } = await endpoint.get<{ data: ReplayJobJson[] }>("/replays");
    expect(data.map(({ id }) => id)).toEqual([job.id]);
    // The step that was under way may end.
    await endpoint.settled();
    const { done: before } = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
    const canceledAt = Date.now();
    // A pause longer than one of the job's own: had it gone on, more would have come.
    await eventually("a second and a half", () => Date.now() > canceledAt + 1500);
    const { done } = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
    expect(done).toBeLessThan(200);
    expect(done).toBe(before);
    expect(scene.receiver.requests).toHaveLength(200 + done);
  });

  it("goes on after kill -9, from the archive too, and repeats nothing of the job", async () => {
    const endpoint = await create();
    await endpoint.patch({ status: "disabled" });
    const ids = await publish(1200);
    await endpoint.patch({ status: "enabled" });
    const job = await endpoint.post<ReplayJobJson>("/replays", 202, {
      status: "missed",
      rate_per_second: 600,
    });
    for (const part of [200, 600]) {
      await eventually("some of it", () => scene.receiver.requests.length > part);
      await scene.service.kill9();
      await scene.service.restart();
    }
    await eventually("the job's end", async () => {
      const { state } = await endpoint.get<ReplayJobJson>(`/replays/${job.id}`);
      return state === "done";
    });
    await eventually("all of it", () => new Set(eventIds(scene.receiver.requests)).size === 1200);
    const { data } = await endpoint.get<{ data: ReplayJobJson[] }>("/replays");
    expect(data[0]).toMatchObject({ total: 1200, done: 1200 });
    expect([...new Set(eventIds(scene.receiver.requests))]).toEqual(ids);
    // The attempt in flight at each kill, and nothing else, came twice.
    expect(scene.receiver.requests.length).toBeLessThanOrEqual(1202);
    const sequences = scene.receiver.requests.map(({ headers }) => Number(headers["atlas-sequence"]));
    expect(Math.max(...sequences)).toBe(1200);
  }, 120_000);

  it("a test event goes out at once, whatever the status, and counts nowhere", async () => {
    const endpoint = await create({ rate_limit: { per_second: 0.01 } });
    await endpoint.patch({ status: "disabled" });
    const attempt = await endpoint.post<AttemptJson>("/test", 200, { type: "deal.created" });
    expect(attempt).toMatchObject({ outcome: "success", response: { status: 200 } });
    expect(scene.receiver.requests[0]?.headers).toMatchObject({
      "atlas-sequence": "0",
      "atlas-event": "deal.created",
    });
    scene.receiver.answer = () => ({ kind: "status", status: 410 });
    expect(await endpoint.post("/test", 200)).toMatchObject({ outcome: "failure", error: "status" });
    expect(await endpoint.get()).toMatchObject({ status: "disabled", status_reason: null });
    expect(await endpoint.deliveries()).toEqual([]);
    const stats = await endpoint.get<{ series: { attempts: number }[] }>("/stats?window=1h");
    expect(stats.series.every(({ attempts }) => attempts === 0)).toBe(true);
  });

  it.each(IDENTITIES)(
    "test events of %s, also at the same moment, are no repetitions to its receivers",
    async (dialect, type, identityOf) => {
      const endpoint = await create({ dialect });
      await Promise.all(Array.from({ length: 5 }, () => endpoint.post("/test", 200, { type })));
      const requests = await scene.receiver.received(5);
      const identities = requests.map((request) => identityOf(JSON.parse(request.body.toString()), request));
      expect(
        identities.every((identity) => typeof identity === "string"),
        String(identities),
      ).toBe(true);
      expect(new Set(identities).size).toBe(5);
    },
  );
});
