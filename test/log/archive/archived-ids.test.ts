import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EventReader } from "../../../src/log/archive/reader.ts";
import { newLog, publish, restart } from "../rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("reads a batch of archived events' ids by block, not by id", async () => {
  const log = newLog();
  const first = await publish(log, ...Array.from({ length: 200 }, () => ({})));
  vi.setSystemTime(Date.now() + 11 * 60_000);
  await runDurableObjectAlarm(log);
  await restart(log);
  const at = vi.spyOn(EventReader.prototype, "at");
  const many = vi.spyOn(EventReader.prototype, "many");
  expect(await publish(log, ...first.map(({ id }) => ({ id })))).toEqual(first);
  expect([at.mock.calls.length, many.mock.calls.length]).toEqual([0, 1]);
  await runInDurableObject(log, (_instance, { storage }) => {
    expect(storage.sql.exec("SELECT 1 FROM chunks").toArray()).toEqual([]);
  });
});
