import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { findRouting } from "../../src/d1/workspace-logs.ts";
import { ONE_LOG } from "../../src/domain/log-shards.ts";
import { appendEvents } from "../../src/logs/append.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";
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
