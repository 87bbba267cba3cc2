import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { newEndpoint, newWorkspace } from "../../api/client.ts";
import { archive, keysOf, MINUTE_MS, pass, useTestClock } from "../archive/archive-rig.ts";
import { DAY_MS } from "../events.ts";
import { count, publish } from "../rig.ts";

useTestClock();

const url = "https://receiver.example/hook";

/** An endpoint whose object does not answer from now on, until it is released, and its workspace's log. */
async function unreachableEndpoint() {
  const workspace = await newWorkspace();
  const { id } = await newEndpoint(workspace, { url, status: "enabled" });
  const plain = env.ENDPOINT.getByName.bind(env.ENDPOINT);
  const away = vi.spyOn(env.ENDPOINT, "getByName").mockImplementation(() => {
    throw new Error("the endpoint is away");
  });
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const sent = vi.fn(async () => new Response(null, { status: 204 }));
  vi.stubGlobal("fetch", sent);
  return {
    log: env.EVENT_LOG.getByName(workspace.id),
    endpoint: () => plain(id),
    sent,
    release: () => away.mockRestore(),
  };
}

it.each([
  ["although R2 deleted the events first", true],
  ["and R2 still has the events", false],
])("what lags for more than 30 days ends as dead, expired, and is not attempted, %s", async (_, isFaster) => {
  const { log, endpoint, sent, release } = await unreachableEndpoint();
  const events = await publish(log, {}, { type: "deal.won" }, {});
  const lagging = () => count(log, "SELECT count(*) FROM lagging");
  await vi.waitFor(async () => expect(await lagging()).toBe(1));
  await archive(log);
  expect(await count(log, "SELECT count(*) FROM unread_pieces")).toBe(1);
  if (isFaster) for (const key of await keysOf(log)) await env.ARCHIVE.delete(`${log.name}/${key}`);
  pass(30 * DAY_MS);
  release();
  const [young] = await publish(log, {});
  await runDurableObjectAlarm(log);
  await vi.waitFor(async () => {
    const { rows } = await endpoint().listDeliveries({ limit: 10 });
    expect(
      rows.map(({ eventId, status, lastAttempt }) => [eventId, status, lastAttempt?.error ?? null]),
    ).toEqual([[young?.id, "delivered", null], ...events.map(({ id }) => [id, "dead", "expired"]).reverse()]);
  });
  expect(sent).toHaveBeenCalledOnce();
  expect(await endpoint().stats("1h")).toMatchObject({ pending: 0, dead: 3, delivered: 1 });
  await vi.waitFor(async () => expect(await lagging()).toBe(0));
  expect(await count(log, "SELECT count(*) FROM unread_pieces")).toBe(0);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("keeps nothing beside the archive of endpoints that do not lag", async () => {
  const workspace = await newWorkspace();
  await newEndpoint(workspace, { url, status: "paused" });
  const log = env.EVENT_LOG.getByName(workspace.id);
  await publish(log, {});
  await vi.waitFor(async () => expect((await log.metrics()).handOverLagMs).toBe(0));
  pass(MINUTE_MS);
  await archive(log);
  expect(await count(log, "SELECT count(*) FROM unread_pieces")).toBe(0);
});
