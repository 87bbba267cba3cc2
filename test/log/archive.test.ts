import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IdSeed } from "../../src/domain/ids.ts";
import { Archive } from "../../src/log/archive.ts";
import type { EventLog } from "../../src/log/event-log.ts";
import {
  count,
  DAY_MS,
  filler,
  found,
  HOUR_MS,
  newEvent,
  newLog,
  ownId,
  publish,
  restart,
  subscribe,
} from "./rig.ts";

type Log = DurableObjectStub<EventLog>;

const MINUTE_MS = 60_000;

/** The log's clock is the test's; its alarms, set for later than the real clock shows, ring by hand. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/** Lets the open segment become old enough, and the alarm write it. */
async function archive(log: Log): Promise<void> {
  pass(11 * MINUTE_MS);
  await runDurableObjectAlarm(log);
  expect(await count(log, "SELECT count(*) FROM chunks")).toBe(0);
}

/** Keys in R2 without their workspace. */
async function keysOf(log: Log): Promise<string[]> {
  const { objects } = await env.ARCHIVE.list({ prefix: `${log.name}/` });
  return objects.map(({ key }) => key.slice((log.name ?? "").length + 1));
}

describe("an archived event", () => {
  it("is found by id, whoever made it and whenever, byte for byte", async () => {
    const log = newLog();
    const now = Date.now();
    const data = ['{"名":"☃ \\u00e9 é 𝄞","n":12345678901234567890.10}', '{ "b" : 1,\n\t"a":1e3}', "{}"];
    const ids: string[] = [];
    for (const [n, id] of [undefined, ownId(now), ownId(now - 23 * HOUR_MS)].entries()) {
      const [answer] = await publish(log, { id, data: data[n] });
      ids.push(answer?.id ?? "");
    }
    await archive(log);
    await restart(log);
    for (const [n, id] of ids.entries()) expect((await found(log, id)).event.data).toBe(data[n]);
    expect(await log.findEvent(ownId(now))).toEqual({ outcome: "unknown" });
  });

  it("of 1 MiB comes back whole, wherever it lies among small ones", async () => {
    const log = newLog();
    const large = `"${"é".repeat(512 * 1024 - 10)}"`;
    const answers = await publish(log, { data: "1" }, { data: large }, { data: "2" }, { data: large });
    await archive(log);
    const texts = [];
    for (const { id } of answers) texts.push((await found(log, id)).event.data);
    expect(texts).toEqual(["1", large, "2", large]);
  });

  it("keeps everything else too: match, missed, tags, context, created", async () => {
    const log = newLog();
    await subscribe(log, "ep_taken");
    await subscribe(log, "ep_off", {}, { disabled: true });
    const given = { created: 1_700_000_000, tags: ["a"], context: { k: "v" }, apiVersion: "2025-01-01" };
    const [answer] = await publish(log, { ...given, sent: all() });
    const hot = await found(log, answer?.id ?? "");
    await archive(log);
    expect(await found(log, answer?.id ?? "")).toEqual(hot);
    expect(hot).toMatchObject({
      event: given,
      matched: 1,
      endpoints: [
        { id: "ep_taken", deleted: false, missed: false },
        { id: "ep_off", deleted: false, missed: true },
      ],
    });
  });

  it("is still known to be the same when it is sent again", async () => {
    const log = newLog();
    const own = { id: ownId() };
    const far = { id: ownId(Date.now() - HOUR_MS) };
    const [made] = await publish(log, {});
    const first = [made, ...(await publish(log, own, far))];
    await archive(log);
    await restart(log);
    expect(await publish(log, { id: made?.id }, own, far)).toEqual(first);
    for (const id of [made?.id, own.id, far.id]) {
      const events = [newEvent({ id, data: '{"other":1}' })];
      expect(await log.append({ events })).toEqual({ outcome: "conflict", index: 0 });
    }
    pass(22 * HOUR_MS);
    expect(await publish(log, { id: made?.id }, own, far)).toEqual(first);
  });
});

describe("a segment", () => {
  it("is closed at 4 MiB, without waiting for its ten minutes", async () => {
    const log = newLog();
    const data = `"${filler(1_000_000)}"`;
    const answers = [];
    for (let n = 0; n < 9; n++) answers.push(...(await publish(log, { data })));
    await runDurableObjectAlarm(log);
    const keys = await keysOf(log);
    expect(keys.length).toBeGreaterThanOrEqual(1);
    expect(await count(log, "SELECT sum(bytes) FROM chunks")).toBeLessThan(4 * 1024 * 1024);
    for (const { id } of answers) expect((await found(log, id)).event.data).toBe(data);
  });

  it("is named by its first and last position, and listed whole", async () => {
    const log = newLog();
    await publish(log, {}, {});
    const first = await count(log, "SELECT min(first) FROM chunks");
    await publish(log, {});
    const last = await count(log, "SELECT max(last) FROM chunks");
    await archive(log);
    expect(await keysOf(log)).toEqual([`${first}-${last}`]);
    expect((await log.metrics()).unarchivedEvents).toBe(0);
    expect((await log.metrics()).hotBytes).toBe(0);
  });

  it("holds blocks that name the endpoints they concern", async () => {
    const log = newLog();
    await subscribe(log, "ep_1", { types: ["deal.*"] });
    await publish(log, {}, { type: "lead.created" });
    await archive(log);
    const directory = await runInDurableObject(log, (_instance, { storage }) =>
      JSON.parse(storage.sql.exec<{ directory: string }>("SELECT directory FROM segments").one().directory),
    );
    expect(directory).toMatchObject([{ endpoints: [1], offset: 0 }]);
  });
});

describe("a crash while archiving", () => {
  const seed: IdSeed = [1, 2, 3];

  /** An archive of its own over the log's storage, with a bucket in the test's hands. */
  async function withArchive(
    log: Log,
    put: (key: string, body: Uint8Array) => Promise<void>,
    test: (archive: Archive, sql: SqlStorage) => Promise<void>,
  ): Promise<void> {
    await runInDurableObject(log, async (_instance, { storage }) => {
      const bucket = { put, get: env.ARCHIVE.get, delete: async () => {} };
      const archive = new Archive({
        storage,
        bucket: bucket as unknown as R2Bucket,
        seed,
        now: Date.now,
        workspaceId: () => "ws",
        releaseUpTo: () => {},
        keepHandedOver: () => {},
        archiveAfterMs: MINUTE_MS,
      });
      await test(archive, storage.sql);
    });
  }

  it("between put and commit puts the same segment again, though more was accepted meanwhile", async () => {
    const log = newLog();
    await publish(log, {});
    pass(2 * MINUTE_MS);
    const puts: string[] = [];
    const dies = async (key: string) => {
      puts.push(key);
      throw new Error("the process died");
    };
    await withArchive(log, dies, async (archive) => {
      await expect(archive.run()).rejects.toThrow("died");
    });
    await publish(log, { data: "2" });
    pass(2 * MINUTE_MS);
    const takes = async (key: string) => {
      puts.push(key);
    };
    await withArchive(log, takes, async (archive, sql) => {
      await archive.run();
      expect(puts).toHaveLength(3);
      expect(puts[1]).toBe(puts[0]);
      expect(puts[2]).not.toBe(puts[0]);
      expect(sql.exec("SELECT count(*) AS n FROM segments").one().n).toBe(2);
      expect(sql.exec("SELECT count(*) AS n FROM chunks").one().n).toBe(0);
    });
  });

  it("leaves the events in SQLite until the put is confirmed", async () => {
    const log = newLog();
    await publish(log, {});
    pass(2 * MINUTE_MS);
    const seen: number[] = [];
    let look = () => {};
    await withArchive(
      log,
      async () => look(),
      async (archive, sql) => {
        look = () => seen.push(Number(sql.exec("SELECT count(*) AS n FROM chunks").one().n));
        await archive.run();
        look();
      },
    );
    expect(seen).toEqual([1, 0]);
  });

  it("or R2 away: it is tried again later, not at once, and accepting goes on", async () => {
    const log = newLog();
    await publish(log, {});
    pass(2 * MINUTE_MS);
    let puts = 0;
    const away = async () => {
      puts++;
      throw new Error("R2 is away");
    };
    await withArchive(log, away, async (archive) => {
      await expect(archive.run()).rejects.toThrow("away");
      expect(archive.isDue).toBe(false);
      expect(archive.dueAt()).toBeGreaterThan(Date.now());
      await archive.run();
      expect(puts).toBe(1);
      pass(MINUTE_MS);
      expect(archive.isDue).toBe(true);
    });
    expect(await publish(log, {})).toHaveLength(1);
  });

  it("a run ends after 10 s, and what is left is due at once", async () => {
    const log = newLog();
    const slow = async () => pass(11_000);
    await publish(log, {});
    await withArchive(log, slow, async (archive, sql) => {
      for (let n = 1; n <= 12; n++) {
        sql.exec(
          "INSERT INTO chunks SELECT first + ?, last + ?, events, 2000000, handed_over, body FROM chunks ORDER BY first LIMIT 1",
          n * 1024,
          n * 1024,
        );
      }
      archive.committed(1, 12, 24_000_000);
      await archive.run();
      expect(sql.exec("SELECT count(*) AS n FROM segments").one().n).toBe(1);
      expect(archive.isDue).toBe(true);
    });
  });
});

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
    for (const id of [old?.id ?? "", own.id]) expect(await log.findEvent(id)).toEqual({ outcome: "expired" });
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

function all() {
  return { created: true, apiVersion: true, tags: true, context: true };
}
