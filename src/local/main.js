import { enableCompileCache } from "node:module";
import { join } from "node:path";

// The command line of the local server, started by `start.sh`. JavaScript, unlike all else: what follows is kept compiled,
// so that it loads in half the time, and what strips types, 20 MB, is not loaded at all. Where the folder cannot be
// written it goes without.
const root = join(import.meta.dirname, "../..");
enableCompileCache(join(root, "dist/compiled"));
const { run } = await import("./program.ts");
run(root);
