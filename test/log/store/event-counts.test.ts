import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, it } from "vitest";
import { archive, pass, useTestClock } from "../archive/archive-rig.ts";
import { DAY_MS, HOUR_MS, newEvent, ownId } from "../events.ts";
import { count, newLog, publish, restart, subscribe } from "../rig.ts";

useTestClock();

it("what a log accepted, and what was missed, is counted across restarts, the archive, and the last segment's end", async () => {
  const log = newLog();
  const counts = async () => {
    const { acceptedEvents, missedEvents } = await log.metrics();
    return [acceptedEvents, missedEvents];
  };
  for (const name of ["a", "b"])
    await subscribe(log, `ep_${name}`, { types: ["deal.*"] }, { disabled: true });
  await publish(log, {}, { type: "other" });
  const own = { id: ownId() };
  await Promise.all([publish(log, own), publish(log, {}, {})]);
  await publish(log, own);
  expect(await counts()).toEqual([5, 8]);
  await restart(log);
  expect(await counts()).toEqual([5, 8]);
  await archive(log);
  await restart(log);
  expect(await counts()).toEqual([5, 8]);
  await publish(log, {});
  await restart(log);
  expect(await counts()).toEqual([6, 10]);
  await archive(log);
  pass(30 * DAY_MS + HOUR_MS);
  await runDurableObjectAlarm(log);
  expect(await count(log, "SELECT count(*) FROM segments")).toBe(0);
  await restart(log);
  expect(await counts()).toEqual([6, 10]);
  await publish(log, {});
  expect(await counts()).toEqual([7, 12]);
});

it("what a log refuses is not counted", async () => {
  const log = newLog();
  const own = ownId();
  await publish(log, { id: own });
  const events = [newEvent(), newEvent({ id: own, data: '{"other":1}' })];
  expect((await log.append({ events })).outcome).toBe("conflict");
  expect((await log.metrics()).acceptedEvents).toBe(1);
});

it("counting costs no row: a group's chunk is all that is written", async () => {
  const log = newLog();
  await publish(log, {});
  const own = "SELECT count(*) FROM meta WHERE key = 'event_counts'";
  expect([await count(log, "SELECT count(*) FROM chunks"), await count(log, own)]).toEqual([1, 0]);
  await archive(log);
  expect(await count(log, own)).toBe(0);
});
