import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, it } from "vitest";
import { ROOT, sourceFiles } from "./source.ts";

/** Who asks which table of D1: one file, or one of those that begin with the name of what it holds. */
const OWNERS = {
  workspaces: /^workspaces\.ts$/,
  api_keys: /^keys\.ts$/,
  endpoints: /^endpoint[a-z-]*\.ts$/,
  event_types: /^event-types\.ts$/,
  inboxes: /^inboxes\.ts$/,
  audit_entries: /^audit\.ts$/,
  idempotent_answers: /^answers\.ts$/,
};

/** A query that reads two tables at once, since a request waits for it: its file, and the other's table. */
const JOINS = ["keys.ts asks workspaces"];

/** What stands in a file of d1/ of a table: its name within SQL, or its object in Drizzle. */
function asks(source: string, table: string): boolean {
  const object = table.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const inText = new RegExp(`\\b(?:FROM|INTO|UPDATE|JOIN) ${table}\\b`);
  const imported = new RegExp(
    `^import \\{[^}]*(?<!type )\\b${object}\\b[^}]*\\} from "\\./tables\\.ts"`,
    "m",
  );
  return inText.test(code) || imported.test(code);
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
