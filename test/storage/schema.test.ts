import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ulid } from "../../src/domain/ids.ts";
import { LOG_SCHEMA } from "../../src/log/schema.ts";
import { platform } from "../../src/platform.ts";
import { migrate, readMeta, refuseOlderCode, type SchemaStep, writeMeta } from "../../src/storage/schema.ts";

/** Runs a test on the storage of an object of its own, emptied. */
function withStorage(test: (storage: DurableObjectStorage) => void | Promise<void>): Promise<void> {
  const stub = env.EVENT_LOG.getByName(`ws_${ulid(Date.now(), platform)}`);
  return runInDurableObject(stub, async (_instance, { storage }) => {
    for (const { name } of tables(storage)) storage.sql.exec(`DROP TABLE ${name}`);
    await test(storage);
  });
}

function tables(storage: DurableObjectStorage): { name: string }[] {
  return storage.sql
    .exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .toArray();
}

const STEPS: readonly SchemaStep[] = [
  ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"],
  ["ALTER TABLE a ADD COLUMN y"],
  ["UPDATE a SET y = x + 1"],
];

describe("an object's schema", () => {
  it.each([0, 1, 2, 3])("reaches the newest step from step %i, keeping what is stored", (from) =>
    withStorage((storage) => {
      migrate(storage, STEPS.slice(0, from));
      migrate(storage, STEPS);
      expect(storage.sql.exec("SELECT x, y FROM a").toArray()).toEqual([{ x: 1, y: 2 }]);
      expect(readMeta(storage.sql, "schema")).toBe(3);
    }),
  );

  it("runs no step twice", () =>
    withStorage((storage) => {
      migrate(storage, STEPS);
      migrate(storage, STEPS);
      expect(storage.sql.exec("SELECT count(*) AS n FROM a").one().n).toBe(1);
    }));

  it("of a newer code is refused, untouched", () =>
    withStorage((storage) => {
      migrate(storage, STEPS);
      expect(() => migrate(storage, STEPS.slice(0, 2))).toThrow("schema 3 is newer than this code's 2");
      expect(readMeta(storage.sql, "schema")).toBe(3);
    }));

  it("of a newer code is opened where its steps say that older code may read them, and newer code goes on from there", () =>
    withStorage((storage) => {
      const newer: SchemaStep[] = [
        ...STEPS,
        { statements: ["CREATE TABLE c (x)"], olderCodeMayRead: true },
        { statements: ["CREATE TABLE d (x)"], olderCodeMayRead: true },
      ];
      migrate(storage, newer.slice(0, 4));
      migrate(storage, STEPS);
      expect(tables(storage).map(({ name }) => name)).toEqual(["a", "c", "meta"]);
      migrate(storage, newer);
      migrate(storage, newer);
      expect(tables(storage).map(({ name }) => name)).toEqual(["a", "c", "d", "meta"]);
      // Version 0.1 knew this row alone.
      expect(readMeta(storage.sql, "schema")).toBe(STEPS.length);
      const breaking: SchemaStep[] = [...newer, ["DROP TABLE c"]];
      migrate(storage, breaking);
      for (const older of [STEPS, newer]) expect(() => migrate(storage, older)).toThrow("schema 6 is newer");
      expect([readMeta(storage.sql, "schema"), readMeta(storage.sql, "schema_done")]).toEqual([6, null]);
    }));

  it("is refused by older code once what is stored asks for its steps, and opened by newer code that older may read", () =>
    withStorage((storage) => {
      const added = (table: string): SchemaStep => ({
        statements: [`CREATE TABLE ${table} (x)`],
        olderCodeMayRead: true,
      });
      const own: SchemaStep[] = [...STEPS, added("c")];
      const newer: SchemaStep[] = [...own, added("d")];
      migrate(storage, newer);
      migrate(storage, STEPS);
      refuseOlderCode(storage.sql, own);
      refuseOlderCode(storage.sql, own);
      expect(() => migrate(storage, STEPS)).toThrow("schema 4 is newer than this code's 3");
      for (const steps of [own, newer]) migrate(storage, steps);
      expect([readMeta(storage.sql, "schema"), readMeta(storage.sql, "schema_done")]).toEqual([4, 5]);
      refuseOlderCode(storage.sql, newer);
      refuseOlderCode(storage.sql, own);
      expect([readMeta(storage.sql, "schema"), readMeta(storage.sql, "schema_done")]).toEqual([5, null]);
      migrate(storage, newer);
      expect(tables(storage).map(({ name }) => name)).toEqual(["a", "c", "d", "meta"]);
    }));

  it("stays as it was when a step fails, so that the next start tries again", () =>
    withStorage((storage) => {
      migrate(storage, STEPS.slice(0, 1));
      const broken: SchemaStep[] = [
        ...STEPS.slice(0, 1),
        ["CREATE TABLE b (x)", "INSERT INTO nowhere VALUES (1)"],
      ];
      expect(() => migrate(storage, broken)).toThrow();
      expect(readMeta(storage.sql, "schema")).toBe(1);
      expect(tables(storage).map(({ name }) => name)).toEqual(["a", "meta"]);
      migrate(storage, STEPS);
      expect(readMeta(storage.sql, "schema")).toBe(3);
    }));
});

describe("the log's schema", () => {
  it("is the same from each earlier version as from nothing", () =>
    withStorage((storage) => {
      const shape = () =>
        storage.sql
          .exec<{ sql: string }>(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
          )
          .toArray();
      migrate(storage, LOG_SCHEMA);
      const expected = shape();
      for (let from = 1; from < LOG_SCHEMA.length; from++) {
        for (const { name } of tables(storage)) storage.sql.exec(`DROP TABLE ${name}`);
        migrate(storage, LOG_SCHEMA.slice(0, from));
        migrate(storage, LOG_SCHEMA);
        expect(shape()).toEqual(expected);
      }
    }));
});

describe("meta", () => {
  it("keeps the newest value of a key, of each kind", () =>
    withStorage((storage) => {
      migrate(storage, []);
      expect(readMeta(storage.sql, "k")).toBeNull();
      for (const value of [1, "text", 2.5, null]) {
        writeMeta(storage.sql, "k", value);
        expect(readMeta(storage.sql, "k")).toBe(value);
      }
    }));
});
