import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { call } from "../api/client.ts";
import { setScene } from "./scene.ts";

const scene = setScene();

it("an endpoint object takes no older configuration after a newer one, whichever was read first", async () => {
  const { id } = await scene.create();
  const older = await scene.configOf(id);
  const endpoint = env.ENDPOINT.getByName(id);
  // It keeps its configuration with what it stores first.
  await endpoint.retryMany({ id: "first", digest: "" });
  await runInDurableObject(endpoint, async (instance) => {
    const newer = { ...older, version: older.version + 2, url: "https://newer.example/" };
    const between = { ...older, version: older.version + 1, url: "https://between.example/" };
    await Promise.all([instance.configure(between), instance.configure(newer), instance.configure(between)]);
  });
  expect(JSON.parse((await scene.stored(id, "config")) ?? "").url).toBe("https://newer.example/");
});

describe("an endpoint that is resumed", () => {
  const resume = async (id: string) => {
    for (const status of ["paused", "enabled"])
      await call("PATCH", `/v1/endpoints/${id}`, { key: scene.workspace.key, body: { status } });
  };
  const failing = async (id: string) => JSON.parse((await scene.stored(id, "failing")) ?? "{}");

  it("attempts at once what a Retry-After of 24 hours held", async () => {
    const { id } = await scene.create({ serialize: true });
    vi.stubGlobal("fetch", async () => {
      scene.attempts++;
      return new Response(null, { status: 503, headers: { "Retry-After": "86400" } });
    });
    await scene.publish();
    await vi.waitFor(async () => expect((await failing(id)).holdUntil).toBeGreaterThan(Date.now()));
    vi.stubGlobal("fetch", async () => {
      scene.attempts++;
      return new Response();
    });
    await resume(id);
    await vi.waitFor(() => expect(scene.attempts).toBe(2));
    await vi.waitFor(async () => expect((await failing(id)).holdUntil).toBe(0));
  });

  it("attempts the failing first ones of its keys at once", async () => {
    const { id } = await scene.create({ order: { by: "data.customer" } });
    scene.answer = 500;
    await scene.publish();
    await vi.waitFor(async () => expect((await failing(id)).consecutiveFailures).toBe(1));
    scene.answer = 200;
    await resume(id);
    await vi.waitFor(() => expect(scene.attempts).toBe(2));
  });

  it("begins anew with counting failures in a row", async () => {
    const { id } = await scene.create({ serialize: true, disable_after: { consecutive_failures: 2 } });
    scene.answer = 500;
    await scene.publish();
    await vi.waitFor(async () => expect((await failing(id)).consecutiveFailures).toBe(1));
    await resume(id);
    // The head's second attempt is the first failure since: had the count gone on, it would disable the endpoint.
    await vi.waitFor(async () => {
      const { rows } = await env.ENDPOINT.getByName(id).listDeliveries({ limit: 1 });
      expect(rows[0]?.attemptCount).toBe(2);
    });
    expect((await failing(id)).consecutiveFailures).toBe(1);
    expect(await scene.endpoint(id)).toMatchObject({ status: "enabled" });
  });

  it("remembers neither after a restart", async () => {
    const { id } = await scene.create({ disable_after: { consecutive_failures: 2 } });
    scene.answer = 500;
    await scene.publish();
    await vi.waitFor(async () => expect((await failing(id)).consecutiveFailures).toBe(1));
    await resume(id);
    expect(await failing(id)).toMatchObject({ consecutiveFailures: 0, holdUntil: 0 });
  });
});
