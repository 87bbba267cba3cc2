import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build } from "tsdown";
import { buildPublic } from "../../src/local/build-public.ts";
import { buildStorage } from "../../src/local/build-storage.ts";
import { buildWorker } from "../../src/local/build-worker.ts";
import { ASSETS, newestAssets } from "../../src/local/former-assets.ts";
import type { BundledModules } from "./licenses.ts";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");

/** What the server needs beside its own code, by its place in the repository: in the package it lies in the same places. */
const FILES = [
  "wrangler.toml",
  "migrations",
  "dist/worker.js",
  "dist/storage",
  "dist/public",
  "docs/receiver.mjs",
  "src/local/workerd.sh",
];

/**
 * Makes dist/server: what `npm start` runs, built, for `atlas serve`. Its one dependency is workerd, a program for each
 * system: `atlas serve` installs that where it first runs, by the version that is noted here.
 */
export async function buildServer(
  folder = join(HERE, "dist/server"),
  bundled?: BundledModules,
): Promise<void> {
  await Promise.all([buildWorker(ROOT), buildStorage(ROOT), buildPublic(ROOT)]);
  rmSync(folder, { recursive: true, force: true });
  for (const file of FILES) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  }
  // Those of earlier builds were never in a package.
  const newest = newestAssets(join(ROOT, "dist"));
  const assets = join(folder, "dist", ASSETS);
  for (const name of readdirSync(assets)) if (!newest.has(name)) rmSync(join(assets, name));
  await build({
    cwd: HERE,
    config: false,
    entry: { packaged: join(ROOT, "src/local/packaged.ts") },
    outDir: join(folder, "src/local"),
    format: ["esm"],
    platform: "node",
    target: "node22",
    fixedExtension: false,
    deps: { alwaysBundle: [/^(?!workerd$|node:)/], neverBundle: ["workerd"] },
    plugins: bundled === undefined ? [] : [bundled.plugin],
    dts: false,
    clean: false,
    minify: "dce-only",
    logLevel: "warn",
  });
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { workerd, node } = dependencies as Record<string, string>;
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  const hash = createHash("sha256");
  for (const file of globSync("**/*.*", { cwd: folder }).toSorted()) {
    if (/\.(js|sql|toml|html|css)$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)));
  }
  const note = { id: hash.digest("hex").slice(0, 12), workerd, node };
  writeFileSync(join(folder, "server.json"), `${JSON.stringify(note)}\n`);
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}
