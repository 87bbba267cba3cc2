import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// The command line of the local server, started by `start.sh`. JavaScript, unlike all else: what follows is kept compiled,
// so that it loads in half the time, and what strips types, 20 MB, is not loaded at all. Where the folder cannot be
// written it goes without.
const root = join(import.meta.dirname, "../..");
const compiled = join(root, "dist/compiled");
try {
  if (!existsSync(compiled)) {
    mkdirSync(compiled, { recursive: true });
    // For the first start, too: by a process that ends.
    const script = join(import.meta.dirname, "compile.js");
    spawnSync(process.execPath, [...process.execArgv, script, compiled], { stdio: "ignore" });
  }
  enableCompileCache(compiled);
} catch {
  // Not to be written.
}
const { run } = await import("./program.ts");
run(root);
