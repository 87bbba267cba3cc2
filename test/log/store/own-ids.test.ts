import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { positionAt } from "../../../src/domain/ids.ts";
import { OwnIds } from "../../../src/log/store/own-ids.ts";

const DAY_MS = 24 * 3600 * 1000;
const START = Date.UTC(2026, 2, 1);

/** The table of a log of its own. */
function withOwnIds(test: (sql: SqlStorage) => void): Promise<void> {
  const stub = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(stub, (_instance, state) => test(state.storage.sql));
}

const known = (id: string, atMs: number, n = 0) => ({
  ...{ id, position: positionAt(atMs) + n, digest: new Uint8Array([1, 2, 3]), created: 5, endpoints: 2 },
});

const rows = (sql: SqlStorage) => sql.exec<{ n: number }>("SELECT count(*) AS n FROM own_ids").one().n;

describe("publishers' own ids", () => {
  it("name their newest event, and the same one again for 24 hours", () =>
    withOwnIds((sql) => {
      const ids = new OwnIds(sql);
      ids.insert([known("a", START), known("b", START, 1)]);
      ids.insert([known("a", START + 2 * DAY_MS)]);
      const now = START + 2 * DAY_MS + 1000;
      expect(ids.find("a", now)).toEqual({
        ...{
          position: positionAt(START + 2 * DAY_MS),
          digest: new Uint8Array([1, 2, 3]),
          created: 5,
          endpoints: 2,
        },
      });
      expect(ids.find("b", now)?.position).toBe(positionAt(START) + 1);
      expect(ids.findRecent("b", now)).toBeNull();
      expect(ids.findRecent("a", now)).not.toBeNull();
      expect(ids.find("c", now)).toBeNull();
      // A clock that was set back.
      expect(ids.findRecent("a", START)).not.toBeNull();
    }));

  it("leave two days after their events, a bounded number at a time", () =>
    withOwnIds((sql) => {
      const ids = new OwnIds(sql);
      ids.insert(Array.from({ length: 10 }, (_, n) => known(`old-${n}`, START, n)));
      ids.insert([known("new", START + 20 * DAY_MS)]);
      ids.prune(START + 32 * DAY_MS, 4);
      expect(rows(sql)).toBe(11);
      for (const left of [7, 3, 1, 1]) {
        ids.prune(START + 33 * DAY_MS, 4);
        expect(rows(sql)).toBe(left);
      }
      expect(ids.find("new", START + 33 * DAY_MS)).not.toBeNull();
    }));

  it("leave earlier where they are too many, but never those that deduplicate", () =>
    withOwnIds((sql) => {
      const ids = new OwnIds(sql, 3);
      for (let day = 0; day < 5; day++)
        ids.insert([known(`${day}a`, START + day * DAY_MS), known(`${day}b`, START + day * DAY_MS, 1)]);
      const now = START + 4 * DAY_MS;
      for (let n = 0; n < 10; n++) ids.prune(now, 1);
      expect(rows(sql)).toBe(4);
      expect(ids.find("2a", now)).toBeNull();
      expect(ids.find("3a", now)).not.toBeNull();
    }));
});
