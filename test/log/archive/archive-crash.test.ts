import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { objectEnv } from "../../../src/d1/patient-database.ts";
import { Deadlines } from "../../../src/deadlines.ts";
import { type IdSeed, positionAt } from "../../../src/domain/ids.ts";
import { Slots } from "../../../src/domain/slots.ts";
import { Archive } from "../../../src/log/archive/archive.ts";
import type { EventLog } from "../../../src/log/event-log.ts";
import { encodeRuns } from "../../../src/log/store/chunk.ts";
import { platform } from "../../../src/platform.ts";
import { HandClock } from "../../hand-clock.ts";
import { filler, loggedEvent } from "../events.ts";
import { newLog, publish } from "../rig.ts";
import { MINUTE_MS, pass, useTestClock } from "./archive-rig.ts";

type Log = DurableObjectStub<EventLog>;

useTestClock();

const seed: IdSeed = [1, 2, 3];

/** An archive of its own over the log's storage, with a bucket in the test's hands. */
async function withArchive(
  log: Log,
  put: (key: string, body: Uint8Array) => Promise<void>,
  test: (archive: Archive, sql: SqlStorage) => Promise<void>,
  kept: (key: string) => Promise<void> = async () => {},
  clock = new HandClock(),
): Promise<void> {
  await runInDurableObject(log, async (_instance, { storage }) => {
    const bucket = { put, get: env.ARCHIVE.get, delete: async () => {} };
    const archive = new Archive({
      storage,
      bucket: objectEnv({ ...env, ARCHIVE: bucket as unknown as R2Bucket }, new Slots(1), clock).ARCHIVE,
      keepOnDisk: kept,
      seed,
      nowMs: Date.now,
      // Pauses between pieces of work end by themselves.
      timers: platform,
      deadlines: new Deadlines(clock),
      logId: () => "ws",
      releaseUpTo: () => {},
      keepHandedOver: () => {},
      counts: () => ({ accepted: 0, missed: 0 }),
      archiveAfterMs: MINUTE_MS,
    });
    await test(archive, storage.sql);
  });
}

describe("a crash while archiving", () => {
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

  it("prunes only what outlives a power cut: one right after the put, or right after the pruning, loses nothing", async () => {
    const log = newLog();
    await publish(log, {});
    pass(2 * MINUTE_MS);
    const written = new Set<string>();
    const onDisk = new Set<string>();
    let canSync = false;
    const put = async (key: string) => {
      written.add(key);
    };
    const sync = async (key: string) => {
      if (!canSync) throw new Error("the disk does not answer");
      if (written.has(key)) onDisk.add(key);
    };
    const test = async (archive: Archive, sql: SqlStorage) => {
      const chunks = () => sql.exec("SELECT count(*) AS n FROM chunks").one().n;
      await expect(archive.run()).rejects.toThrow("does not answer");
      expect([written.size, onDisk.size, chunks()]).toEqual([1, 0, 1]);
      // A power cut: what was written is gone, the events are not.
      written.clear();
      canSync = true;
      pass(MINUTE_MS);
      await archive.run();
      expect(chunks()).toBe(0);
      const kept = sql
        .exec<{ first: number; last: number }>("SELECT first, last FROM segments")
        .toArray()
        .map(({ first, last }) => `ws/${first}-${last}`);
      expect([...onDisk]).toEqual(kept);
    };
    await withArchive(log, put, test, sync);
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

  it.each(["R2", "the disk"])(
    "or %s without an answer: it is given up after a minute, and then tried again",
    async (silent) => {
      const log = newLog();
      await publish(log, {});
      pass(2 * MINUTE_MS);
      const clock = new HandClock();
      let asked = 0;
      const neverAtFirst = () => (asked++ === 0 ? new Promise<void>(() => {}) : Promise.resolve());
      const answers = async () => {};
      const [put, kept] = silent === "R2" ? [neverAtFirst, answers] : [answers, neverAtFirst];
      const test = async (archive: Archive, sql: SqlStorage) => {
        const first = expect(archive.run()).rejects.toThrow("no answer within 60000 ms");
        await vi.waitFor(() => expect(asked).toBe(1));
        clock.pass(60_000);
        await first;
        expect([archive.isRunning, archive.isDue]).toEqual([false, false]);
        pass(MINUTE_MS);
        await archive.run();
        expect([asked, sql.exec("SELECT count(*) AS n FROM chunks").one().n]).toEqual([2, 0]);
      };
      await withArchive(log, put, test, kept, clock);
    },
  );

  it("a run ends after 10 s, and what is left is due at once", async () => {
    const log = newLog();
    const slow = async () => pass(11_000);
    await publish(log, {});
    await withArchive(log, slow, async (archive, sql) => {
      for (let n = 1; n <= 12; n++) {
        sql.exec(
          "INSERT INTO chunks (first, last, events, bytes, handed_over, body) SELECT first + ?, last + ?, events, 2000000, handed_over, body FROM chunks ORDER BY first LIMIT 1",
          n * 1024,
          n * 1024,
        );
      }
      archive.noteCommitted(1, 12, 24_000_000);
      await archive.run();
      expect(sql.exec("SELECT count(*) AS n FROM segments").one().n).toBe(1);
      expect(archive.isDue).toBe(true);
    });
  });
});

describe("a life that begins with more hot events than a segment holds", () => {
  /** Four are less than a segment, and with what the database takes beside them more than one. */
  const EVENT_CHARACTERS = 1_040_000;

  /** Stores events that were accepted just now, one to a chunk. */
  function store(sql: SqlStorage, events: number): void {
    for (let n = 0; n < events; n++) {
      const event = loggedEvent(0, {
        position: positionAt(Date.now()) + n,
        data: `"${filler(EVENT_CHARACTERS)}"`,
      });
      for (const { bytes } of encodeRuns([event], EVENT_CHARACTERS, 2 * EVENT_CHARACTERS))
        sql.exec(
          "INSERT INTO chunks (first, last, events, bytes, handed_over, body) VALUES (?, ?, 1, ?, 0, ?)",
          ...[event.position, event.position, bytes.length, bytes],
        );
    }
  }

  it("writes them at once, whatever their age, and no more than is too much", async () => {
    const log = newLog();
    await runInDurableObject(log, (_instance, { storage }) => store(storage.sql, 9));
    const puts: string[] = [];
    const put = async (key: string) => {
      puts.push(key);
    };
    const chunks = (sql: SqlStorage) => sql.exec("SELECT count(*) AS n FROM chunks").one().n;
    await withArchive(log, put, async (archive, sql) => {
      expect([archive.isDue, archive.dueAt(), archive.hotEvents]).toEqual([true, Date.now(), 9]);
      await archive.run();
      expect([puts.length, chunks(sql), archive.isDue]).toEqual([1, 4, false]);
    });
    // The next life finds a database as large as a segment, and less than one in it.
    await withArchive(log, put, async (archive, sql) => {
      expect(sql.databaseSize).toBeGreaterThan(4 * 1024 * 1024);
      expect([archive.isDue, archive.dueAt()]).toEqual([false, Date.now() + MINUTE_MS]);
      pass(MINUTE_MS);
      await archive.run();
      expect([puts.length, chunks(sql)]).toEqual([2, 0]);
    });
  });
});
