import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Build, buildOnce, runScript } from "./build-once.ts";
import { StartError } from "./start-error.ts";
import { STORAGE_FOLDER } from "./storage-config.ts";

/** How workerd keeps D1, R2 and the objects on local disk. */
const STORAGE: Build = {
  name: "The storage's configuration",
  command: "npm run build",
  sources: [
    "src/local/generate-storage.ts",
    "src/local/{storage,wrangler}-config.ts",
    "wrangler.toml",
    "package-lock.json",
  ],
  made: [STORAGE_FOLDER],
  note: "storage-built-from",
  run: (root, folder) =>
    runScript(root, STORAGE.name, [join(root, "src/local/generate-storage.ts"), root, folder]),
};

/** Builds it into `dist/storage`, where what it follows from has changed. Throws a StartError. */
export function buildStorage(root: string): Promise<void> {
  return buildOnce(root, STORAGE);
}

/** `npm run build` runs this file, too. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildStorage(join(import.meta.dirname, "../..")).catch((error: unknown) => {
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  });
}
