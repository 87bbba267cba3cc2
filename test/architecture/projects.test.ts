import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { testFiles } from "../projects.ts";
import { ROOT, sourceFiles } from "./source.ts";

const { unit, slow, workerd } = testFiles();

it("every test file runs: against a service or a package, or in exactly one of the other projects", () => {
  const placed = [...unit, ...slow, ...workerd];
  const files = sourceFiles("test")
    .map((file) => relative(ROOT, file))
    .filter((path) => path.endsWith(".test.ts") && !/^test\/(e2e|browser|package)\//.test(path));
  expect(placed.toSorted()).toEqual(files.toSorted());
});

it("a test file runs in workerd where it, or what it imports, takes something of workerd, and in Node otherwise", () => {
  expect(workerd).toContain("test/storage/schema.test.ts");
  // By way of test/api/client.ts.
  expect(workerd).toContain("test/api/preview.test.ts");
  expect(unit).toContain("test/seal/seal.test.ts");
  const inNode = [...unit, ...slow].filter((path) =>
    /^import (?!type).* from "cloudflare:/m.test(readFileSync(join(ROOT, path), "utf8")),
  );
  expect(inNode).toEqual([]);
});
