import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventPage } from "../../../src/domain/messages.ts";
import type { EventLog } from "../../../src/log/event-log.ts";
import { filler } from "../events.ts";
import { listedIds, newLog, publish, restart } from "../rig.ts";

type Log = DurableObjectStub<EventLog>;

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

async function archive(log: Log): Promise<void> {
  pass(11 * MINUTE_MS);
  await runDurableObjectAlarm(log);
}

async function publishMany(log: Log, count: number, type = "deal.created"): Promise<string[]> {
  const events = Array.from({ length: count }, () => ({ type }));
  return (await publish(log, ...events)).map(({ id }) => id);
}

describe("the list of events", () => {
  it("shows the newest first, without their data", async () => {
    const log = newLog();
    await publish(log, { tags: ["a"], context: { k: "v" } });
    await publish(log, { type: "lead.created" });
    const { rows, next } = await log.listEvents({ limit: 10 });
    expect(next).toBeNull();
    expect(rows.map(({ type }) => type)).toEqual(["lead.created", "deal.created"]);
    expect(rows[1]).toMatchObject({ tags: ["a"], context: { k: "v" }, endpoints: 0 });
    expect(rows[1]).not.toHaveProperty("data");
  });

  it("of a context finds it in data too, hot or archived, and looks at a bounded part of data per page", async () => {
    const log = newLog();
    const big = { campaignId: "other", filler: "x".repeat(300_000) };
    await publish(log, { type: "call_started", data: JSON.stringify({ campaignId: "c1" }) });
    await archive(log);
    for (let n = 0; n < 8; n++) await publish(log, { type: "call_started", data: JSON.stringify(big) });
    const context = { campaignId: "c1" };
    let [pages, cursor]: [number, string | undefined] = [0, undefined];
    const found: string[] = [];
    do {
      const page: EventPage = await log.listEvents({ type: "call_started", context, limit: 10, cursor });
      found.push(...page.rows.map(({ type }) => type));
      cursor = page.next ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect(found).toEqual(["call_started"]);
    expect(pages).toBeGreaterThan(1);
  });

  it("of an empty log is empty", async () => {
    expect(await newLog().listEvents({ limit: 10 })).toEqual({ rows: [], next: null });
  });

  it("crosses from hot to archived events, and skips and repeats none while 1,000 are added and archived", async () => {
    const log = newLog();
    const ids: string[] = [];
    for (const count of [120, 80, 100]) {
      ids.push(...(await publishMany(log, count)));
      await archive(log);
    }
    ids.push(...(await publishMany(log, 50)));
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; ; page++) {
      const answer = await log.listEvents({ limit: 40, cursor });
      seen.push(...answer.rows.map(({ id }) => id));
      if (answer.next === null) break;
      cursor = answer.next;
      await publishMany(log, 100);
      // In the middle of it, what was hot moves to R2, and the object starts anew.
      if (page === 1) await archive(log);
      if (page === 4) await restart(log);
      expect(page).toBeLessThan(100);
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it("goes on where a page ended within a group", async () => {
    const log = newLog();
    const ids = await publishMany(log, 7);
    for (const limit of [1, 2, 3, 6, 7, 8]) expect(await listedIds(log, { limit })).toEqual(ids.toReversed());
  });

  it("filters by type and tag, in hot and archived events", async () => {
    const log = newLog();
    const [a] = await publish(log, { type: "deal.created", tags: ["vip"] }, { type: "lead.created" });
    await archive(log);
    const [b] = await publish(log, { type: "deal.created", tags: ["eu", "vip"] }, { tags: ["eu"] });
    expect(await listedIds(log, { tag: "vip" })).toEqual([b?.id, a?.id]);
    expect(await listedIds(log, { type: "lead.created" })).toHaveLength(1);
    expect(await listedIds(log, { type: "deal.created", tag: "vip" })).toEqual([b?.id, a?.id]);
    expect(await listedIds(log, { type: "deal.*", tag: "vip" })).toEqual([b?.id, a?.id]);
    expect(await listedIds(log, { type: "*" })).toHaveLength(4);
    expect(await listedIds(log, { type: "dea.*" })).toEqual([]);
  });

  it("takes times from (and with) one to (and without) another", async () => {
    const log = newLog();
    const times: number[] = [];
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) {
      ids.push(...(await publishMany(log, 1)));
      times.push((await log.listEvents({ limit: 1 })).rows[0]?.acceptedAt ?? 0);
      pass(MINUTE_MS);
    }
    const [first, second, third, fourth] = ids;
    expect(await listedIds(log, { from: times[1], to: times[3] })).toEqual([third, second]);
    expect(await listedIds(log, { from: times[2] })).toEqual([fourth, third]);
    expect(await listedIds(log, { to: times[1] })).toEqual([first]);
    expect(await listedIds(log, { from: (times[3] ?? 0) + 1 })).toEqual([]);
  });

  it("looks at four archive blocks a page, and comes back short with a cursor", async () => {
    const log = newLog();
    const data = `"${filler(200 * 1024)}"`;
    const [rare] = await publish(log, { type: "rare" });
    for (let n = 0; n < 12; n++) await publish(log, { data });
    await archive(log);
    const page = await log.listEvents({ limit: 10, type: "rare" });
    expect(page.rows).toEqual([]);
    expect(page.next).not.toBeNull();
    expect(await listedIds(log, { limit: 10, type: "rare" })).toEqual([rare?.id]);
  });

  it("looks at 10,000 events a page", async () => {
    const log = newLog();
    const [rare] = await publish(log, { type: "rare" });
    for (let n = 0; n < 11; n++) await publishMany(log, 1000);
    const page = await log.listEvents({ limit: 10, type: "rare" });
    expect(page.rows).toEqual([]);
    expect(page.next).not.toBeNull();
    expect(await listedIds(log, { limit: 10, type: "rare" })).toEqual([rare?.id]);
  });
});
