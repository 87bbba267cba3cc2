import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Delivery } from "../../src/domain/delivery.ts";
import type { TailAnswer } from "../../src/domain/tail.ts";
import { forgetKeys } from "../../src/http/auth.ts";
import { Hub } from "../../src/tail/hub.ts";
import { call, newEndpoint, newKey, newWorkspace, type Workspace } from "../api/client.ts";
import { ringUnanswered } from "../d1/silent-database.ts";
import { delivery, watch } from "./watching.ts";

let workspace: Workspace;

beforeEach(async () => {
  workspace = await newWorkspace([]);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const hub = () => env.HUB.getByName(workspace.id);

const tell = (endpointId: string, ...deliveries: Delivery[]): Promise<TailAnswer> =>
  hub().report({ endpointId, deliveries, skipped: 0 });

it("has the log know that somebody watches before the first message, so that nothing after it is missing", async () => {
  const log = env.EVENT_LOG.getByName(workspace.id);
  const knows = () =>
    runInDurableObject(log, (_instance, { storage }) =>
      storage.sql.exec("SELECT 1 FROM meta WHERE key = 'watch'").toArray(),
    );
  expect(await knows()).toHaveLength(0);
  const socket = await watch("", workspace.key);
  expect((await socket.next()).type).toBe("hello");
  expect(await knows()).toHaveLength(1);
});

it("tells endpoints by name that were handed events a moment before anybody watched", async () => {
  const endpoint = await newEndpoint(workspace, { status: "paused" });
  await call("POST", "/v1/events", { key: workspace.key, body: { type: "deal.created", data: {} } });
  const pending = () =>
    call("GET", `/v1/endpoints/${endpoint.id}/deliveries?status=pending`, { key: workspace.key });
  await expect.poll(async () => (await pending()).body.data).toHaveLength(1);
  await watch("", workspace.key);
  const object = env.ENDPOINT.getByName(endpoint.id);
  await expect
    .poll(() =>
      runInDurableObject(object, (_instance, { storage }) =>
        storage.sql.exec("SELECT 1 FROM meta WHERE key = 'watch'").toArray(),
      ),
    )
    .toHaveLength(1);
});

it("has those come back who watched while the machine slept, since nothing was told meanwhile", async () => {
  const socket = await watch("", workspace.key);
  const { cursor } = await socket.next();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 70_000 });
  socket.send("ping");
  await socket.next();
  await runDurableObjectAlarm(hub());
  expect(await socket.closed).toBe(1011);
  const again = await watch(`?cursor=${cursor}`, workspace.key);
  expect((await again.next()).gap).toBe(true);
});

it("costs a workspace that nobody watches nothing: endpoints do not call, and the hub has no tables", async () => {
  await newEndpoint(workspace, { status: "paused" });
  await call("POST", "/v1/events", { key: workspace.key, body: { type: "deal.created", data: {} } });
  expect(await hub().watching()).toBeNull();
  await runInDurableObject(hub(), (_instance, { storage }) => {
    expect(storage.sql.exec("SELECT count(*) AS n FROM sqlite_master WHERE name = 'frames'").one().n).toBe(0);
  });
});

it("closes the socket of a key that was revoked, and of a workspace that was erased", async () => {
  // Somebody watched before, and left.
  (await watch("", workspace.key)).close();
  await expect.poll(() => runInDurableObject(hub(), (_instance, ctx) => ctx.getWebSockets().length)).toBe(0);
  await runDurableObjectAlarm(hub());
  const reader = await newKey(workspace, "reader");
  const [socket, other] = [await watch("", reader), await watch("", workspace.key)];
  const listed = await call("GET", "/v1/keys", { key: workspace.key });
  const { id } = listed.body.data.find(({ role }: { role: string }) => role === "reader");
  await call("DELETE", `/v1/keys/${id}`, { key: workspace.key });
  await runInDurableObject(hub(), async (_instance, { storage }) => {
    expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 10_000);
  });
  await runDurableObjectAlarm(hub());
  expect(await socket.closed).toBe(4401);
  await hub().erase();
  expect(await other.closed).toBe(4404);
  forgetKeys();
});

it("looks after its sockets again although D1 never answered whether their keys still work", async () => {
  await watch("", workspace.key);
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await runInDurableObject(hub(), async (_instance, ctx) => {
    await ctx.storage.deleteAlarm();
    await ringUnanswered((silent) => new Hub(ctx, silent));
    expect(await ctx.storage.getAlarm()).not.toBeNull();
  });
});

it("cuts off who does not read, and who says what nobody asked for", async () => {
  const endpoint = await newEndpoint(workspace);
  const [reads, sleeps] = [await watch("", workspace.key), await watch("", workspace.key)];
  await reads.next();
  const many = (from: number) => Array.from({ length: 400 }, (_, n) => delivery(endpoint.id, from + n));
  let acknowledged = 0;
  for (let n = 0; n < 12; n++) {
    await tell(endpoint.id, ...many(n * 400));
    const { ack } = await reads.next();
    if (ack !== undefined) reads.send(ack);
    acknowledged += ack === undefined ? 0 : 1;
  }
  expect(await sleeps.closed).toBe(4408);
  expect(acknowledged).toBeGreaterThan(3);
  reads.send("anything");
  expect(await reads.closed).toBe(4400);
});

it("has endpoints take turns where many tell at once, and bounds what one frame shows", async () => {
  const socket = await watch("", workspace.key);
  await socket.next();
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, n) => tell(`ep_${n}`, delivery(`ep_${n}`, n), delivery(`ep_${n}`, n))),
  );
  expect(answers[0]?.everyMs).toBe(100);
  expect(answers.at(-1)?.everyMs).toBeGreaterThan(500);
  const { data, skipped = 0 } = await socket.next();
  expect((data?.length ?? 0) + skipped).toBeLessThanOrEqual(600);
  expect(data?.length).toBeLessThanOrEqual(500);
});

/** Endpoints that all tell at once, and the deliveries of each. */
const ENDPOINTS = 20;
const DELIVERIES = 300;
/** Each tells so many at a time: together as many as one frame may show. */
const AT_ONCE = 25;

it("shows one socket every delivery of 20 endpoints with 300 each, none of them lost and each endpoint's in order", async () => {
  const socket = await watch("", workspace.key);
  await socket.next();
  const endpoints = Array.from({ length: ENDPOINTS }, (_, n) => `ep_${n}`);
  const told = endpoints.map(async (endpointId) => {
    for (let from = 1; from <= DELIVERIES; from += AT_ONCE)
      await tell(endpointId, ...Array.from({ length: AT_ONCE }, (_, n) => delivery(endpointId, from + n)));
  });
  const sequences = new Map<string, number[]>(endpoints.map((id) => [id, []]));
  let left = ENDPOINTS * DELIVERIES;
  while (left > 0) {
    const { data = [], skipped = 0, ack } = await socket.next();
    if (ack !== undefined) socket.send(ack);
    for (const { endpoint_id, sequence } of data) sequences.get(endpoint_id)?.push(sequence);
    left -= data.length + skipped;
    expect(skipped).toBe(0);
  }
  await Promise.all(told);
  const inOrder = Array.from({ length: DELIVERIES }, (_, n) => n + 1);
  for (const [id, shown] of sequences) expect([id, shown]).toEqual([id, inOrder]);
});
