import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { writeMeta } from "../../../src/storage/schema.ts";
import { call, newEndpoint, newWorkspace } from "../../api/client.ts";

it("keeps an endpoint paused for an hour whose listener left, and disables it then", async () => {
  const workspace = await newWorkspace([]);
  const { id } = await newEndpoint(workspace, {
    transport: "listen",
    url: "http://localhost:3000/",
    status: "enabled",
  });
  const shown = async () => {
    const { body } = await call("GET", `/v1/endpoints/${id}`, { key: workspace.key });
    return [body.status, body.status_reason];
  };
  const endpoint = env.ENDPOINT.getByName(id);
  expect(await endpoint.listenerLeft()).toBe(true);
  expect(await endpoint.listenerLeft()).toBe(false);
  await vi.waitFor(async () => expect(await shown()).toEqual(["paused", "listener_left"]));
  await runInDurableObject(endpoint, async (_instance, state) => {
    const inMs = ((await state.storage.getAlarm()) ?? Number.POSITIVE_INFINITY) - Date.now();
    expect(inMs).toBeLessThanOrEqual(3600_000);
  });
  await runDurableObjectAlarm(endpoint);
  expect(await shown()).toEqual(["paused", "listener_left"]);
  await runInDurableObject(endpoint, (_instance, state) =>
    writeMeta(state.storage.sql, "listener_left_at", Date.now() - 3600_000),
  );
  await runDurableObjectAlarm(endpoint);
  await vi.waitFor(async () => expect(await shown()).toEqual(["disabled", "listener_left"]));
});

it("is enabled by whoever comes before D1 knows that it was paused, and stays so", async () => {
  const workspace = await newWorkspace([]);
  const { id } = await newEndpoint(workspace, {
    transport: "listen",
    url: "http://localhost:3000/",
    status: "enabled",
  });
  const endpoint = env.ENDPOINT.getByName(id);
  await Promise.all([endpoint.listenerLeft(), endpoint.listened()]);
  await endpoint.listened();
  const { body } = await call("GET", `/v1/endpoints/${id}`, { key: workspace.key });
  expect([body.status, body.status_reason]).toEqual(["enabled", null]);
  expect(await endpoint.listenerLeft()).toBe(true);
  await vi.waitFor(async () => {
    const shown = await call("GET", `/v1/endpoints/${id}`, { key: workspace.key });
    expect(shown.body.status).toBe("paused");
  });
});
