import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildWorker } from "../../src/local/build-worker.ts";

const CHECKOUT = join(import.meta.dirname, "../..");

let root: string;
const built = () => join(root, "dist/worker.js");

function writeSource(text: string): void {
  writeFileSync(join(root, "src/worker.ts"), `export default { fetch: () => new Response("${text}") };\n`);
}

/** A checkout with a Worker of one line. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "atlas-build-"));
  mkdirSync(join(root, "src"));
  for (const file of ["tsconfig.json", "package.json", "package-lock.json"]) {
    cpSync(join(CHECKOUT, file), join(root, file));
  }
  writeFileSync(
    join(root, "wrangler.toml"),
    'name = "small"\nmain = "src/worker.ts"\ncompatibility_date = "2026-10-01"\n',
  );
  symlinkSync(join(CHECKOUT, "node_modules"), join(root, "node_modules"));
});

afterAll(() => rmSync(root, { recursive: true }));

it("builds the Worker for two starts at once, neither of which disturbs the other", async () => {
  writeSource("first text");
  await Promise.all([buildWorker(root), buildWorker(root)]);
  expect(readFileSync(built(), "utf8")).toContain("first text");
  expect(readdirSync(join(root, "dist")).toSorted()).toEqual([
    "built-from",
    "public",
    "worker.js",
    "worker.js.map",
  ]);
}, 60_000);

it("builds it again only when a source has changed", async () => {
  const before = statSync(built());
  await buildWorker(root);
  expect(statSync(built())).toEqual(before);
  writeSource("second text");
  await buildWorker(root);
  expect(readFileSync(built(), "utf8")).toContain("second text");
}, 60_000);

it("says what is wrong with a source, and does not leave the Worker of another", async () => {
  writeFileSync(join(root, "src/worker.ts"), "export default {");
  await expect(buildWorker(root)).rejects.toThrow(/The Worker cannot be built:[\s\S]*worker\.ts/);
  await expect(buildWorker(root)).rejects.toThrow("The Worker cannot be built");
}, 60_000);
