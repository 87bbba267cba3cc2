import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const imported = /(?:import|export)\s[^;]*?from\s+"([^"]+)"/g;

/** Everything that a source file imports, directly or through other source files. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  for (const [, name = ""] of readFileSync(file, "utf8").matchAll(imported)) {
    if (!name.startsWith(".")) seen.add(name);
    else if (!seen.has(join(dirname(file), name))) {
      seen.add(join(dirname(file), name));
      importsOf(join(dirname(file), name), seen);
    }
  }
  return seen;
}

it("runs in every JavaScript runtime: it needs noble's code and nothing of a platform's", () => {
  const all = [...importsOf(join(import.meta.dirname, "../../src/sdk/index.ts"))];
  const packages = all.filter((name) => !name.startsWith("/")).sort();
  expect(packages).toEqual([
    "@noble/ed25519",
    "@noble/hashes/hmac.js",
    "@noble/hashes/sha2.js",
    "@noble/hashes/utils.js",
  ]);
  expect(all.filter((name) => name.includes("/dialects/")).map((name) => name.replace(/.*\//, ""))).toEqual([
    "atlas-signature.ts",
    "standard-signature.ts",
  ]);
});
