import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, it } from "vitest";
import { ROOT, sourceFiles } from "./source.ts";

/** Lines of a file; data catalogs have no exception, since none comes near. */
const MOST_LINES = 300;

it("no file of src/ has more than 300 lines: by then it is two things", () => {
  const long = sourceFiles("src")
    .map((file) => ({
      name: relative(ROOT, file),
      lines: readFileSync(file, "utf8").trimEnd().split("\n").length,
    }))
    .filter(({ lines }) => lines > MOST_LINES);
  expect(long.map(({ name, lines }) => `${name}: ${lines}`)).toEqual([]);
});
