import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { importsOf } from "../architecture/source.ts";

/** Everything that a source file loads, directly or through other source files. */
function loadedBy(file: string, seen = new Set<string>()): string[] {
  for (const { specifier, typeOnly } of importsOf(file)) {
    if (typeOnly) continue;
    const loaded = specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
    if (seen.has(loaded)) continue;
    seen.add(loaded);
    if (loaded !== specifier) loadedBy(loaded, seen);
  }
  return [...seen];
}

const SDK = join(import.meta.dirname, "../../src/sdk");

it("runs in every JavaScript runtime: it loads no package and nothing of a platform's", () => {
  const all = loadedBy(join(SDK, "index.ts"));
  expect(all.filter((name) => !name.startsWith("/")).sort()).toEqual([]);
  const rules = all.filter((name) => name.includes("/src/dialects/")).map((name) => name.replace(/.*\//, ""));
  expect(rules.sort()).toEqual(["atlas-signature.ts", "standard-signature.ts"]);
});

it("leaves ed25519 to those who import it", () => {
  const all = loadedBy(join(SDK, "ed25519.ts")).filter((name) => !name.startsWith("/"));
  expect(all.sort()).toEqual(["@noble/ed25519", "@noble/hashes/sha2.js"]);
});
