import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, sourceFiles } from "./source.ts";

/** Who asks which table of D1: one file, or one of those that begin with the name of what it holds. */
const OWNERS = {
  workspaces: /^workspace(s|-logs)\.ts$/,
  logs: /^workspace-logs\.ts$/,
  api_keys: /^keys\.ts$/,
  endpoints: /^endpoint[a-z-]*\.ts$/,
  event_types: /^event-types\.ts$/,
  inboxes: /^inboxes\.ts$/,
  audit_entries: /^audit\.ts$/,
  idempotent_answers: /^answers\.ts$/,
};

/** A query that reads two tables at once, since a request waits for it: its file, and the other's table. */
const JOINS = ["keys.ts asks workspaces"];

const codeOf = (source: string) => source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

/** Whether SQL of some source asks a table, or changes it. */
function namesInSql(source: string, table: string): boolean {
  return new RegExp(`\\b(?:FROM|INTO|UPDATE|JOIN)\\s+${table}\\b`).test(codeOf(source));
}

/** What stands in a file of d1/ of a table: its name within SQL, or its object in Drizzle. */
function asks(source: string, table: string): boolean {
  const object = table.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const imported = new RegExp(
    `^import \\{[^}]*(?<!type )\\b${object}\\b[^}]*\\} from "\\./tables\\.ts"`,
    "m",
  );
  return namesInSql(source, table) || imported.test(codeOf(source));
}

const files = sourceFiles("src/d1").map((file) => relative(`${ROOT}/src/d1`, file));

it("D1 is asked by src/d1 alone", () => {
  const asking = sourceFiles("src").filter((file) => readFileSync(file, "utf8").includes('"drizzle-orm'));
  expect(asking.length).toBeGreaterThan(10);
  expect(asking.map((file) => relative(ROOT, file)).filter((file) => !file.startsWith("src/d1/"))).toEqual(
    [],
  );
});

it("each table of D1 has one owner", () => {
  const strangers = Object.entries(OWNERS).flatMap(([table, owner]) => {
    const asking = files.filter(
      (file) => file !== "tables.ts" && asks(readFileSync(`${ROOT}/src/d1/${file}`, "utf8"), table),
    );
    expect(asking.filter((file) => owner.test(file))).not.toEqual([]);
    return asking.filter((file) => !owner.test(file)).map((file) => `${file} asks ${table}`);
  });
  expect(strangers).toEqual(JOINS);
});

it("each table of D1 is named among the owners", () => {
  const made = [...readFileSync(`${ROOT}/src/d1/tables.ts`, "utf8").matchAll(/sqliteTable\(\s*"(\w+)"/g)];
  expect(made.map(([, table]) => table).toSorted()).toEqual(Object.keys(OWNERS).toSorted());
});

it("a column of JSON has a shape, or holds what only the reader of its shape takes", () => {
  const source = readFileSync(`${ROOT}/src/d1/tables.ts`, "utf8");
  const columns = [...source.matchAll(/mode: "json" \}\)(\.\$type<\w+)?/g)].map(([, type]) => type ?? "none");
  expect(columns.length).toBeGreaterThan(0);
  expect(columns.filter((type) => !type.startsWith(".$type<Stored"))).toEqual([]);
});

/** Which files of delivery/tables hold the statements on which table of an Endpoint object. */
const STATEMENTS_ON = {
  deliveries: /^(deliveries|[a-z]+-deliveries|delivery-changes)\.ts$/,
  runs: /^runs\.ts$/,
  replays: /^replays\.ts$/,
  order_keys: /^order-keys\.ts$/,
  logs: /^logs\.ts$/,
  spans: /^spans\.ts$/,
  stats: /^stats\.ts$/,
  leases: /^leases\.ts$/,
};

/** Statements on two tables: their file, and the table that is another's. */
const JOINED_STATEMENTS = ["newest.ts asks deliveries", "replays.ts asks deliveries", "newest.ts asks runs"];

describe("the tables of an Endpoint object", () => {
  const inDelivery = sourceFiles("src/delivery").map((file) => relative(`${ROOT}/src/delivery`, file));
  const sourceOf = (file: string) => readFileSync(`${ROOT}/src/delivery/${file}`, "utf8");
  const isStatements = (file: string) => file.startsWith("tables/");

  it("are asked by delivery/tables alone", () => {
    const isSql = (source: string) =>
      /#?\bsql(\(\))?\s*\.exec\b/.test(source) ||
      /["`]\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|WITH)\s/.test(source);
    const asking = inDelivery.filter((file) => isSql(codeOf(sourceOf(file))));
    expect(asking.filter(isStatements).length).toBeGreaterThan(5);
    // The steps that make the tables.
    expect(asking.filter((file) => !isStatements(file))).toEqual(["schema.ts"]);
  });

  it("have one file of named statements each, or a few that begin or end with the table's name", () => {
    const strangers = Object.entries(STATEMENTS_ON).flatMap(([table, owner]) => {
      const asking = sourceFiles("src")
        .filter((file) => !file.endsWith("/delivery/schema.ts"))
        .filter((file) => namesInSql(readFileSync(file, "utf8"), table))
        .map((file) => relative(`${ROOT}/src/delivery/tables`, file));
      expect(asking.filter((file) => owner.test(file))).not.toEqual([]);
      return asking.filter((file) => !owner.test(file)).map((file) => `${file} asks ${table}`);
    });
    expect(strangers).toEqual(JOINED_STATEMENTS);
  });

  it("are named here, all of them but those that objects share", () => {
    const made = inDelivery.flatMap((file) =>
      [...sourceOf(file).matchAll(/["`]CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, table]) => table),
    );
    expect(made.toSorted()).toEqual(Object.keys(STATEMENTS_ON).toSorted());
  });
});
