import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { ulid } from "../../src/domain/ids.ts";
import { platform } from "../../src/platform.ts";
import { migrate, readMeta, type SchemaStep, writeMeta } from "../../src/storage/schema.ts";
import { tablesOf } from "../../src/storage/unmade-tables.ts";

const STEPS: readonly SchemaStep[] = [["CREATE TABLE a (x)"], ["ALTER TABLE a ADD COLUMN y"]];

/** Runs a test on the storage of an endpoint's object that nothing came to. */
function withStorage(test: (storage: DurableObjectStorage) => void): Promise<void> {
  const stub = env.ENDPOINT.getByName(`ep_${ulid(Date.now(), platform)}`);
  return runInDurableObject(stub, (_instance, { storage }) => test(storage));
}

const names = ({ sql }: DurableObjectStorage) =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'")
    .toArray()
    .map(({ name }) => name);

it("an object that was opened, and nothing more, has no tables", () =>
  withStorage((storage) => {
    expect(names(storage)).toEqual([]);
  }));

it("tables that are not made have no rows, and what would change some makes none", () =>
  withStorage((storage) => {
    const tables = tablesOf(storage, STEPS, () => true);
    const { sql } = tables;
    expect(sql.exec("SELECT x FROM a").toArray()).toEqual([]);
    expect(sql.exec("\n  SELECT count(*) AS n FROM a").toArray()).toEqual([]);
    expect([...sql.exec("SELECT x FROM a WHERE x = ?", 1)]).toEqual([]);
    expect(() => sql.exec("SELECT x FROM a").one()).toThrow("exactly one");
    expect(readMeta(sql, "anything")).toBeNull();
    sql.exec("UPDATE a SET x = 1");
    sql.exec("DELETE FROM a");
    expect(names(storage)).toEqual([]);
    expect(tables.areMade).toBe(false);
  }));

it("the first insert makes the tables, in its own transaction", () =>
  withStorage((storage) => {
    const lost = tablesOf(storage, STEPS, () => true);
    const fails = () =>
      storage.transactionSync(() => {
        writeMeta(lost.sql, "anything", 1);
        throw new Error("it fails");
      });
    expect(fails).toThrow("it fails");
    expect(names(storage)).toEqual([]);
    const tables = tablesOf(storage, STEPS, () => true);
    expect(tables.areMade).toBe(false);
    storage.transactionSync(() => tables.sql.exec("INSERT INTO a (x, y) VALUES (?, ?)", 1, 2));
    expect(tables.areMade).toBe(true);
    expect(tables.sql.exec("SELECT x, y FROM a").one()).toEqual({ x: 1, y: 2 });
    expect(readMeta(storage.sql, "schema")).toBe(STEPS.length);
  }));

it("tables that an earlier version made are brought up to the newest step at once", () =>
  withStorage((storage) => {
    migrate(storage, STEPS.slice(0, 1));
    storage.sql.exec("INSERT INTO a (x) VALUES (1)");
    const tables = tablesOf(storage, STEPS, () => true);
    expect(tables.areMade).toBe(true);
    expect(tables.sql.exec("SELECT x, y FROM a").one()).toEqual({ x: 1, y: null });
  }));

it("what is erased makes none", () =>
  withStorage((storage) => {
    const { sql } = tablesOf(storage, STEPS, () => false);
    expect(() => writeMeta(sql, "anything", 1)).toThrow("erased");
    expect(names(storage)).toEqual([]);
  }));
