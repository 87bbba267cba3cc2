import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { loadEndpointRow } from "../../../src/d1/endpoint-config.ts";
import { OperationalEvents } from "../../../src/delivery/health/operational.ts";
import { readHealth } from "../../../src/domain/endpoint-shapes.ts";
import { call, newEndpoint } from "../../api/client.ts";
import { setScene } from "../scene.ts";

const scene = setScene();

describe("an endpoint object", () => {
  it("tells D1 and the log a status that it gave itself", async () => {
    const { id } = await scene.create();
    scene.answer = 410;
    await scene.publish();
    await vi.waitFor(async () =>
      expect(await scene.endpoint(id)).toMatchObject({ status: "disabled", status_reason: "gone" }),
    );
    await vi.waitFor(async () => expect(await scene.stored(id, "status_change")).toBeNull());
    const audit = await call("GET", "/v1/audit", { key: scene.workspace.key });
    expect(JSON.stringify(audit.body.data[0])).toContain("endpoint.status_changed");
    const { body } = await scene.publish();
    expect(body.endpoints).toBe(0);
  });

  it("keeps a status that D1 could not be told, and tells it by the next alarm", async () => {
    const { id } = await scene.create();
    const away = vi.spyOn(env.DB, "batch").mockRejectedValue(new Error("D1 is away"));
    scene.answer = 410;
    await env.ENDPOINT.getByName(id).enqueue(scene.batch());
    await vi.waitFor(() => expect(away).toHaveBeenCalled());
    expect(await scene.stored(id, "status_change")).not.toBeNull();
    expect(await scene.endpoint(id)).toMatchObject({ status: "enabled" });
    away.mockRestore();
    // None is set while one that rang is at work.
    await vi.waitFor(async () => expect(await runDurableObjectAlarm(env.ENDPOINT.getByName(id))).toBe(true));
    expect(await scene.endpoint(id)).toMatchObject({ status: "disabled", status_reason: "gone" });
    expect(await scene.stored(id, "status_change")).toBeNull();
  });

  it("has its next alarm set though a log that it tells of a dead delivery never answers", async () => {
    const { id } = await scene.create({ retry: { delays: [5, 3600], jitter: 0 } });
    const endpoint = env.ENDPOINT.getByName(id);
    scene.answer = 500;
    await endpoint.enqueue(scene.batch());
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    const asked = vi.spyOn(OperationalEvents.prototype, "send").mockReturnValue(new Promise(() => {}));
    onTestFinished(() => asked.mockRestore());
    await runInDurableObject(endpoint, async (instance, { storage }) => {
      await instance.alarm();
      expect(asked).toHaveBeenCalled();
      expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 5000);
    });
  });

  it("starts what a log hands over though the invocation before was spent and the alarm for the next is lost", async () => {
    const { id } = await scene.create({ max_in_flight: 1 });
    const endpoint = env.ENDPOINT.getByName(id);
    const answered: (() => void)[] = [];
    vi.stubGlobal("fetch", () => {
      scene.attempts++;
      return new Promise<Response>((resolve) => answered.push(() => resolve(new Response())));
    });
    const first = scene.batch();
    const batches = [0, 1, 2].map((place) => ({
      ...first,
      events: first.events.map((event) => ({
        ...event,
        id: `${event.id.slice(0, -1)}${place}`,
        position: event.position + place,
      })),
    }));
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const batch of batches.slice(0, 2)) await endpoint.enqueue(batch);
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    vi.setSystemTime(Date.now() + 11_000);
    await runInDurableObject(endpoint, () => answered[0]?.());
    const isSpent = () =>
      runInDurableObject(endpoint, async (_, { storage }) => {
        const alarmAt = await storage.getAlarm();
        return alarmAt !== null && alarmAt <= Date.now();
      });
    await vi.waitFor(async () => expect(await isSpent()).toBe(true));
    expect(scene.attempts).toBe(1);
    await runInDurableObject(endpoint, (_, { storage }) => storage.deleteAlarm());
    for (const batch of batches.slice(2)) await endpoint.enqueue(batch);
    await vi.waitFor(() => expect(scene.attempts).toBe(2));
  });

  it("keeps a note in D1 of what is in flight when cron comes while its alarm is at work", async () => {
    const { id } = await scene.create();
    const released = Promise.withResolvers<Response>();
    vi.stubGlobal("fetch", () => {
      scene.attempts++;
      return released.promise;
    });
    const endpoint = env.ENDPOINT.getByName(id);
    await endpoint.enqueue(scene.batch());
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    await runInDurableObject(endpoint, async (instance) => {
      const alarm = instance.alarm();
      await instance.wake();
      expect((await loadEndpointRow(env.DB, id))?.nextDueAt).toBeGreaterThan(Date.now());
      released.resolve(new Response());
      await alarm;
    });
  });

  it("tells D1 within two minutes of what waits, though nothing is sent while it is paused", async () => {
    const { id } = await scene.create({ status: "paused" });
    const endpoint = env.ENDPOINT.getByName(id);
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const count of [1, 2]) {
      await scene.publish();
      await vi.waitFor(async () => expect((await endpoint.stats("1h")).pending).toBe(count));
      vi.setSystemTime(Date.now() + 120_000);
      const alarmAt = await runInDurableObject(endpoint, (_, { storage }) => storage.getAlarm());
      expect(alarmAt).toBeLessThanOrEqual(Date.now());
      await runDurableObjectAlarm(endpoint);
      await vi.waitFor(async () =>
        expect((await scene.endpoint(id)).health).toMatchObject({ pending: count }),
      );
    }
  });

  it("has no alarm rung for what succeeds at once within the minute after D1 was told, but at its end", async () => {
    const { id } = await scene.create();
    const endpoint = env.ENDPOINT.getByName(id);
    vi.useFakeTimers({ toFake: ["Date"] });
    const toldAt = async () => readHealth((await loadEndpointRow(env.DB, id))?.health ?? null)?.at ?? 0;
    const alarmAt = () => runInDurableObject(endpoint, (_, { storage }) => storage.getAlarm());
    const publishStored = async (count: number) => {
      await scene.publish();
      await vi.waitFor(async () => expect(scene.attempts).toBe(count));
      await vi.waitFor(async () => expect((await endpoint.stats("1h")).delivered).toBe(count));
    };
    await publishStored(1);
    vi.setSystemTime(Date.now() + 8000);
    await runDurableObjectAlarm(endpoint);
    const firstAt = await toldAt();
    expect(firstAt).toBe(Date.now());
    vi.setSystemTime(Date.now() + 2000);
    await publishStored(2);
    expect(await alarmAt()).toBeGreaterThanOrEqual(firstAt + 60_000);
    vi.setSystemTime(firstAt + 60_000);
    await runDurableObjectAlarm(endpoint);
    expect(await toldAt()).toBe(firstAt + 60_000);
  });

  it("says once that it has failed for an hour, and that it recovered", async () => {
    const { id } = await scene.create({ retry: { delays: [60, 60, 60, 60] } });
    const endpoint = env.ENDPOINT.getByName(id);
    const startedAt = Date.now();
    const said = async () => Object.keys(JSON.parse((await scene.stored(id, "operational")) ?? "{}"));
    const recorded = (count: number) =>
      vi.waitFor(async () => {
        const { rows } = await endpoint.listDeliveries({ limit: 1 });
        expect(rows[0]?.attemptCount).toBe(count);
      });
    const retried = async (afterMs: number, status: number) => {
      const before = scene.attempts;
      scene.answer = status;
      vi.useFakeTimers({ toFake: ["Date"], now: startedAt + afterMs });
      await endpoint.retryMany();
      await recorded(before + 1);
    };
    scene.answer = 500;
    await scene.publish();
    await recorded(1);
    await retried(3_500_000, 500);
    expect(await said()).toEqual([]);
    await retried(3_700_000, 500);
    expect(await said()).toEqual(["webhooks.endpoint.failing"]);
    await retried(3_800_000, 500);
    await retried(3_900_000, 200);
    expect(await said()).toEqual(["webhooks.endpoint.failing", "webhooks.endpoint.recovered"]);
    const { count } = JSON.parse((await scene.stored(id, "operational")) ?? "{}")[
      "webhooks.endpoint.failing"
    ];
    expect(count).toBeLessThanOrEqual(1);
  });

  it("tells with each operational event url, status, attempts, the last answer and the first failure", async () => {
    await newEndpoint(scene.workspace, { status: "enabled", types: ["webhooks.*"] });
    const { id, url } = await scene.create({
      retry: { delays: [0.1] },
      disable_after: { consecutive_failures: 2 },
    });
    scene.answer = 503;
    const startedAt = Date.now();
    await scene.publish();
    const told = async (type: string) => {
      const list = await call("GET", `/v1/events?type=${type}`, { key: scene.workspace.key });
      const { id: event } = list.body.data[0];
      return (await call("GET", `/v1/events/${event}`, { key: scene.workspace.key })).body.data;
    };
    const failures = {
      endpoint_id: id,
      url,
      status: "disabled",
      count: 1,
      attempts: 2,
      response_status: 503,
    };
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(env.ENDPOINT.getByName(id));
      const dead = await told("webhooks.delivery.dead");
      expect(dead).toMatchObject({ ...failures, event_type: "a.b", error: "status" });
      expect(Date.parse(dead.first_failure_at)).toBeGreaterThanOrEqual(startedAt);
      const disabled = await told("webhooks.endpoint.disabled");
      expect(disabled).toMatchObject({ ...failures, reason: "consecutive_failures" });
      expect(Date.parse(disabled.first_failure_at)).toBeGreaterThanOrEqual(startedAt);
    });
  });

  it("sets its alarm seconds ahead, not to now, when an operational event could not be published", async () => {
    // The clock stands still: however long this takes, "seconds ahead" is of this moment.
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { id } = await scene.create();
    const away = vi.spyOn(env.EVENT_LOG, "getByName").mockImplementation(() => {
      throw new Error("the log is away");
    });
    scene.answer = 410;
    const endpoint = env.ENDPOINT.getByName(id);
    await endpoint.enqueue(scene.batch());
    await vi.waitFor(async () => expect(await scene.stored(id, "operational")).toContain("disabled"));
    // Set to now, it rings by itself, and finds that the log is away.
    const alarmAt = () => runInDurableObject(endpoint, (_, { storage }) => storage.getAlarm());
    await vi.waitFor(async () => expect(await alarmAt()).toBeGreaterThanOrEqual(Date.now() + 6_000));
    away.mockRestore();
  });

  it("erased while it publishes an operational event stores nothing and says nothing", async () => {
    const { id } = await scene.create();
    let isPublishing = false;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const log = {
      subscribe: async () => {},
      appendOperational: async () => {
        isPublishing = true;
        await released;
        return { outcome: "accepted" };
      },
    };
    const held = vi.spyOn(env.EVENT_LOG, "getByName").mockImplementation(() => log as never);
    const warned = vi.spyOn(console, "warn");
    scene.answer = 410;
    const endpoint = env.ENDPOINT.getByName(id);
    await endpoint.enqueue(scene.batch());
    await vi.waitFor(async () => expect(await scene.stored(id, "operational")).toContain("disabled"));
    await runInDurableObject(endpoint, async (instance, { storage }) => {
      const alarm = instance.alarm();
      await vi.waitFor(() => expect(isPublishing).toBe(true));
      await instance.erase();
      release();
      await alarm;
      expect(await storage.getAlarm()).toBeNull();
    });
    held.mockRestore();
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });
});
