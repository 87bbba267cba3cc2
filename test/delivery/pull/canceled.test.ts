import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { setScene } from "../scene.ts";

const scene = setScene();

async function fetched(settings: object = {}) {
  const { id } = await scene.create({ transport: "pull", ...settings });
  const stub = env.ENDPOINT.getByName(id);
  await scene.publish();
  const pulled = await stub.pull({ limit: 1, waitMs: 5000, leaseMs: 60_000, ack: null });
  const event = pulled.outcome === "pulled" ? pulled.events[0] : undefined;
  if (pulled.outcome !== "pulled" || pulled.lease === null || !event) throw new Error(pulled.outcome);
  const { deliveryId, headers } = event;
  return { id, stub, token: pulled.lease.token, deliveryId, headers };
}

/** Whether the object keeps the event of any delivery. */
function keepsEvents(stub: Awaited<ReturnType<typeof fetched>>["stub"]): Promise<boolean> {
  return runInDurableObject(stub, (_, { storage }) => {
    const kept = storage.sql.exec("SELECT 1 FROM deliveries WHERE data IS NOT NULL OR meta IS NOT NULL");
    return kept.toArray().length > 0;
  });
}

it.each(["one", "many"])(
  "what was fetched and then canceled, %s at once, has what was said of it later on record",
  async (how) => {
    const { stub, token, deliveryId, headers } = await fetched({ headers: { "X-Tenant": "tenant-secret" } });
    if (how === "one") await stub.cancel(deliveryId);
    else await stub.cancelMany({});
    // What is out is stored, and so is that it was canceled.
    await evictDurableObject(stub);
    expect((await stub.queueState())?.depth).toBe(0);
    const results = [{ deliveryId, status: 503, body: "not now: tenant-secret" }];
    expect(await stub.acknowledge(token, results), "it had ended before").toBe(0);
    const delivery = await stub.findDelivery(deliveryId);
    expect(delivery).toMatchObject({
      ...{ status: "canceled", attemptCount: 1, nextAttemptAt: null, lastAttempt: { error: "status" } },
      attempts: [{ number: 1, error: "status", response: { status: 503, body: "not now: ***" } }],
    });
    expect(delivery?.attempts[0]?.request.headers["webhook-signature"]).toBe(headers["webhook-signature"]);
    expect(await keepsEvents(stub)).toBe(false);
    expect(await stub.queueState()).toMatchObject({ depth: 0, bytes: 0, inFlight: 0 });
  },
);

it("what was fetched, canceled and never acknowledged has that on record, and disables nothing", async () => {
  const { id, stub, deliveryId } = await fetched({ disable_after: { consecutive_failures: 1 } });
  await stub.cancel(deliveryId);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  await stub.pull({ limit: 1, waitMs: 0, leaseMs: 60_000, ack: null });
  expect(await stub.findDelivery(deliveryId)).toMatchObject({
    ...{ status: "canceled", attemptCount: 1, attempts: [{ error: "timeout", response: null }] },
  });
  expect(await keepsEvents(stub)).toBe(false);
  expect((await scene.endpoint(id)).status).toBe("enabled");
});

it("what was fetched by key and canceled lets the next one of its key go, and holds nothing back when it is said what became of it", async () => {
  const { stub, token, deliveryId } = await fetched({ order: { by: "data.nothing" } });
  await stub.cancel(deliveryId);
  for (let n = 0; n < 2; n++) await scene.publish();
  await vi.waitFor(async () => expect((await stub.queueState())?.depth).toBe(2));
  const next = async (ack: string | null) => {
    const pulled = await stub.pull({ limit: 5, waitMs: 5000, leaseMs: 60_000, ack });
    return pulled.outcome === "pulled" ? pulled : null;
  };
  const second = await next(null);
  expect(second?.events.map(({ sequence }) => sequence)).toEqual([2]);
  expect(await stub.acknowledge(token, [])).toBe(0);
  expect(await stub.queueState()).toMatchObject({ depth: 2, inFlight: 1 });
  const third = await next(second?.lease?.token ?? null);
  expect(third).toMatchObject({ acknowledged: 1, events: [{ sequence: 3 }] });
});
