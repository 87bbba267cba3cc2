import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { endpointConfigOf, loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { readMeta } from "../../src/storage/schema.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";

const DAY_MS = 24 * 3600 * 1000;

describe("an endpoint object", () => {
  let workspace: Workspace;
  /** The status with which the receiver answers. */
  let answer = 200;
  let attempts = 0;

  beforeEach(async () => {
    answer = 200;
    attempts = 0;
    workspace = await newWorkspace();
    vi.stubGlobal("fetch", async () => {
      attempts++;
      return new Response(null, { status: answer });
    });
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const create = (settings: object = {}) =>
    newEndpoint(workspace, { status: "enabled", types: ["a.b"], retry: { delays: [3600] }, ...settings });
  const publish = () => call("POST", "/v1/events", { key: workspace.key, body: { type: "a.b", data: {} } });
  const get = async (id: string) => (await call("GET", `/v1/endpoints/${id}`, { key: workspace.key })).body;
  const configOf = async (id: string) => {
    const row = await loadEndpointRow(env.DB, id);
    if (row === null) throw new Error("no row");
    return endpointConfigOf(row);
  };
  const stored = (id: string, key: string) =>
    runInDurableObject(env.ENDPOINT.getByName(id), (_, { storage }) => readMeta<string>(storage.sql, key));

  it("tells D1 and the log a status that it gave itself", async () => {
    const { id } = await create();
    answer = 410;
    await publish();
    await vi.waitFor(async () =>
      expect(await get(id)).toMatchObject({ status: "disabled", status_reason: "gone" }),
    );
    await vi.waitFor(async () => expect(await stored(id, "status_change")).toBeNull());
    const audit = await call("GET", "/v1/audit", { key: workspace.key });
    expect(JSON.stringify(audit.body.data[0])).toContain("endpoint.status_changed");
    const { body } = await publish();
    expect(body.endpoints).toBe(0);
  });

  it("keeps a status that D1 could not be told, and tells it by the next alarm", async () => {
    const { id } = await create();
    const away = vi.spyOn(env.DB, "batch").mockRejectedValue(new Error("D1 is away"));
    answer = 410;
    await env.ENDPOINT.getByName(id).enqueue({
      workspaceId: workspace.id,
      logId: workspace.id,
      events: [event(workspace.id)],
    });
    await vi.waitFor(() => expect(away).toHaveBeenCalled());
    expect(await stored(id, "status_change")).not.toBeNull();
    expect(await get(id)).toMatchObject({ status: "enabled" });
    away.mockRestore();
    // None is set while one that rang is at work.
    await vi.waitFor(async () => expect(await runDurableObjectAlarm(env.ENDPOINT.getByName(id))).toBe(true));
    expect(await get(id)).toMatchObject({ status: "disabled", status_reason: "gone" });
    expect(await stored(id, "status_change")).toBeNull();
  });

  it("takes no older configuration after a newer one, whichever was read first", async () => {
    const { id } = await create();
    const older = await configOf(id);
    const endpoint = env.ENDPOINT.getByName(id);
    await runInDurableObject(endpoint, async (instance) => {
      const newer = { ...older, version: older.version + 2, url: "https://newer.example/" };
      const between = { ...older, version: older.version + 1, url: "https://between.example/" };
      await Promise.all([
        instance.configure(between),
        instance.configure(newer),
        instance.configure(between),
      ]);
    });
    expect(JSON.parse((await stored(id, "config")) ?? "").url).toBe("https://newer.example/");
  });

  it("erased with an attempt in flight stays empty, whatever comes late", async () => {
    const { id } = await create();
    const config = await configOf(id);
    let respond = (_: Response) => {};
    vi.stubGlobal("fetch", () => {
      attempts++;
      return new Promise<Response>((resolve) => {
        respond = resolve;
      });
    });
    await publish();
    await vi.waitFor(() => expect(attempts).toBe(1));
    expect((await call("DELETE", `/v1/endpoints/${id}`, { key: workspace.key })).status).toBe(204);
    const endpoint = env.ENDPOINT.getByName(id);
    respond(new Response(null, { status: 500 }));
    await endpoint.configure(config);
    const batch = { workspaceId: workspace.id, logId: workspace.id, events: [event(workspace.id)] };
    expect(await endpoint.enqueue(batch)).toEqual({ outcome: "gone" });
    expect(await endpoint.retry("dlv_1")).toEqual({ outcome: "unknown" });
    expect(await endpoint.cancelMany({})).toEqual({ outcome: "unknown" });
    expect(await endpoint.listDeliveries({ limit: 10 })).toEqual({ rows: [], next: null, examined: 0 });
    expect(attempts).toBe(1);
    await runInDurableObject(endpoint, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeNull();
      expect((await storage.list()).size).toBe(0);
    });
  });

  describe("resumed", () => {
    const resume = async (id: string) => {
      for (const status of ["paused", "enabled"])
        await call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body: { status } });
    };
    const failing = async (id: string) => JSON.parse((await stored(id, "failing")) ?? "{}");

    it("attempts at once what a Retry-After of 24 hours held", async () => {
      const { id } = await create({ serialize: true });
      vi.stubGlobal("fetch", async () => {
        attempts++;
        return new Response(null, { status: 503, headers: { "Retry-After": "86400" } });
      });
      await publish();
      await vi.waitFor(async () => expect((await failing(id)).holdUntil).toBeGreaterThan(Date.now()));
      vi.stubGlobal("fetch", async () => {
        attempts++;
        return new Response();
      });
      await resume(id);
      await vi.waitFor(() => expect(attempts).toBe(2));
      await vi.waitFor(async () => expect((await failing(id)).holdUntil).toBe(0));
    });

    it("begins anew with counting failures in a row", async () => {
      const { id } = await create({ serialize: true, disable_after: { consecutive_failures: 2 } });
      answer = 500;
      await publish();
      await vi.waitFor(async () => expect((await failing(id)).consecutiveFailures).toBe(1));
      await resume(id);
      // The head's second attempt is the first failure since: had the count gone on, it would disable the endpoint.
      await vi.waitFor(async () => {
        const { rows } = await env.ENDPOINT.getByName(id).listDeliveries({ limit: 1 });
        expect(rows[0]?.attemptCount).toBe(2);
      });
      expect((await failing(id)).consecutiveFailures).toBe(1);
      expect(await get(id)).toMatchObject({ status: "enabled" });
    });

    it("remembers neither after a restart", async () => {
      const { id } = await create({ disable_after: { consecutive_failures: 2 } });
      answer = 500;
      await publish();
      await vi.waitFor(async () => expect((await failing(id)).consecutiveFailures).toBe(1));
      await resume(id);
      expect(await failing(id)).toMatchObject({ consecutiveFailures: 0, holdUntil: 0 });
    });
  });

  it("says once that it has failed for an hour, and that it recovered", async () => {
    const { id } = await create({ retry: { delays: [60, 60, 60, 60] } });
    const endpoint = env.ENDPOINT.getByName(id);
    const startedAt = Date.now();
    const said = async () => Object.keys(JSON.parse((await stored(id, "operational")) ?? "{}"));
    const recorded = (count: number) =>
      vi.waitFor(async () => {
        const { rows } = await endpoint.listDeliveries({ limit: 1 });
        expect(rows[0]?.attemptCount).toBe(count);
      });
    const retried = async (afterMs: number, status: number) => {
      const before = attempts;
      answer = status;
      vi.useFakeTimers({ toFake: ["Date"], now: startedAt + afterMs });
      await endpoint.retryMany();
      await recorded(before + 1);
    };
    answer = 500;
    await publish();
    await recorded(1);
    await retried(3_500_000, 500);
    expect(await said()).toEqual([]);
    await retried(3_700_000, 500);
    expect(await said()).toEqual(["webhooks.endpoint.failing"]);
    await retried(3_800_000, 500);
    await retried(3_900_000, 200);
    expect(await said()).toEqual(["webhooks.endpoint.failing", "webhooks.endpoint.recovered"]);
    const { count } = JSON.parse((await stored(id, "operational")) ?? "{}")["webhooks.endpoint.failing"];
    expect(count).toBeLessThanOrEqual(1);
  });

  it("tells with each operational event url, status, attempts, the last answer and the first failure", async () => {
    await newEndpoint(workspace, { status: "enabled", types: ["webhooks.*"] });
    const { id, url } = await create({
      retry: { delays: [0.1] },
      disable_after: { consecutive_failures: 2 },
    });
    answer = 503;
    const startedAt = Date.now();
    await publish();
    const told = async (type: string) => {
      const list = await call("GET", `/v1/events?type=${type}`, { key: workspace.key });
      const { id: event } = list.body.data[0];
      return (await call("GET", `/v1/events/${event}`, { key: workspace.key })).body.data;
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

  it("sleeps until a delivery is due that waits for hours, instead of ringing every few seconds", async () => {
    const { id } = await create({ retry: { delays: [36_000], jitter: 0 } });
    answer = 500;
    await publish();
    const endpoint = env.ENDPOINT.getByName(id);
    const alarmAt = () => runInDurableObject(endpoint, (_, { storage }) => storage.getAlarm());
    await vi.waitFor(async () => {
      const { rows } = await endpoint.listDeliveries({ limit: 1 });
      expect(rows).toMatchObject([{ status: "pending", attemptCount: 1 }]);
    });
    await runDurableObjectAlarm(endpoint);
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    // What came together is told together: seconds later it is, and nothing more is to be done for hours.
    vi.setSystemTime(Date.now() + 8000);
    await runDurableObjectAlarm(endpoint);
    await vi.waitFor(async () => expect(await stored(id, "told_d1")).toContain('"at"'));
    await vi.waitFor(async () => expect(await alarmAt()).toBeGreaterThan(Date.now() + 20_000));
  });

  it("keeps a note in D1 of what is in flight when cron comes while its alarm is at work", async () => {
    const { id } = await create();
    const released = Promise.withResolvers<Response>();
    vi.stubGlobal("fetch", () => {
      attempts++;
      return released.promise;
    });
    const endpoint = env.ENDPOINT.getByName(id);
    await endpoint.enqueue({ workspaceId: workspace.id, logId: workspace.id, events: [event(workspace.id)] });
    await vi.waitFor(() => expect(attempts).toBe(1));
    await runInDurableObject(endpoint, async (instance) => {
      const alarm = instance.alarm();
      await instance.wake();
      expect((await loadEndpointRow(env.DB, id))?.nextDueAt).toBeGreaterThan(Date.now());
      released.resolve(new Response());
      await alarm;
    });
  });

  it("sets its alarm seconds ahead, not to now, when an operational event could not be published", async () => {
    // The clock stands still: however long this takes, "seconds ahead" is of this moment.
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { id } = await create();
    const away = vi.spyOn(env.EVENT_LOG, "getByName").mockImplementation(() => {
      throw new Error("the log is away");
    });
    answer = 410;
    const endpoint = env.ENDPOINT.getByName(id);
    await endpoint.enqueue({ workspaceId: workspace.id, logId: workspace.id, events: [event(workspace.id)] });
    await vi.waitFor(async () => expect(await stored(id, "operational")).toContain("disabled"));
    const before = Date.now();
    await vi.waitFor(async () => expect(await runDurableObjectAlarm(endpoint)).toBe(true));
    const alarmAt = await runInDurableObject(endpoint, (_, { storage }) => storage.getAlarm());
    away.mockRestore();
    expect(alarmAt).toBeGreaterThanOrEqual(before + 6_000);
  });

  it("erased again, because the answer was lost, is erased and says nothing of missing tables", async () => {
    const { id } = await create();
    await publish();
    await vi.waitFor(() => expect(attempts).toBe(1));
    await runInDurableObject(env.ENDPOINT.getByName(id), async (instance, { storage }) => {
      await instance.erase();
      await instance.erase();
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("erased while it publishes an operational event stores nothing and says nothing", async () => {
    const { id } = await create();
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
    answer = 410;
    const endpoint = env.ENDPOINT.getByName(id);
    await endpoint.enqueue({ workspaceId: workspace.id, logId: workspace.id, events: [event(workspace.id)] });
    await vi.waitFor(async () => expect(await stored(id, "operational")).toContain("disabled"));
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

  it("records an attempt that throws as reset, logs it, and retries it", async () => {
    const { id } = await create();
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const endpoint = env.ENDPOINT.getByName(id);
    const broken = function AbortController() {
      throw new Error("no more controllers");
    };
    vi.stubGlobal("AbortController", broken);
    await endpoint.enqueue({ workspaceId: workspace.id, logId: workspace.id, events: [event(workspace.id)] });
    await vi.waitFor(async () => {
      const { rows } = await endpoint.listDeliveries({ limit: 1 });
      expect(rows).toMatchObject([{ status: "pending", attemptCount: 1, lastAttempt: { error: "reset" } }]);
    });
    vi.unstubAllGlobals();
    expect(JSON.stringify(logged.mock.calls)).toContain("no more controllers");
    logged.mockRestore();
  });

  it("tells D1 within two minutes of what waits, though nothing is sent while it is paused", async () => {
    const { id } = await create({ status: "paused" });
    const endpoint = env.ENDPOINT.getByName(id);
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const count of [1, 2]) {
      await publish();
      await vi.waitFor(async () => expect((await endpoint.stats("1h")).pending).toBe(count));
      vi.setSystemTime(Date.now() + 120_000);
      const alarmAt = await runInDurableObject(endpoint, (_, { storage }) => storage.getAlarm());
      expect(alarmAt).toBeLessThanOrEqual(Date.now());
      await runDurableObjectAlarm(endpoint);
      await vi.waitFor(async () => expect((await get(id)).health).toMatchObject({ pending: count }));
    }
  });

  it("goes by itself from pending for 30 days to dead, expired, and says so", async () => {
    const { id } = await create({ status: "paused" });
    await publish();
    const pending = async () => (await env.ENDPOINT.getByName(id).stats("1h")).pending;
    await vi.waitFor(async () => expect(await pending()).toBe(1));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30 * DAY_MS + 60_000 });
    await runDurableObjectAlarm(env.ENDPOINT.getByName(id));
    const { rows } = await env.ENDPOINT.getByName(id).listDeliveries({ limit: 10 });
    expect(rows).toMatchObject([{ status: "dead", lastAttempt: { error: "expired" }, nextAttemptAt: null }]);
    expect(await env.ENDPOINT.getByName(id).stats("1h")).toMatchObject({ pending: 0, dead: 1 });
    expect(await stored(id, "operational")).toContain("webhooks.delivery.dead");
  });
});

function event(workspaceId: string) {
  return {
    position: Date.now() * 4096,
    id: `evt_${workspaceId.slice(3)}`,
    type: "a.b",
    created: 0,
    apiVersion: "2026-01-15",
    tags: [],
    context: {},
    acceptedAt: Date.now(),
    data: "{}",
  };
}
