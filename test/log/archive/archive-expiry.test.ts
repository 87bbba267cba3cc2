import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, newEvent, ownId } from "../events.ts";
import { count, found, newLog, publish } from "../rig.ts";
import { archive, keysOf, MINUTE_MS, pass, useTestClock } from "./archive-rig.ts";

useTestClock();

describe("after 30 days", () => {
  it("an event is no longer served, and what R2 held is deleted", async () => {
    const log = newLog();
    const [old] = await publish(log, {});
    const own = { id: ownId(Date.now() - HOUR_MS) };
    await publish(log, own);
    await archive(log);
    pass(29 * DAY_MS);
    const [young] = await publish(log, {});
    expect((await found(log, old?.id ?? "")).event.data).toBe('{"n":1}');
    pass(DAY_MS);
    for (const id of [old?.id ?? "", own.id]) expect(await log.findEvent(id)).toEqual({ outcome: "expired" });
    expect((await log.listEvents({ limit: 10 })).rows.map(({ id }) => id)).toEqual([young?.id]);
    await archive(log);
    expect(await keysOf(log)).toHaveLength(1);
    expect(await count(log, "SELECT count(*) FROM far_ids")).toBe(0);
    expect(await log.findEvent(old?.id ?? "")).toEqual({ outcome: "expired" });
    // Nothing is left that tells a publisher's own id from one that nobody had.
    expect(await log.findEvent(own.id)).toEqual({ outcome: "unknown" });
    const events = [newEvent({ id: old?.id })];
    expect(await log.append({ events })).toEqual({ outcome: "id_out_of_range", index: 0 });
  });

  it("a segment stays for as long as one of its events may be read", async () => {
    const log = newLog();
    const [old] = await publish(log, {});
    pass(9 * MINUTE_MS);
    const [young] = await publish(log, {});
    await archive(log);
    pass(30 * DAY_MS - 24 * MINUTE_MS);
    await publish(log, {});
    await archive(log);
    expect(await log.findEvent(old?.id ?? "")).toEqual({ outcome: "expired" });
    expect((await found(log, young?.id ?? "")).event.data).toBe('{"n":1}');
    expect(await keysOf(log)).toHaveLength(2);
  });

  it("a workspace that publishes no more keeps nothing in R2", async () => {
    const log = newLog();
    await publish(log, {});
    await archive(log);
    // First the hand-over's safety net rings, then the expiry.
    pass(30 * DAY_MS + HOUR_MS);
    await runDurableObjectAlarm(log);
    expect(await keysOf(log)).toEqual([]);
    expect(await count(log, "SELECT count(*) FROM segments")).toBe(0);
  });

  it("R2's own rule may have deleted it first: it is expired, not an error", async () => {
    const log = newLog();
    const [old] = await publish(log, { id: ownId() });
    await publish(log, {});
    await archive(log);
    const [made] = (await log.listEvents({ limit: 1 })).rows;
    for (const key of await keysOf(log)) await env.ARCHIVE.delete(`${log.name}/${key}`);
    pass(30 * DAY_MS);
    for (const id of [old?.id ?? "", made?.id ?? ""])
      expect(await log.findEvent(id)).toEqual({ outcome: "expired" });
  });

  it("what a lagging endpoint has yet to take stays", async () => {
    const log = newLog();
    await publish(log, {});
    await archive(log);
    await runInDurableObject(log, (_instance, { storage }) => {
      storage.sql.exec("INSERT INTO lagging (number, position) VALUES (1, 5)");
    });
    pass(30 * DAY_MS + HOUR_MS);
    await runDurableObjectAlarm(log);
    expect(await keysOf(log)).toHaveLength(1);
    await runInDurableObject(log, (_instance, { storage }) => {
      storage.sql.exec("DELETE FROM lagging");
    });
    pass(HOUR_MS);
    await runDurableObjectAlarm(log);
    expect(await keysOf(log)).toEqual([]);
  });
});
