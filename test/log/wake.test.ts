import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ulid } from "../../src/domain/ids.ts";
import { platform } from "../../src/platform.ts";
import { alarmOf, count, found, newLog, publish, restart } from "./rig.ts";

const MINUTE_MS = 60_000;

type Log = ReturnType<typeof newLog>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

describe("a log with work to do", () => {
  it("has an alarm set by the commit itself, and is woken for the archive when all is handed over", async () => {
    const log = newLog();
    await publish(log, {});
    const soon = (await alarmOf(log)) ?? 0;
    expect(soon).toBeGreaterThan(Date.now());
    expect(soon).toBeLessThanOrEqual(Date.now() + MINUTE_MS);
    pass(10_000);
    await runDurableObjectAlarm(log);
    const later = (await alarmOf(log)) ?? 0;
    expect(later).toBeGreaterThan(Date.now() + 9 * MINUTE_MS);
    expect(later).toBeLessThanOrEqual(Date.now() + 10 * MINUTE_MS);
  });

  it("whose alarm was lost goes on when cron wakes it", async () => {
    const log = newLog();
    const [answer] = await publish(log, {});
    pass(11 * MINUTE_MS);
    await runInDurableObject(log, (_instance, { storage }) => storage.deleteAlarm());
    await log.wake();
    expect(await alarmOf(log)).not.toBeNull();
    await runDurableObjectAlarm(log);
    expect(await count(log, "SELECT count(*) FROM segments")).toBe(1);
    expect((await found(log, answer?.id ?? "")).event.data).toBe('{"n":1}');
  });

  it("whose alarm was lost sets another one when anybody calls it, in the same life or in the next one", async () => {
    const log = newLog();
    await publish(log, {});
    const lose = () => runInDurableObject(log, (_instance, { storage }) => storage.deleteAlarm());
    await lose();
    pass(11 * MINUTE_MS);
    await log.logCount();
    expect(await alarmOf(log)).not.toBeNull();
    await lose();
    await restart(log);
    await log.logCount();
    expect(await alarmOf(log)).not.toBeNull();
  });

  it.each([
    ["its alarm rings", (log: Log) => runDurableObjectAlarm(log)],
    ["cron wakes it", (log: Log) => log.wake()],
    ["it gets a place among the open objects", (log: Log) => log.goOn()],
  ])("goes on with a replay over several endpoints that has no job when %s", async (_, wake) => {
    const log = newLog();
    await publish(log, {});
    await runInDurableObject(log, (_instance, { storage }) => {
      storage.sql.exec(
        `INSERT INTO replay_batches (id, state, selection, dry_run, numbers, cursor, last, endpoints, failed, total, done, created_at)
         VALUES ('left', 'running', '{}', 0, NULL, 0, 0, 0, 0, 0, 0, 0)`,
      );
    });
    await wake(log);
    expect(await count(log, "SELECT count(*) FROM replay_batches WHERE state = 'running'")).toBe(0);
  });

  it("has a note in D1 from its first commit on, for cron to find it", async () => {
    const id = `ws_${ulid(Date.now(), platform)}`;
    await env.DB.prepare(
      "INSERT INTO workspaces (id, name, api_version, created_at) VALUES (?, '', '2026-01-15', 0)",
    )
      .bind(id)
      .run();
    const log = env.EVENT_LOG.getByName(id);
    await publish(log, {});
    await vi.waitFor(async () => {
      const row = await env.DB.prepare("SELECT next_due_at FROM workspaces WHERE id = ?").bind(id).first();
      expect(row?.next_due_at).toBeGreaterThan(Date.now());
      expect(row?.next_due_at).toBeLessThanOrEqual(Date.now() + 2 * MINUTE_MS);
    });
  });
});

describe("an erased log", () => {
  it("leaves nothing in R2 nor in its object, and starts empty if it is called again", async () => {
    const log = newLog();
    const [answer] = await publish(log, {});
    pass(11 * MINUTE_MS);
    await runDurableObjectAlarm(log);
    await publish(log, {});
    // The object stops itself at the end, and its caller hears of that as an error.
    const stopped = await log.erase().catch(String);
    expect(stopped).toContain("the workspace was deleted");
    const { objects } = await env.ARCHIVE.list({ prefix: `${log.name}/` });
    expect(objects).toEqual([]);
    const again = env.EVENT_LOG.getByName(log.name ?? "");
    expect(await again.findEvent(answer?.id ?? "")).toEqual({ outcome: "unknown" });
    expect(await again.listEvents({ limit: 10 })).toEqual({ rows: [], next: null });
  });
});

describe("a restart", () => {
  it("at any time keeps every accepted event", async () => {
    const log = newLog();
    const ids: string[] = [];
    for (let life = 0; life < 4; life++) {
      for (const { id } of await publish(log, {}, {})) ids.push(id);
      if (life === 2) {
        pass(11 * MINUTE_MS);
        await runDurableObjectAlarm(log);
      }
      await restart(log);
    }
    for (const id of ids) expect((await found(log, id)).event.id).toBe(id);
    expect(
      await count(log, "SELECT (SELECT sum(events) FROM chunks) + (SELECT count(*) FROM segments)"),
    ).toBe(3);
  });
});
