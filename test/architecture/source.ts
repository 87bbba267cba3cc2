import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** Absolute paths of the TypeScript files below a folder of the repository. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The folder of src/ that a file belongs to; for a file directly in src/, its name. */
export function folderOf(file: string): string {
  return relative(join(ROOT, "src"), file).split("/")[0] ?? "";
}

/** `import … from "x"`, `export … from "x"`, `import "x"` and `import("x")`, at the start of a statement or within one. */
const IMPORT =
  /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

/** What a file imports, as it is written there. */
export function importsOf(file: string): { specifier: string; typeOnly: boolean }[] {
  return [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, type, from, dynamic]) => ({
    specifier: from ?? dynamic ?? "",
    typeOnly: type !== undefined,
  }));
}
