import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Build, buildOnce, runScript } from "./build-once.ts";

/** The OpenAPI document and its page without scripts, which the Worker serves as they are. */
const REFERENCE: Build = {
  name: "The OpenAPI document",
  command: "npm run build",
  sources: ["src/**/*.ts", "package-lock.json"],
  except: (file) => file.startsWith("src/dashboard/"),
  made: ["public/reference"],
  note: "reference-built-from",
  run(root, folder) {
    const files = join(folder, "public/reference");
    mkdirSync(files, { recursive: true });
    return runScript(root, REFERENCE.name, [join(root, "src/write-reference.ts"), files]);
  },
};

/**
 * Builds it into `dist/public`, where its sources have changed or a new dashboard has taken the folder's place. Throws a
 * StartError.
 */
export function buildReference(root: string): Promise<void> {
  return buildOnce(root, REFERENCE);
}
