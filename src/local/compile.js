import { enableCompileCache } from "node:module";

// Loads what `main.js` will, and leaves it compiled in the folder that is given.
enableCompileCache(process.argv[2]);
await import("./program.ts");
