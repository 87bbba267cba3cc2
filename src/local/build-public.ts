import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildDashboard } from "./build-dashboard.ts";
import { buildReference } from "./build-reference.ts";
import { StartError } from "./start-error.ts";

/** Builds all files that are served as they are into `dist/public`, where their sources have changed. Throws a StartError. */
export async function buildPublic(root: string): Promise<void> {
  // A new dashboard takes the whole folder's place.
  await buildDashboard(root);
  await buildReference(root);
}

/** `npm run build:public` runs this file. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPublic(join(import.meta.dirname, "../..")).catch((error: unknown) => {
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  });
}
