import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { type Build, buildOnce } from "../../src/local/build-once.ts";

let root: string;
let builds: number;

const source = () => join(root, "src/page.txt");
const read = (file: string) => readFileSync(join(root, "dist", file), "utf8");

/** A page and a folder of two files, from a source of one line. */
const build: Build = {
  name: "The page",
  command: "npm run build",
  sources: ["src/**/*.txt"],
  except: (file) => file.endsWith("draft.txt"),
  made: ["pages", "page.html"],
  note: "page-built-from",
  async run(from, folder) {
    builds++;
    const text = readFileSync(join(from, "src/page.txt"), "utf8");
    mkdirSync(join(folder, "pages"));
    for (const name of ["one", "two"]) writeFileSync(join(folder, "pages", name), text);
    // Another build comes between.
    await wait(5);
    if (text === "broken") throw new Error("The page cannot be built");
    writeFileSync(join(folder, "page.html"), `<p>${text}</p>`);
  },
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "atlas-build-once-"));
  builds = 0;
  mkdirSync(join(root, "src"));
  writeFileSync(source(), "first");
  return () => rmSync(root, { recursive: true });
});

it("builds for starts at the same moment, none of which disturbs another, and leaves nothing beside what is made", async () => {
  await Promise.all([buildOnce(root, build), buildOnce(root, build), buildOnce(root, build)]);
  expect(read("page.html")).toBe("<p>first</p>");
  expect(readdirSync(join(root, "dist")).toSorted()).toEqual(["page-built-from", "page.html", "pages"]);
  expect(readdirSync(join(root, "dist/pages")).toSorted()).toEqual(["one", "two"]);
});

it("builds again only when a source has changed, or something that was made is gone", async () => {
  await buildOnce(root, build);
  await buildOnce(root, build);
  writeFileSync(join(root, "src/draft.txt"), "no source");
  await buildOnce(root, build);
  expect(builds).toBe(1);
  writeFileSync(source(), "second");
  await buildOnce(root, build);
  expect([builds, read("page.html"), read("pages/two")]).toEqual([2, "<p>second</p>", "second"]);
  rmSync(join(root, "dist/pages"), { recursive: true });
  await buildOnce(root, build);
  expect([builds, read("pages/one")]).toEqual([3, "second"]);
});

it("does not build what was only touched, and does where another text has the length and the time of the old one", async () => {
  utimesSync(source(), 1, 1);
  await buildOnce(root, build);
  utimesSync(source(), 2, 2);
  await buildOnce(root, build);
  expect(builds).toBe(1);
  writeFileSync(source(), "other");
  utimesSync(source(), 2, 2);
  await buildOnce(root, build);
  expect([builds, read("page.html")]).toEqual([2, "<p>other</p>"]);
});

it("takes what a note without times says of the same sources", async () => {
  await buildOnce(root, build);
  const [contents] = read("page-built-from").split("\n");
  writeFileSync(join(root, "dist/page-built-from"), contents ?? "");
  await buildOnce(root, build);
  expect(builds).toBe(1);
});

it("says each time what is wrong with a source, and does not take what another made for it", async () => {
  await buildOnce(root, build);
  writeFileSync(source(), "broken");
  await expect(buildOnce(root, build)).rejects.toThrow("The page cannot be built");
  await expect(buildOnce(root, build)).rejects.toThrow("The page cannot be built");
  expect(builds).toBe(3);
  expect(readdirSync(join(root, "dist")).filter((name) => name.startsWith("building-"))).toEqual([]);
  writeFileSync(source(), "first");
  await buildOnce(root, build);
  expect(existsSync(join(root, "dist/page.html"))).toBe(true);
});
