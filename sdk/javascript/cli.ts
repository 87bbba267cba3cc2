import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "tsdown";
import { BundledModules } from "./licenses.ts";

const HERE = import.meta.dirname;

/** Makes the program `atlas` with everything that it needs, for Node 20 and newer. Returns its file. */
export async function buildCli(
  folder = join(HERE, "dist/cli"),
  bundled = new BundledModules(),
): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as { version: string };
  await build({
    cwd: HERE,
    config: false,
    entry: { atlas: join(HERE, "../../src/cli/atlas.ts") },
    outDir: folder,
    format: ["esm"],
    platform: "node",
    target: "node20",
    fixedExtension: false,
    define: { PACKAGE_VERSION: JSON.stringify(version) },
    // The package has no dependency: whatever is imported is in it.
    deps: { alwaysBundle: [/.*/] },
    plugins: [bundled.plugin],
    dts: false,
    clean: false,
    minify: "dce-only",
    logLevel: "warn",
  });
  const program = join(folder, "atlas.js");
  chmodSync(program, 0o755);
  return program;
}
