import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { importsOf, ROOT, sourceFiles } from "./source.ts";

/** Folders of test/ that are no room of src/: they judge the whole, or are what tests stand on. */
const OF_THE_WHOLE = [
  ...[
    "architecture",
    "bench",
    "browser",
    "crash",
    "deploy",
    "docs",
    "e2e",
    "fuzz",
    "hostile",
    "listen",
    "load",
  ],
  ...["package", "promises", "released", "simulation", "vectors"],
];

const sources = sourceFiles("src").map((file) => relative(join(ROOT, "src"), file));

/** All files of test/ that belong to a room of src/, by their paths within test/. */
const files = sourceFiles("test")
  .map((file) => relative(join(ROOT, "test"), file))
  .filter((file) => file.includes("/") && !OF_THE_WHOLE.includes(file.split("/")[0] ?? ""));

const tests = files.filter((file) => file.endsWith(".test.ts"));

const roomOf = (file: string) => file.split("/")[0] ?? "";

it("the tests of a room of src/ stand in the folder of its name, as deep as the room does", () => {
  const unknown = [...new Set(files.map((file) => dirname(file)))].filter(
    (folder) => !existsSync(join(ROOT, "src", folder)),
  );
  expect(unknown.map((folder) => `test/${folder} has no src/${folder}`)).toEqual([]);
});

/** The files of its room that have a test's name. */
function namesakes(test: string): string[] {
  const name = basename(test, ".test.ts");
  return sources.filter(
    (file) => roomOf(file) === roomOf(test) && basename(file).replace(/\.tsx?$/, "") === name,
  );
}

const isBesideNamesake = (test: string) => namesakes(test).some((file) => dirname(file) === dirname(test));

it("a test with the name of a file of its room stands where that file does", () => {
  const misplaced = tests.filter((test) => namesakes(test).length > 0 && !isBesideNamesake(test));
  expect(misplaced.map((test) => `test/${test} is of src/${namesakes(test).join(", src/")}`)).toEqual([]);
});

it("a test that takes files of a single folder of its room stands in the folder of that name", () => {
  const misplaced = tests.flatMap((test) => {
    if (isBesideNamesake(test)) return [];
    const folders = new Set(
      importsOf(join(ROOT, "test", test))
        .map(({ specifier }) => relative(join(ROOT, "src"), join(ROOT, "test", dirname(test), specifier)))
        .filter((file) => sources.includes(file) && roomOf(file) === roomOf(test))
        .map((file) => dirname(file)),
    );
    const [only] = folders;
    // The object's own file, above its folders, is how most of them are reached.
    const isRight = folders.size !== 1 || only === undefined || `${dirname(test)}/`.startsWith(`${only}/`);
    return isRight ? [] : [`test/${test} takes files of src/${only} alone`];
  });
  expect(misplaced).toEqual([]);
});

it("a test of pure rules takes something of its own room", () => {
  const strangers = tests.flatMap((test) => {
    const rooms = importsOf(join(ROOT, "test", test))
      .map(({ specifier }) => relative(ROOT, join(ROOT, "test", dirname(test), specifier)))
      .filter((file) => file.startsWith("src/") || file.startsWith("test/"))
      .map((file) => file.split("/").slice(0, 2).join("/"));
    const isPure = rooms.length > 0 && rooms.every((room) => room.startsWith("src/"));
    return isPure && !rooms.includes(`src/${roomOf(test)}`) ? [`test/${test} takes ${rooms.join(", ")}`] : [];
  });
  expect(strangers).toEqual([]);
});
