import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { deliveryId } from "../../src/domain/ids.ts";
import { call } from "../api/client.ts";
import { setScene } from "./scene.ts";

const DAY_MS = 24 * 3600 * 1000;

const scene = setScene();

describe("an endpoint object", () => {
  it("erased with an attempt in flight stays empty, whatever comes late", async () => {
    const { id } = await scene.create();
    const config = await scene.configOf(id);
    let respond = (_: Response) => {};
    vi.stubGlobal("fetch", () => {
      scene.attempts++;
      return new Promise<Response>((resolve) => {
        respond = resolve;
      });
    });
    await scene.publish();
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    expect((await call("DELETE", `/v1/endpoints/${id}`, { key: scene.workspace.key })).status).toBe(204);
    const endpoint = env.ENDPOINT.getByName(id);
    respond(new Response(null, { status: 500 }));
    await endpoint.configure(config);
    expect(await endpoint.enqueue(scene.batch())).toEqual({ outcome: "gone" });
    expect(await endpoint.retry("dlv_1")).toEqual({ outcome: "unknown" });
    expect(await endpoint.cancelMany({})).toEqual({ outcome: "unknown" });
    expect(await endpoint.listDeliveries({ limit: 10 })).toEqual({ rows: [], next: null, examined: 0 });
    expect(scene.attempts).toBe(1);
    await runInDurableObject(endpoint, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeNull();
      expect((await storage.list()).size).toBe(0);
    });
  });

  it("gives a key to what older code stored without one, which takes an order by key for a strict one", async () => {
    const { id } = await scene.create({ order: { by: "context.customer" }, status: "paused" });
    for (let n = 0; n < 3; n++) await scene.publish();
    const endpoint = env.ENDPOINT.getByName(id);
    await vi.waitFor(async () => {
      expect((await endpoint.listDeliveries({ limit: 10 })).rows).toHaveLength(3);
    });
    await runInDurableObject(endpoint, (_, { storage }) => {
      for (const statement of ["DROP INDEX pending_by_key", "DROP TABLE order_keys"])
        storage.sql.exec(statement);
      storage.sql.exec("UPDATE deliveries SET order_key = NULL, key_sequence = NULL, next_attempt_at = NULL");
    });
    await evictDurableObject(endpoint);
    await call("PATCH", `/v1/endpoints/${id}`, { key: scene.workspace.key, body: { status: "enabled" } });
    await vi.waitFor(() => expect(scene.attempts).toBe(3), { timeout: 20_000 });
  });

  it("lost with what was in its memory alone knows a delivery of it that is to be canceled: its log hands it over again at once", async () => {
    const { id } = await scene.create();
    vi.stubGlobal("fetch", () => {
      scene.attempts++;
      return new Promise<Response>(() => {});
    });
    await scene.publish();
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    const endpoint = env.ENDPOINT.getByName(id);
    await runInDurableObject(endpoint, (_, ctx) => ctx.abort("lost")).catch(() => {});
    const answer = await env.ENDPOINT.getByName(id).cancel(deliveryId(id, 1));
    expect(answer).toMatchObject({ outcome: "canceled", delivery: { status: "canceled", sequence: 1 } });
    expect(await env.ENDPOINT.getByName(id).cancel(deliveryId(id, 2))).toEqual({ outcome: "unknown" });
  });

  it("sleeps until a delivery is due that waits for hours, instead of ringing every few seconds", async () => {
    const { id } = await scene.create({ retry: { delays: [36_000], jitter: 0 } });
    scene.answer = 500;
    await scene.publish();
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
    await vi.waitFor(async () => expect(await scene.stored(id, "told_d1")).toContain('"at"'));
    await vi.waitFor(async () => expect(await alarmAt()).toBeGreaterThan(Date.now() + 20_000));
  });

  it("starts anew where the disk was full as its counts were to be stored: what comes next would be counted twice", async () => {
    const { id } = await scene.create();
    const endpoint = () => env.ENDPOINT.getByName(id);
    const instance = () => runInDurableObject(endpoint(), (one) => one);
    const execute = (statement: string) =>
      runInDurableObject(endpoint(), (_, { storage }) => void storage.sql.exec(statement));
    const delivered = async (count: number) => {
      await scene.publish();
      await vi.waitFor(async () => expect((await endpoint().stats("1h")).delivered).toBe(count));
    };
    await delivered(1);
    await runInDurableObject(endpoint(), (one) => one.close()).catch(() => {});
    await delivered(2);
    for (const when of ["INSERT", "UPDATE"])
      await execute(
        `CREATE TRIGGER full_at_${when} BEFORE ${when} ON stats BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
      );
    const before = await instance();
    await runInDurableObject(endpoint(), (one) => one.close()).catch(() => {});
    expect(await instance()).not.toBe(before);
    for (const when of ["INSERT", "UPDATE"]) await execute(`DROP TRIGGER full_at_${when}`);
    await delivered(3);
  });

  it("erased again, because the answer was lost, is erased and says nothing of missing tables", async () => {
    const { id } = await scene.create();
    await scene.publish();
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    await runInDurableObject(env.ENDPOINT.getByName(id), async (instance, { storage }) => {
      await instance.erase();
      await instance.erase();
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("records an attempt that throws as reset, logs it, and retries it", async () => {
    const { id } = await scene.create();
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const endpoint = env.ENDPOINT.getByName(id);
    const broken = function AbortController() {
      throw new Error("no more controllers");
    };
    vi.stubGlobal("AbortController", broken);
    await endpoint.enqueue(scene.batch());
    await vi.waitFor(async () => {
      const { rows } = await endpoint.listDeliveries({ limit: 1 });
      expect(rows).toMatchObject([{ status: "pending", attemptCount: 1, lastAttempt: { error: "reset" } }]);
    });
    vi.unstubAllGlobals();
    expect(JSON.stringify(logged.mock.calls)).toContain("no more controllers");
    logged.mockRestore();
  });

  it("goes by itself from pending for 30 days to dead, expired, and says so", async () => {
    const { id } = await scene.create({ status: "paused" });
    await scene.publish();
    const pending = async () => (await env.ENDPOINT.getByName(id).stats("1h")).pending;
    await vi.waitFor(async () => expect(await pending()).toBe(1));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30 * DAY_MS + 60_000 });
    await runDurableObjectAlarm(env.ENDPOINT.getByName(id));
    const { rows } = await env.ENDPOINT.getByName(id).listDeliveries({ limit: 10 });
    expect(rows).toMatchObject([{ status: "dead", lastAttempt: { error: "expired" }, nextAttemptAt: null }]);
    expect(await env.ENDPOINT.getByName(id).stats("1h")).toMatchObject({ pending: 0, dead: 1 });
    expect(await scene.stored(id, "operational")).toContain("webhooks.delivery.dead");
  });
});
