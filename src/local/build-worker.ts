import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Build, buildOnce, runTool } from "./build-once.ts";
import { StartError } from "./start-error.ts";

const WORKER: Build = {
  name: "The Worker",
  command: "npm run build",
  sources: ["src/**/*.*", "wrangler.toml", "tsconfig.json", "package-lock.json"],
  except: (file) => /^src\/(dashboard|local)\//.test(file) && file !== "src/local/build-worker.ts",
  made: ["worker.js.map", "worker.js"],
  note: "built-from",
  run(root, folder) {
    // wrangler does not start without the folder of `[assets]`; what is in it does not matter here.
    mkdirSync(join(root, "dist/public"), { recursive: true });
    return runTool(
      root,
      { name: "The Worker", tool: "wrangler", script: "wrangler/bin/wrangler.js" },
      // Without what only a reader needs, workerd starts in three quarters of the time.
      ["deploy", "--dry-run", "--minify", "--outdir", folder],
      { WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
    );
  },
};

/** Builds the Worker into `dist/`, where its sources have changed. Throws a StartError. */
export function buildWorker(root: string): Promise<void> {
  return buildOnce(root, WORKER);
}

/** `npm run build` runs this file. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildWorker(join(import.meta.dirname, "../..")).catch((error: unknown) => {
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  });
}
