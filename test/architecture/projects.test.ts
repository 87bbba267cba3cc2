import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { PROJECTS_OF_THEIR_OWN, testFiles } from "../projects.ts";
import { ROOT, sourceFiles } from "./source.ts";

const { unit, slow, workerd } = testFiles();

it("every test file runs: in a project of its own, or in exactly one of the other projects", () => {
  const placed = [...unit, ...slow, ...workerd];
  const files = sourceFiles("test")
    .map((file) => relative(ROOT, file))
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => !PROJECTS_OF_THEIR_OWN.some((start) => path.startsWith(start)));
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
