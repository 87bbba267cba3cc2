import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildWorker } from "../../src/local/build-worker.ts";

const CHECKOUT = join(import.meta.dirname, "../..");

let root: string;

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

it("builds the Worker from its sources", async () => {
  writeFileSync(
    join(root, "src/worker.ts"),
    'export default { fetch: () => new Response("the one line") };\n',
  );
  await buildWorker(root);
  expect(readFileSync(join(root, "dist/worker.js"), "utf8")).toContain("the one line");
});

it("says what is wrong with a source, in which file", async () => {
  writeFileSync(join(root, "src/worker.ts"), "export default {");
  await expect(buildWorker(root)).rejects.toThrow(/The Worker cannot be built:[\s\S]*worker\.ts/);
});
