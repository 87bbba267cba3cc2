import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { findRouting } from "../../src/d1/workspace-logs.ts";
import type { ClaimRequest } from "../../src/domain/claim-messages.ts";
import type { NewEvent } from "../../src/domain/event.ts";
import { logOfKey, ONE_LOG } from "../../src/domain/log-shards.ts";
import type { Env } from "../../src/env.ts";
import { appendEvents } from "../../src/logs/append.ts";
import { takeOver } from "../../src/logs/raise.ts";
import { call, newEndpoint, newWorkspace, OPERATOR, type Workspace } from "../api/client.ts";
import { countedLogs } from "./counted-logs.ts";

const EVENT = {
  ...{ type: "log.test", apiVersion: "1", tags: [], context: {}, data: "{}" },
  sent: { created: false, apiVersion: false, tags: false, context: false },
};

async function raised(): Promise<Workspace> {
  const workspace = await newWorkspace();
  await newEndpoint(workspace, { status: "paused" });
  const raise = { log_shards: 4, shard_by: "data.customer" };
  expect((await call("PATCH", "/v1/workspace", { key: workspace.key, body: raise })).status).toBe(200);
  return workspace;
}

it("of many requests that find a raise left half done, one has the logs take it over, and all are accepted", async () => {
  const workspace = await raised();
  const routing = (await findRouting(env.DB, workspace.id)) ?? ONE_LOG;
  const calls = new Map<string, number>();
  // Those of these names know of no raise.
  const publish = () =>
    appendEvents(
      countedLogs(calls, (name) => `unraised-${name}`),
      {
        ...{ workspaceId: workspace.id, routing, events: [EVENT], once: undefined },
        pack: async (events) => events,
      },
    );
  const answers = await Promise.all(Array.from({ length: 30 }, publish));
  expect(answers.map(({ outcome }) => outcome)).toEqual(answers.map(() => "accepted"));
  expect(calls.get("closeFor")).toBe(1);
  expect(calls.get("openFor")).toBe(4);
});

it("tells the new logs of no endpoint where another has done it and only their opening was lost", async () => {
  const workspace = await raised();
  const routing = (await findRouting(env.DB, workspace.id)) ?? ONE_LOG;
  const calls = new Map<string, number>();
  const unraised = (name: string) => `half-${name}`;
  const logs = countedLogs(calls, unraised);
  await takeOver(logs, workspace.id, routing);
  expect(calls.get("subscribeAll")).toBe(3);
  await takeOver(logs, workspace.id, routing);
  expect(calls.get("subscribeAll")).toBe(3);
});

it("sends a batch on by the newest routing that D1 has, where one that is older would spread it over several logs", async () => {
  const workspace = await newWorkspace([]);
  const raise = (body: object) => call("PATCH", "/v1/workspace", { key: workspace.key, body });
  await raise({ log_shards: 3, shard_by: "data.customer" });
  const older = (await findRouting(env.DB, workspace.id)) ?? ONE_LOG;
  await raise({ log_shards: 8 });
  const names = Array.from({ length: 200 }, (_, n) => `customer-${n}`);
  const [one = ""] = names;
  const other = names.find(
    (name) => logOfKey(name, 8) === logOfKey(one, 8) && logOfKey(name, 3) !== logOfKey(one, 3),
  );
  const events = [one, other].map((customer) => ({ ...EVENT, data: JSON.stringify({ customer }) }));
  const publish = (some: NewEvent[]) =>
    appendEvents(env, {
      ...{ workspaceId: workspace.id, routing: older, events: some, once: undefined },
      pack: async (given) => given,
    });
  expect(await publish(events)).toMatchObject({ outcome: "accepted", events: [{}, {}] });
  const elsewhere = names.find((name) => logOfKey(name, 8) !== logOfKey(one, 8));
  const mixed = [...events, { ...EVENT, data: JSON.stringify({ customer: elsewhere }) }];
  expect(await publish(mixed)).toEqual({ outcome: "split", index: 2, shardBy: "data.customer" });
});

it("makes no log of a deleted workspace anew", async () => {
  const workspace = await raised();
  const routing = (await findRouting(env.DB, workspace.id)) ?? ONE_LOG;
  await call("DELETE", `/v1/workspaces/${workspace.id}`, { key: OPERATOR });
  const calls = new Map<string, number>();
  const publication = { ...{ workspaceId: workspace.id, routing, events: [EVENT], once: undefined } };
  const logs = countedLogs(calls, (name) => `erased-${name}`);
  const answer = await appendEvents(logs, { ...publication, pack: async (events) => events });
  expect([answer, Object.fromEntries(calls)]).toEqual([{ outcome: "gone" }, { append: 1 }]);
});

it("claims again what came too late for its claim, and has no log take anything over for it", async () => {
  const workspace = await raised();
  const routing = (await findRouting(env.DB, workspace.id)) ?? ONE_LOG;
  const calls = new Map<string, number>();
  const logs = countedLogs(calls);
  const getByName = logs.EVENT_LOG.getByName.bind(logs.EVENT_LOG);
  let claims = 0;
  const lateOnce = (name: string) =>
    new Proxy(getByName(name), {
      get: (stub, method: string) => {
        if (method !== "claim") return Reflect.get(stub, method);
        return async (request: ClaimRequest) => {
          const answer = await stub.claim(request);
          return claims++ === 0 ? { ...answer, notAfterMs: 0 } : answer;
        };
      },
    });
  const answer = await appendEvents(
    { ...logs, EVENT_LOG: { getByName: lateOnce } as unknown as Env["EVENT_LOG"] },
    {
      ...{ workspaceId: workspace.id, routing, events: [{ ...EVENT, ownId: "order-1" }], once: undefined },
      pack: async (events) => events,
    },
  );
  expect(answer).toMatchObject({ outcome: "accepted" });
  expect([claims, calls.get("closeFor"), calls.get("openFor")]).toEqual([2, undefined, undefined]);
});
