import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { countedEnv } from "../../bench/counting/counted-env.ts";
import { countRequests, counts, resetCounts } from "../../bench/counting/counts.ts";
import { Endpoint } from "../../src/delivery/endpoint.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/domain/durations.ts";
import { EventLog } from "../../src/log/event-log.ts";
import { call, newEndpoint, newWorkspace, type Workspace } from "../api/client.ts";

/*
 * What a lone event costs on Cloudflare, to the row: one a minute, whose objects sleep in between, each on the storage
 * of the life before. Whoever makes it cost more, or less, says so here.
 */

const EVENTS = 20;

type Stub = DurableObjectStub<EventLog> | DurableObjectStub<Endpoint>;

const settings = { ...env };
const written: Record<string, number> = {};
let alarmsSet = 0;
let restore: (() => void)[] = [];
let workspace: Workspace;
let log: DurableObjectStub<EventLog>;
let endpoint: DurableObjectStub<Endpoint>;

/** Counts what every object writes, from its constructor on. */
async function countWrites(stub: Stub): Promise<void> {
  const [sql, storage] = await runInDurableObject(stub as DurableObjectStub<EventLog>, (_, ctx) => [
    Object.getPrototypeOf(ctx.storage.sql) as SqlStorage,
    Object.getPrototypeOf(ctx.storage) as DurableObjectStorage,
  ]);
  const { exec } = sql as SqlStorage;
  sql.exec = function (this: SqlStorage, query: string, ...given: unknown[]) {
    const cursor = exec.call(this, query, ...given);
    const name = query.trim().split(/\s+/).slice(0, 3).join(" ");
    if (cursor.rowsWritten > 0) written[name] = (written[name] ?? 0) + cursor.rowsWritten;
    return cursor;
  } as SqlStorage["exec"];
  const { setAlarm } = storage as DurableObjectStorage;
  (storage as DurableObjectStorage).setAlarm = function (this: DurableObjectStorage, time: number) {
    alarmsSet++;
    return setAlarm.call(this, time);
  };
  restore.push(() => {
    sql.exec = exec;
    (storage as DurableObjectStorage).setAlarm = setAlarm;
  });
}

function countCalls(): void {
  for (const [plain, name] of [
    [EventLog, "log"],
    [Endpoint, "endpoint"],
  ] as const) {
    const before = Object.getOwnPropertyDescriptors(plain.prototype);
    countRequests(plain, plain, name);
    restore.push(() => Object.defineProperties(plain.prototype, before));
  }
}

beforeEach(async () => {
  // What is counted has a row for each hour: the twenty minutes begin early in one.
  const hour = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
  vi.useFakeTimers({ toFake: ["Date"], now: hour + 5 * MINUTE_MS });
  Object.assign(env, {
    SAFETY_NET_SECONDS: "600",
    ARCHIVE_AFTER_SECONDS: "3600",
    DB: countedEnv(env).DB,
  });
  vi.stubGlobal("fetch", async () => new Response(null, { status: 200 }));
  workspace = await newWorkspace();
  log = env.EVENT_LOG.getByName(workspace.id);
  const { id } = await newEndpoint(workspace, { status: "enabled", types: ["a.b"] });
  endpoint = env.ENDPOINT.getByName(id);
  // What it stores first makes its tables.
  await endpoint.retryMany({ id: "first", digest: "" });
  await countWrites(log);
  countCalls();
});

afterEach(() => {
  for (const undo of restore) undo();
  restore = [];
  Object.assign(env, settings);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const isIdle = (stub: Stub) =>
  runInDurableObject(stub as DurableObjectStub<EventLog>, (instance) => instance.isIdle);
const deliveredCount = () =>
  runInDurableObject(
    endpoint,
    (_, { storage }) =>
      storage.sql.exec<{ count: number }>("SELECT total(count) AS count FROM runs").one().count,
  );

/** When the alarms of the two ring that sleep. To ask them would wake them up. */
const alarms = new Map<Stub, number | null>();

/** Objects end what they do, D1 what they asked of it, and they are lost from memory. */
async function sleep(...awake: Stub[]): Promise<void> {
  for (const stub of awake) {
    await vi.waitFor(async () => expect(await isIdle(stub)).toBe(true));
    await settings.DB.prepare("SELECT 1").run();
    const at = await runInDurableObject(stub as DurableObjectStub<EventLog>, (_, { storage }) =>
      storage.getAlarm(),
    );
    alarms.set(stub, at);
    await evictDurableObject(stub);
  }
}

/** Time passes, up to a moment; the alarms that are due by then ring, each at its time. */
async function passTo(time: number): Promise<void> {
  for (;;) {
    const due = [...alarms].filter(([, at]) => at !== null && at <= time) as [Stub, number][];
    const [first] = due.sort(([, one], [, other]) => one - other);
    if (first === undefined) break;
    const [stub, at] = first;
    vi.setSystemTime(Math.max(Date.now(), at));
    await runDurableObjectAlarm(stub);
    // The log's has what it handed over last handed over again.
    if (stub === log) await sleep(log, endpoint);
    else await sleep(endpoint);
  }
  vi.setSystemTime(time);
}

/** Lone events, each a minute after the one before. */
async function deliver(events: number): Promise<void> {
  const before = await deliveredCount();
  for (let n = 1; n <= events; n++) {
    const minute = Date.now();
    const request = { key: workspace.key, body: { type: "a.b", data: { n } } };
    expect((await call("POST", "/v1/events", request)).status).toBe(202);
    await vi.waitFor(async () => expect(await deliveredCount()).toBe(before + n));
    await sleep(log, endpoint);
    await passTo(minute + MINUTE_MS);
  }
}

function startCounting(): void {
  resetCounts();
  alarmsSet = 0;
  for (const name of Object.keys(written)) delete written[name];
}

const counted = () => ({ written, alarmsSet, requests: counts.requests });

it("costs four rows, two of them in the log, and what its alarms, its counts, the archive and D1 cost is shared by many", {
  timeout: 30_000,
}, async () => {
  await deliver(1);
  startCounting();
  await deliver(EVENTS);
  expect(counted(), "twenty minutes with one event each").toEqual({
    written: {
      "INSERT INTO chunks": EVENTS,
      "INSERT INTO runs": EVENTS,
      // What was counted, and that D1 knows it.
      "INSERT INTO stats": 1,
      // How far hand-over is, once in sixteen lives.
      "INSERT INTO meta": 2,
    },
    // The safety nets: each is set when the one before has rung.
    alarmsSet: 2 * 2,
    requests: {
      "log.append": EVENTS,
      "log.alarm": 2,
      // A life that an alarm opened hands the newest event over again, too.
      "endpoint.take": EVENTS + 2,
      "endpoint.alarm": 1,
    },
  });
  // At most: what an object that just fell asleep had D1 write is written, and not counted.
  expect(counts.d1Rows).toBeLessThanOrEqual(2);

  startCounting();
  await passTo(Date.now() + 61 * MINUTE_MS);
  expect(counted(), "the hour after, in which they are archived").toEqual({
    written: {
      "INSERT INTO stats": 1,
      "INSERT INTO meta": 3,
      "INSERT OR REPLACE": 1,
      "DELETE FROM chunks": EVENTS + 1,
      "DELETE FROM meta": 1,
    },
    alarmsSet: 3,
    requests: { "log.alarm": 2, "endpoint.take": 2, "endpoint.alarm": 1 },
  });
  expect(counts.d1Rows).toBeLessThanOrEqual(3);

  startCounting();
  await passTo(Date.now() + 32 * 24 * 60 * MINUTE_MS);
  expect(counted(), "the month after, at whose end they are deleted").toEqual({
    written: { "DELETE FROM segments": 1, "INSERT INTO meta": 1, "DELETE FROM runs": EVENTS },
    alarmsSet: 1,
    requests: { "log.alarm": 1, "endpoint.alarm": 2 },
  });
  expect(counts.d1Rows).toBeLessThanOrEqual(0);
});
