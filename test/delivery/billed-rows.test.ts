import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { countStorage, counts, resetCounts } from "../../bench/counting/counts.ts";
import type { Endpoint } from "../../src/delivery/endpoint.ts";
import type { EventLog } from "../../src/log/event-log.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";

const ENDPOINTS = 3;
const EVENTS = 45;

/** A chunk of the log, and a run at each endpoint. */
const NEEDED_ROWS = 1 + ENDPOINTS;

/* What a lone event writes: each row is billed, and each alarm that is set is one. */
describe.each([
  { where: "on one machine", SAFETY_NET_SECONDS: "8", secondsApart: 1 },
  { where: "on Cloudflare", SAFETY_NET_SECONDS: "600", secondsApart: 60 },
])("lone events $where, $secondsApart s apart", ({ SAFETY_NET_SECONDS, secondsApart }) => {
  let workspace: Workspace;
  let log: DurableObjectStub<EventLog>;
  let endpoints: DurableObjectStub<Endpoint>[];
  let attempts = 0;

  const settings = { ...env };
  const netMs = Number(SAFETY_NET_SECONDS) * 1000;
  const alarmOf = (stub: DurableObjectStub) =>
    runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
  const publish = async () => {
    const request = { key: workspace.key, body: { type: "a.b", data: {} } };
    expect((await call("POST", "/v1/events", request)).status).toBe(202);
  };
  // Whoever asks how many are delivered has those in flight stored as they are: they would take another row.
  const delivered = async (count: number) => {
    await vi.waitFor(() => expect(attempts).toBe(count * ENDPOINTS));
    for (const endpoint of endpoints) {
      await vi.waitFor(async () =>
        expect(await runInDurableObject(endpoint, (instance) => instance.isIdle)).toBe(true),
      );
      expect((await endpoint.stats("24h")).delivered).toBe(count);
    }
  };

  /** Time passes; the alarms that are due then ring. */
  async function pass(milliseconds: number): Promise<void> {
    vi.setSystemTime(Date.now() + milliseconds);
    for (const stub of [log, ...endpoints]) {
      const at = await alarmOf(stub);
      if (at !== null && at <= Date.now()) await runDurableObjectAlarm(stub);
    }
  }

  /** Lone events, each delivered before the next. */
  async function deliver(events: number): Promise<void> {
    for (let n = 1; n <= events; n++) {
      await publish();
      await delivered(n);
      await pass(secondsApart * 1000);
    }
  }

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    Object.assign(env, { SAFETY_NET_SECONDS, ARCHIVE_AFTER_SECONDS: "3600" });
    attempts = 0;
    vi.stubGlobal("fetch", async () => {
      attempts++;
      return new Response(null, { status: 200 });
    });
    workspace = await newWorkspace();
    log = env.EVENT_LOG.getByName(workspace.id);
    endpoints = [];
    for (let n = 0; n < ENDPOINTS; n++) {
      const { id } = await newEndpoint(workspace, { status: "enabled", types: ["a.b"] });
      const endpoint = env.ENDPOINT.getByName(id);
      // What it stores first makes its tables.
      await endpoint.retryMany({ id: "first", digest: "" });
      endpoints.push(endpoint);
    }
    for (const stub of [log, ...endpoints])
      await runInDurableObject(stub, (_, { storage }) =>
        countStorage(storage, stub === log ? "log" : "endpoint"),
      );
    resetCounts();
  });

  afterEach(() => {
    Object.assign(env, settings);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("set 0.3 alarms per attempt at most, and write little beside their own rows", async () => {
    const prepared = vi.spyOn(env.DB, "prepare");
    await deliver(EVENTS);
    const d1Writes = prepared.mock.calls.filter(([query]) =>
      /^\s*(insert|update|delete)/i.test(query),
    ).length;
    prepared.mockRestore();
    expect(attempts).toBe(EVENTS * ENDPOINTS);
    expect((counts.alarmsSet.log + counts.alarmsSet.endpoint) / attempts).toBeLessThanOrEqual(0.3);
    const rows = (counts.rows.log + counts.rows.endpoint) / EVENTS;
    expect(rows).toBeGreaterThanOrEqual(NEEDED_ROWS);
    expect(rows).toBeLessThanOrEqual(NEEDED_ROWS + 0.15 * (1 + ENDPOINTS));
    expect(d1Writes / EVENTS).toBeLessThanOrEqual(0.08 * (2 + ENDPOINTS));
  });

  it("have the log's alarm set while they are in its hand, for no later than the safety net", async () => {
    for (let n = 1; n <= 12; n++) {
      await publish();
      await vi.waitFor(async () => {
        const at = await alarmOf(log);
        expect(at).not.toBeNull();
        expect(at).toBeLessThanOrEqual(Date.now() + netMs);
      });
      await delivered(n);
      await pass(secondsApart * 1000);
    }
  });
});
