import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { findRouting } from "../../src/d1/workspace-logs.ts";
import { ONE_LOG } from "../../src/domain/log-shards.ts";
import type { Env } from "../../src/env.ts";
import { appendEvents } from "../../src/logs/append.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";

const EVENT = {
  ...{ type: "log.test", apiVersion: "1", tags: [], context: {}, data: "{}" },
  sent: { created: false, apiVersion: false, tags: false, context: false },
};

/** Logs of the same names that know of no raise, and count how often each of their methods is called. */
function countedLogs(calls: Map<string, number>): Env {
  const namespace = env.EVENT_LOG;
  const getByName = (name: string) =>
    new Proxy(namespace.getByName(`unraised-${name}`), {
      get: (stub, method: string) => {
        calls.set(method, (calls.get(method) ?? 0) + 1);
        return Reflect.get(stub, method);
      },
    });
  return { ...env, EVENT_LOG: { getByName } as unknown as Env["EVENT_LOG"] };
}

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
  const publish = () =>
    appendEvents(countedLogs(calls), {
      ...{ workspaceId: workspace.id, routing, events: [EVENT], once: undefined },
      pack: async (events) => events,
    });
  const answers = await Promise.all(Array.from({ length: 30 }, publish));
  expect(answers.map(({ outcome }) => outcome)).toEqual(answers.map(() => "accepted"));
  expect(calls.get("closeFor")).toBe(1);
  expect(calls.get("openFor")).toBe(4);
});
