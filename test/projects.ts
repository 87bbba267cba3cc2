import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { importsOf, ROOT, sourceFiles } from "./architecture/source.ts";

/*
 * Where each test file runs follows from what it needs, so that a new one lands where it runs fastest and nobody keeps
 * a list: in Node, which starts in a tenth of the time, unless it or what it imports takes something of workerd.
 */

/** These drive a started service, the packed SDK or wrangler, in projects of their own. */
export const PROJECTS_OF_THEIR_OWN = [
  "test/e2e/",
  "test/browser/",
  "test/package/",
  "test/deploy/set-up.test.ts",
];

/** They start programs (wrangler, Vite, a service) or try a great many inputs: seconds each, too long for `npm run check`. */
const SLOW = [
  "test/catalog/json-schema/data-check.test.ts",
  "test/delivery/attempt/mask/mask.test.ts",
  "test/docs/blocks.test.ts",
  "test/local/broken-data-dir.test.ts",
  "test/local/build-worker.test.ts",
  "test/local/watchdog.test.ts",
  "test/log/hand-over/hand-over-random.test.ts",
  "test/simulation/determinism.test.ts",
];

export interface TestFiles {
  /** In Node, at once. */
  unit: string[];
  /** In Node as well, for seconds each. */
  slow: string[];
  /** Inside workerd. */
  workerd: string[];
}

/** All test files but those of other projects, by where they run; paths within the repository. */
export function testFiles(): TestFiles {
  const files: TestFiles = { unit: [], slow: [], workerd: [] };
  const known = new Map<string, string[]>();
  for (const file of sourceFiles("test").filter((path) => path.endsWith(".test.ts"))) {
    const path = relative(ROOT, file);
    if (PROJECTS_OF_THEIR_OWN.some((folder) => path.startsWith(folder))) continue;
    if (SLOW.some((start) => path.startsWith(start))) files.slow.push(path);
    else if (!needsWorkerd(file, known)) files.unit.push(path);
    else files.workerd.push(path);
  }
  return files;
}

/** Whether a file takes something of a `cloudflare:` module, itself or by what it imports; types are nothing. */
function needsWorkerd(file: string, known: Map<string, string[]>): boolean {
  const reached = new Set([file]);
  for (const path of reached) {
    let specifiers = known.get(path);
    if (specifiers === undefined) {
      specifiers = importsOf(path)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ specifier }) => specifier);
      known.set(path, specifiers);
    }
    for (const specifier of specifiers) {
      if (specifier.startsWith("cloudflare:")) return true;
      const imported = join(dirname(path), specifier);
      if (specifier.startsWith(".") && /\.tsx?$/.test(imported) && existsSync(imported))
        reached.add(imported);
    }
  }
  return false;
}
