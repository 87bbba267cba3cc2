import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "tsdown";
import { buildCli } from "./cli.ts";
import { writeDeclarations } from "./declarations.ts";
import { BundledModules, modulesOfMap, writeLicenses } from "./licenses.ts";
import { buildServer } from "./server.ts";

// `npm run build:sdk`: makes sdk/javascript/dist, which `npm pack` publishes, from src/sdk.

const HERE = import.meta.dirname;
const SOURCES = join(HERE, "../../src");

interface Manifest {
  exports: Record<string, string | { import: { types: string; default: string } }>;
}

/** The entries of the package by their names in dist/; a path below src/ each. The manifest alone lists them. */
function entries(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as Manifest;
  return Object.fromEntries(
    Object.values(manifest.exports).flatMap((target) => {
      if (typeof target === "string") return [];
      const name = target.import.default.replace(/^\.\/dist\/(.*)\.js$/, "$1");
      return [[name, target.import.types.replace(/^\.\/dist\/types\/(.*)\.d\.ts$/, "$1.ts")]];
    }),
  );
}

rmSync(join(HERE, "dist"), { recursive: true, force: true });
writeDeclarations(Object.values(entries()));
const bundled = new BundledModules();
await build({
  cwd: HERE,
  config: false,
  entry: Object.fromEntries(Object.entries(entries()).map(([name, path]) => [name, join(SOURCES, path)])),
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  fixedExtension: false,
  // A package without dependencies: noble's code is in it.
  deps: { alwaysBundle: [/^@noble\//], onlyBundle: ["@noble/hashes", "@noble/ed25519"] },
  plugins: [bundled.plugin],
  dts: false,
  clean: false,
  minify: "dce-only",
  logLevel: "warn",
});
await buildCli(undefined, bundled);
await buildServer(undefined, bundled);
bundled.add(modulesOfMap(join(HERE, "../../dist/worker.js.map")));
// Its own Workers, which keep D1 and R2 on disk, are in dist/storage.
bundled.add(["node_modules/miniflare/package.json"]);
const ROOT = join(HERE, "../..");
writeLicenses(ROOT, bundled.packages(ROOT), join(HERE, "THIRD-PARTY-LICENSES.txt"));
copyFileSync(join(HERE, "../../LICENSE"), join(HERE, "LICENSE"));
