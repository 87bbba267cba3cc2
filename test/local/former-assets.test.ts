import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { type Build, buildOnce } from "../../src/local/build-once.ts";
import { ASSETS, BUILDS, keepFormerAssets, newestAssets } from "../../src/local/former-assets.ts";

let root: string;

/** A dashboard of one page that loads a hashed file for each word of its source. */
const build: Build = {
  name: "The dashboard",
  command: "npm run build:public",
  sources: ["src/page.txt"],
  made: [BUILDS, "public"],
  note: "dashboard-built-from",
  async run(from, folder) {
    mkdirSync(join(folder, ASSETS), { recursive: true });
    for (const word of readFileSync(join(from, "src/page.txt"), "utf8").split(" "))
      writeFileSync(join(folder, ASSETS, `${word}.js`), `the ${word}`);
    keepFormerAssets(join(from, "dist"), folder);
  },
};

const release = (words: string) => {
  writeFileSync(join(root, "src/page.txt"), words);
  return buildOnce(root, build);
};
const served = () => readdirSync(join(root, "dist", ASSETS)).toSorted();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "atlas-former-assets-"));
  mkdirSync(join(root, "src"));
  return () => rmSync(root, { recursive: true });
});

it("keeps the hashed files of the two builds before, so that a page that is open over an update finds the rest of itself", async () => {
  await release("react-1 keys-1");
  await release("react-1 keys-2");
  expect(served()).toEqual(["keys-1.js", "keys-2.js", "react-1.js"]);
  expect(readFileSync(join(root, "dist", ASSETS, "keys-1.js"), "utf8")).toBe("the keys-1");
  await release("react-1 keys-3");
  expect(served()).toEqual(["keys-1.js", "keys-2.js", "keys-3.js", "react-1.js"]);
});

it("lets go of what is older", async () => {
  for (const words of ["react-1 keys-1", "react-1 keys-2", "react-2 keys-3", "react-2 keys-4"])
    await release(words);
  expect(served()).toEqual(["keys-2.js", "keys-3.js", "keys-4.js", "react-1.js", "react-2.js"]);
});

it("counts a build that made the same files as the one before it once", async () => {
  for (const words of ["keys-1", "keys-2", "keys-3", "keys-2"]) await release(words);
  expect(served()).toEqual(["keys-1.js", "keys-2.js", "keys-3.js"]);
});

it("keeps all files of a build that left no list", async () => {
  await release("keys-1 audit-1");
  rmSync(join(root, "dist", BUILDS));
  await release("keys-2");
  expect(served()).toEqual(["audit-1.js", "keys-1.js", "keys-2.js"]);
});

it("tells the files of the newest build from those that are kept", async () => {
  await release("keys-1");
  await release("keys-2 audit-2");
  expect([...newestAssets(join(root, "dist"))]).toEqual(["audit-2.js", "keys-2.js"]);
});
