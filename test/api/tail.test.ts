import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Delivery } from "../../src/domain/delivery.ts";
import type { TailAnswer } from "../../src/domain/tail.ts";
import { delivery, type Message, watch } from "../tail/watching.ts";
import { call, newEndpoint, newKey, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeEach(async () => {
  workspace = await newWorkspace([]);
});

afterEach(() => {
  vi.useRealTimers();
});

const hub = () => env.HUB.getByName(workspace.id);

const tell = (endpointId: string, ...deliveries: Delivery[]): Promise<TailAnswer> =>
  hub().report({ endpointId, deliveries, skipped: 0 });

const shown = ({ data }: Message) => data?.map(({ id, status }) => [id, status]);

it("shows an endpoint's deliveries as they change, from the moment somebody watches", async () => {
  const endpoint = await newEndpoint(workspace, { status: "paused" });
  const publish = () =>
    call("POST", "/v1/events", { key: workspace.key, body: { type: "deal.created", data: {} } });
  const socket = await watch("", workspace.key);
  expect([socket.status, (await socket.next()).type]).toEqual([101, "hello"]);
  await publish();
  const message = await socket.next();
  expect(message.data).toMatchObject([{ endpoint_id: endpoint.id, sequence: 1, status: "pending" }]);
  const [{ id = "" } = {}] = message.data ?? [];
  await call("POST", `/v1/endpoints/${endpoint.id}/deliveries/${id}/cancel`, { key: workspace.key });
  expect(shown(await socket.next())).toEqual([[id, "canceled"]]);
  socket.send("ping");
  expect((await socket.next()).type).toBe("pong");
  socket.close();
});

it("says gap to a cursor from before a time in which nobody watched, also to one who had read all", async () => {
  const socket = await watch("", workspace.key);
  const { cursor } = await socket.next();
  const soon = await watch(`?cursor=${cursor}`, workspace.key);
  expect((await soon.next()).gap).toBe(false);
  for (const one of [socket, soon]) one.close();
  await expect.poll(() => runInDurableObject(hub(), (_instance, ctx) => ctx.getWebSockets().length)).toBe(0);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 70_000 });
  const late = await watch(`?cursor=${cursor}`, workspace.key);
  expect((await late.next()).gap).toBe(true);
});

it("shows each the part that its filter takes", async () => {
  const [a, b] = [await newEndpoint(workspace), await newEndpoint(workspace)];
  const sockets = await Promise.all(
    [`?endpoint_id=${a.id}`, "?status=dead", "?type=call.*", "?error=timeout"].map((query) =>
      watch(query, workspace.key),
    ),
  );
  for (const socket of sockets) await socket.next();
  const last = { number: 1, outcome: "failure", error: "timeout", status: null, durationMs: 1 } as const;
  await tell(
    b.id,
    delivery(b.id, 1, { status: "dead" }),
    delivery(b.id, 2, { eventType: "call.ended" }),
    delivery(b.id, 3, { lastAttempt: last }),
  );
  await tell(a.id, delivery(a.id, 4));
  const seen = await Promise.all(sockets.map((socket) => socket.next()));
  expect(seen.map((message) => message.data?.map(({ id }) => id))).toEqual([
    ["dlv_4"],
    ["dlv_1"],
    ["dlv_2"],
    ["dlv_3"],
  ]);
});

it("shows a portal session nothing but what it reaches, now and when it comes back", async () => {
  const mine = await newEndpoint(workspace, { metadata: { customer: "acme" } });
  const theirs = await newEndpoint(workspace, { metadata: { customer: "globex" } });
  const session = { metadata: { customer: "acme" } };
  const { body } = await call("POST", "/v1/portal-sessions", { key: workspace.key, body: session });
  const socket = await watch("", body.token);
  const { cursor } = await socket.next();
  await hub().report({ endpointId: theirs.id, deliveries: [delivery(theirs.id, 1)], skipped: 7 });
  await tell(mine.id, delivery(mine.id, 2));
  const message = await socket.next();
  expect([shown(message), message.skipped]).toEqual([[["dlv_2", "pending"]], 0]);
  const back = await watch(`?cursor=${cursor}`, body.token);
  expect((await back.next()).gap).toBe(false);
  expect(shown(await back.next())).toEqual([["dlv_2", "pending"]]);
  const refused = await watch(`?endpoint_id=${theirs.id}`, body.token);
  expect(refused.status).toBe(404);
});

it("keeps the scope of a portal session of 10 KB, and refuses one that is too long to keep", async () => {
  const status = async (scope: object) => {
    const { body } = await call("POST", "/v1/portal-sessions", { key: workspace.key, body: scope });
    const { status, next } = await watch("", body.token);
    return status === 101 ? (await next()).type : status;
  };
  const pairs = (value: string) =>
    Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`key${n}`, value]));
  expect(await status({ metadata: pairs("x".repeat(1000)) })).toBe("hello");
  expect(await status({ metadata: pairs("ü".repeat(1000)) })).toBe(409);
  expect((await watch("", workspace.key)).status).toBe(101);
});

it("goes on after a cursor, also after a reset, and says so where it cannot", async () => {
  const endpoint = await newEndpoint(workspace);
  const first = await watch("", workspace.key);
  const { cursor } = await first.next();
  await tell(endpoint.id, delivery(endpoint.id, 1));
  const read = (await first.next()).cursor;
  first.close();
  await tell(endpoint.id, delivery(endpoint.id, 2));
  await runInDurableObject(hub(), (_instance, ctx) => ctx.abort("a reset")).catch(() => {});
  await tell(endpoint.id, delivery(endpoint.id, 3));
  await expect
    .poll(async () => {
      const again = await watch(`?cursor=${read}`, workspace.key);
      const hello = await again.next();
      const after = [(await again.next()).data, (await again.next()).data].flat().map((one) => one?.id);
      return [hello.gap, ...after];
    })
    .toEqual([false, "dlv_2", "dlv_3"]);
  const all = await watch(`?cursor=${cursor}`, workspace.key);
  expect([(await all.next()).gap, (await all.next()).data?.[0]?.id]).toEqual([false, "dlv_1"]);
  for (const unknown of ["00000000.0", `${cursor.split(".")[0]}.99`]) {
    const lost = await watch(`?cursor=${unknown}`, workspace.key);
    expect((await lost.next()).gap).toBe(true);
  }
});

it("lets a ticket in once, and by what its key may at that moment", async () => {
  const ticket = async (key: string) =>
    (await call("POST", "/v1/tail/tickets", { key })).body.ticket as string;
  const one = await ticket(workspace.key);
  expect((await watch(`?ticket=${one}`)).status).toBe(101);
  expect((await watch(`?ticket=${one}`)).status).toBe(401);
  expect((await watch(`?ticket=${one.slice(0, -1)}A`)).status).toBe(401);
  expect((await watch("")).status).toBe(401);
  const publisher = await newKey(workspace, "publisher");
  expect((await call("POST", "/v1/tail/tickets", { key: publisher })).status).toBe(403);
  const reader = await newKey(workspace, "reader");
  const late = await ticket(reader);
  const listed = await call("GET", "/v1/keys", { key: workspace.key });
  const { id } = listed.body.data.find(({ role }: { role: string }) => role === "reader");
  await call("DELETE", `/v1/keys/${id}`, { key: workspace.key });
  expect((await watch(`?ticket=${late}`)).status).toBe(401);
});

it("refuses a socket too many, and a request that is none", async () => {
  for (let n = 0; n < 50; n++) expect((await watch("", workspace.key)).status).toBe(101);
  expect((await watch("", workspace.key)).status).toBe(409);
  const { status, body, headers } = await call("GET", "/v1/tail", { key: workspace.key });
  expect([status, body.code, headers.get("upgrade")]).toEqual([426, "upgrade_required", "websocket"]);
});
