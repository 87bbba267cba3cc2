import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { call } from "../api/client.ts";
import { setScene } from "./scene.ts";

const scene = setScene();

it("an endpoint that disabled itself while attempts hung, and was resumed, is not disabled by those that fail later", async () => {
  const { id } = await scene.create({ disable_after: { consecutive_failures: 2 }, max_in_flight: 6 });
  const fail: (() => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise((_, reject) => fail.push(() => reject(new Error("reset")))));
  for (let n = 0; n < 5; n++) await scene.publish();
  await vi.waitFor(() => expect(fail).toHaveLength(5));
  // Within the object whose attempts they are: their ends are its own.
  const failAll = (some: (() => void)[]) =>
    runInDurableObject(env.ENDPOINT.getByName(id), () => {
      for (const one of some) one();
    });
  await failAll(fail.slice(0, 2));
  const status = async () => (await scene.endpoint(id)).status;
  await vi.waitFor(async () => expect(await status()).toBe("disabled"));
  const resume = { key: scene.workspace.key, body: { status: "enabled" } };
  expect((await call("PATCH", `/v1/endpoints/${id}`, resume)).status).toBe(200);
  await failAll(fail.slice(2));
  await vi.waitFor(async () => expect((await env.ENDPOINT.getByName(id).queueState())?.inFlight).toBe(0));
  expect(await status()).toBe("enabled");
  // A row of its own begins with what began since.
  vi.stubGlobal("fetch", async () => new Response(null, { status: 500 }));
  for (let n = 0; n < 2; n++) await scene.publish();
  await vi.waitFor(async () => expect(await status()).toBe("disabled"));
});

it.each([
  ["acknowledged as failed", 0],
  ["not acknowledged in time", 61_000],
])(
  "what a receiver fetched before its endpoint was resumed, and then is %s, is no failure of the resumed endpoint",
  async (_what, laterMs) => {
    const disableAfter = { disable_after: { consecutive_failures: 1 } };
    const { id } = await scene.create({ transport: "pull", ...disableAfter });
    const stub = env.ENDPOINT.getByName(id);
    const fetchNext = async () => {
      await scene.publish();
      const pulled = await stub.pull({ limit: 1, waitMs: 5000, leaseMs: 60_000, ack: null });
      if (pulled.outcome !== "pulled" || pulled.lease === null) throw new Error(pulled.outcome);
      const [event] = pulled.events;
      return { token: pulled.lease.token, deliveryId: event?.deliveryId ?? "" };
    };
    const failed = async ({ token, deliveryId }: { token: string; deliveryId: string }) =>
      stub.acknowledge(token, [{ deliveryId, status: 500, body: "" }]);
    const attempts = async () => {
      const { rows } = await stub.listDeliveries({ limit: 10 });
      return rows.map(({ attemptCount }) => attemptCount);
    };
    const status = async () => (await scene.endpoint(id)).status;

    const first = await fetchNext();
    for (const to of ["paused", "enabled"])
      await call("PATCH", `/v1/endpoints/${id}`, { key: scene.workspace.key, body: { status: to } });
    // What is out is stored, and so is that it was before.
    await evictDurableObject(stub);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + laterMs });
    await vi.waitFor(async () => {
      await failed(first);
      expect(await attempts()).toEqual([1]);
    });
    expect(await status()).toBe("enabled");

    await failed(await fetchNext());
    await vi.waitFor(async () => expect(await status()).toBe("disabled"));
  },
);
