import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { writtenOutBodies } from "./bodies.ts";

const HERE = import.meta.dirname;
const EMITTED = join(HERE, "dist/emitted");
const TYPES = join(HERE, "dist/types");

/** A specifier of a file beside this one, in an import or an export. */
const RELATIVE = /(from\s+|import\()"(\.[^"]+)\.ts"/g;

/**
 * Writes dist/types: the declarations of these sources and of all that they name, once for `import` and once for
 * `require`, which TypeScript tells apart by the file's extension. `sources`: paths below src/.
 */
export function writeDeclarations(sources: readonly string[]): void {
  const tsc = join(HERE, "../../node_modules/.bin/tsc");
  execFileSync(tsc, ["-p", HERE, "--outDir", EMITTED], { stdio: "inherit" });
  writeFileSync(join(EMITTED, "sdk/client/bodies.d.ts"), writtenOutBodies());
  const reached = new Set(sources.map((source) => join(EMITTED, source.replace(/\.ts$/, ".d.ts"))));
  for (const file of reached) {
    const text = readFileSync(file, "utf8");
    for (const [, , path] of text.matchAll(RELATIVE))
      reached.add(`${join(dirname(file), String(path))}.d.ts`);
    const target = join(TYPES, relative(EMITTED, file));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text.replace(RELATIVE, '$1"$2.js"'));
    writeFileSync(target.replace(/\.ts$/, ".cts"), text.replace(RELATIVE, '$1"$2.cjs"'));
  }
  rmSync(EMITTED, { recursive: true });
}
