import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { updateEndpoint } from "../../src/d1/endpoint-writes.ts";
import type { EndpointRow } from "../../src/d1/tables.ts";
import type { Env } from "../../src/env.ts";
import { platform } from "../../src/platform.ts";
import { pushEndpoint, pushNew, pushWritten } from "../../src/reconcile/sync.ts";
import { storedEndpoint } from "../d1/rows.ts";
import { HandClock } from "../hand-clock.ts";

/** Objects that note what they are told, and the log fails if it is told to. */
function recording(calls: string[], log = { fails: false }): Env {
  const namespace = (kind: string) => ({
    getByName: () => ({
      configure: async () => calls.push(`${kind}.configure`),
      subscribe: async ({ version }: { version: number }) => {
        if (log.fails) throw new Error("not there");
        calls.push(`${kind}.subscribe ${version}`);
      },
    }),
  });
  return { ...env, ENDPOINT: namespace("endpoint") as never, EVENT_LOG: namespace("log") as never };
}

const written = async (row: EndpointRow, change: Partial<EndpointRow>) => {
  const changed = await updateEndpoint(env.DB, row, { ...row, ...change }, 1, async () => UNRECORDED);
  if (changed === null) throw new Error("another write came between");
  return changed;
};

const isNoted = async ({ id }: EndpointRow) => (await loadEndpointRow(env.DB, id))?.synced;

it("tells the log nothing of a change that it knows nothing of, once it has the version before", async () => {
  const calls: string[] = [];
  const log = { fails: false };
  const objects = recording(calls, log);
  const first = await storedEndpoint(env.DB, "ws_sync");
  await pushWritten(objects, first, null, platform);
  const second = await written(first, { description: "second" });
  await pushWritten(objects, second, first, platform);
  const third = await written(second, { status: "disabled" });
  await pushWritten(objects, third, second, platform);
  expect(calls.filter((call) => call.startsWith("log"))).toEqual(["log.subscribe 1", "log.subscribe 3"]);
  // The first version is in D1, where the object finds it once something comes to it.
  expect(calls.filter((call) => call.startsWith("endpoint"))).toHaveLength(2);
  log.fails = true;
  const fourth = await written(third, { status: "enabled" });
  await expect(pushWritten(objects, fourth, third, platform)).rejects.toThrow("not there");
  log.fails = false;
  const fifth = await written(fourth, { description: "fifth" });
  await pushWritten(objects, fifth, fourth, platform);
  expect(calls.at(-1)).toBe("log.subscribe 5");
});

it("touches no object of an endpoint that was never changed, where cron tells the log of it either", async () => {
  const calls: string[] = [];
  const row = await storedEndpoint(env.DB, "ws_cron");
  await pushEndpoint(recording(calls), row);
  expect(calls).toEqual(["log.subscribe 1"]);
  expect(await isNoted(row)).toBe(true);
});

it("notes in one write, after the answers, that the objects have taken what was changed, unless it was changed again", async () => {
  const objects = recording([]);
  const rows: EndpointRow[] = [];
  for (let n = 0; n < 3; n++) rows.push(await storedEndpoint(env.DB, "ws_notes"));
  for (const row of rows) await pushWritten(objects, row, null, platform);
  const [first, second, third] = rows as [EndpointRow, EndpointRow, EndpointRow];
  await written(third, { description: "not pushed" });
  expect(await isNoted(first)).toBe(false);
  await vi.waitFor(async () => expect([await isNoted(first), await isNoted(second)]).toEqual([true, true]));
  expect(await isNoted(third)).toBe(false);
});

it.each([
  ["says how many there are", 3],
  ["runs older code, which does not say it", undefined],
])("has all logs take new endpoints in one call each, where the first one %s", async (_case, told) => {
  const calls: string[] = [];
  const log = (name: string) => ({
    subscribeAll: async (entries: unknown[]) => {
      calls.push(`${name} ${entries.length}`);
      return told;
    },
    logCount: async () => 3,
  });
  const objects = { ...env, EVENT_LOG: { getByName: log } as never };
  const rows: EndpointRow[] = [];
  for (let n = 0; n < 4; n++) rows.push(await storedEndpoint(env.DB, "ws_new"));
  await pushNew(objects, rows, platform);
  expect(calls).toEqual([
    "ws_new 4",
    expect.stringMatching(/^ws_new.+ 4$/),
    expect.stringMatching(/^ws_new.+ 4$/),
  ]);
  await vi.waitFor(async () =>
    expect(await Promise.all(rows.map(isNoted))).toEqual([true, true, true, true]),
  );
});

it("is given up after 10 s where an object never answers, be the endpoint new, changed or deleted, one or several", async () => {
  const clock = new HandClock();
  const hand = { nowMs: () => clock.nowMs(), after: clock.after.bind(clock) };
  const hanging = { getByName: () => new Proxy({}, { get: () => () => new Promise<never>(() => {}) }) };
  const objects = { ...env, ENDPOINT: hanging as never, EVENT_LOG: hanging as never };
  const row = await storedEndpoint(env.DB, "ws_hanging");
  const deleted = { ...row, deletedAt: 1 };
  const pushes = [
    pushNew(objects, [row], hand),
    pushNew(objects, [row, await storedEndpoint(env.DB, "ws_hanging")], hand),
    pushWritten(objects, row, null, hand),
    pushWritten(objects, deleted, null, hand),
  ];
  const given = Promise.allSettled(pushes);
  clock.pass(10_000);
  expect((await given).map(({ status }) => status)).toEqual(pushes.map(() => "rejected"));
  expect(await isNoted(row)).toBe(false);
});
