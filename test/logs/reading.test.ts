import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { NO_CONDITIONS } from "../../src/contract/endpoint-fields.ts";
import { eventIdAt } from "../../src/domain/ids.ts";
import { logName } from "../../src/domain/log-shards.ts";
import type { Env } from "../../src/env.ts";
import { askOtherLogs } from "../../src/logs/ask-logs.ts";
import * as reading from "../../src/logs/reading.ts";
import { newEvent } from "../log/events.ts";
import { newLog } from "../log/rig.ts";
import { countedLogs } from "./counted-logs.ts";

const ALL_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER / 1024 };
const ID = eventIdAt(1024, [1, 2, 3]);

const READS: Record<string, (env: Env, workspaceId: string) => Promise<unknown>> = {
  listEvents: (env, id) => reading.listEvents(env, id, { limit: 3 }),
  search: (env, id) => reading.searchEvents(env, id, { limit: 3 }),
  tryNewest: (env, id) => reading.tryNewest(env, id, { subscription: NO_CONDITIONS, limit: 3 }),
  readSpan: (env, id) => reading.readSpan(env, id, ALL_TIME),
  findEvent: (env, id) => reading.findEvent(env, id, ID),
  eventIdOf: (env, id) => reading.eventIdOf(env, id, "order-1"),
  missedCounts: (env, id) => reading.missedCounts(env, id, [ID], "24h"),
  metrics: (env, id) => reading.logMetrics(env, id),
};

/** Has so many logs of a new workspace open, one event in each; in the order of their numbers. */
async function newLogs(count: number, event: object = {}): Promise<string> {
  const workspaceId = newLog().name ?? "";
  const logs = Array.from({ length: count }, (_, n) => env.EVENT_LOG.getByName(logName(workspaceId, n)));
  const barrier = await logs[0]?.closeFor(1, count);
  for (const log of logs) {
    await log.openFor(1, count, [barrier ?? 0]);
    await log.append({ events: [newEvent(event)], epoch: 1 });
  }
  return workspaceId;
}

describe("a read", () => {
  it.each(Object.keys(READS))("%s of a workspace with one log is one call", async (method) => {
    const calls = new Map<string, number>();
    await READS[method]?.(countedLogs(calls), newLog().name ?? "");
    expect(Object.fromEntries(calls)).toEqual({ [method]: 1 });
  });

  it.each(Object.keys(READS))("%s of a workspace with three logs asks each of them once", async (method) => {
    const workspaceId = await newLogs(3);
    const calls = new Map<string, number>();
    await READS[method]?.(countedLogs(calls), workspaceId);
    expect(Object.fromEntries(calls)).toEqual({ [method]: 3 });
  });

  it("of a name that was given again, in another log, finds the newest that was called so", async () => {
    const workspaceId = await newLogs(3, { ownId: "order-1" });
    const newest = (await reading.listEvents(env, workspaceId, { limit: 1 })).rows[0]?.id;
    expect(await reading.findEvent(env, workspaceId, "order-1")).toMatchObject({
      event: { id: newest },
      log: 2,
    });
    expect(await reading.eventIdOf(env, workspaceId, "order-1")).toBe(newest);
  });
});

describe("what several logs look at for one answer", () => {
  it("is shared out among them, and no place is shown behind which one of them looked no further", async () => {
    const workspaceId = await newLogs(4);
    const big = () => newEvent({ data: JSON.stringify({ text: "x".repeat(600_000) }) });
    const log = (n: number) => env.EVENT_LOG.getByName(logName(workspaceId, n));
    for (let n = 0; n < 4; n++) await log(1).append({ events: [big()], epoch: 1 });
    await log(2).append({ events: [newEvent()], epoch: 1 });
    const rows = (await reading.listEvents(env, workspaceId, { limit: 20 })).rows.map(({ id }) => id);
    expect(rows).toHaveLength(9);
    const trial = { subscription: NO_CONDITIONS, limit: 20 };
    const tried = (await reading.tryNewest(env, workspaceId, trial)).map(({ event }) => event.id);
    // Each of four logs reads 1 of the 4 MiB: two of these events.
    expect(tried).toEqual(rows.slice(0, 3));
  });

  it("is asked of some of them at once, not of all", async () => {
    let [under, most] = [0, 0];
    await askOtherLogs(env, newLog().name ?? "", 32, async () => {
      most = Math.max(most, ++under);
      await Promise.resolve();
      under--;
    });
    expect(most).toBe(8);
  });
});
