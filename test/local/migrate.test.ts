import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, it } from "vitest";
import { d1File, migrate } from "../../src/local/migrate.ts";

const NAME = "atlas-webhooks";

/** How workerd names the file of this database; a directory that another start wrote has it so. */
const FILE =
  "d1/miniflare-D1DatabaseObject/fc78e441a0fe53bb142d3c695423500f53ceb00fcc2a2b1c8bcefb21a3d9796b.sqlite";

const wrangler = {
  name: "small",
  compatibilityDate: "2026-10-01",
  compatibilityFlags: [],
  crons: [],
  databases: [{ binding: "DB", name: NAME }],
  buckets: [],
  objects: [],
};

let root: string;
const state = () => join(root, "state");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "atlas-migrate-"));
  for (const folder of ["migrations", "state"]) mkdirSync(join(root, folder));
  return () => rmSync(root, { recursive: true });
});

const add = (name: string, sql: string) => writeFileSync(join(root, "migrations", name), sql);

/** What a database answers to a query. */
function read(sql: string): unknown[] {
  const database = new DatabaseSync(join(state(), FILE));
  const rows = database.prepare(sql).all();
  database.close();
  return rows.map((row) => Object.values(row)[0]);
}

it("finds the database where workerd keeps it", () => {
  expect(d1File("/state", NAME)).toBe(join("/state", FILE));
});

it("applies each migration once and in order, with its note in wrangler's table", () => {
  add("0001_a.sql", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);");
  migrate(root, wrangler, state());
  add("0002_b.sql", "UPDATE a SET x = x + 1; -->statement-breakpoint\nCREATE TABLE b (x);");
  migrate(root, wrangler, state());
  migrate(root, wrangler, state());
  expect(read("SELECT x FROM a")).toEqual([2]);
  expect(read("SELECT name FROM d1_migrations ORDER BY id")).toEqual(["0001_a.sql", "0002_b.sql"]);
});

it("leaves nothing of a migration that fails, and applies it at the next start", () => {
  add("0001_a.sql", "CREATE TABLE a (x); INSERT INTO nowhere VALUES (1);");
  expect(() => migrate(root, wrangler, state())).toThrow("no such table: nowhere");
  expect(existsSync(join(state(), "last-migration"))).toBe(false);
  expect(read("SELECT name FROM sqlite_master WHERE name = 'a'")).toEqual([]);
  add("0001_a.sql", "CREATE TABLE a (x);");
  migrate(root, wrangler, state());
  expect(read("SELECT name FROM d1_migrations")).toEqual(["0001_a.sql"]);
});
