import { runInDurableObject } from "cloudflare:test";
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
