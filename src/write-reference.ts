import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";

/*
 * `node src/write-reference.ts <folder>`, at build time: writes what the API answers as it stands, the OpenAPI document
 * among it, into a folder. To write it in the Worker would hold up everybody for 70 ms, once in each life of an isolate.
 */

/** Routes take these of workerd, and a document calls none of them. */
const WORKERS = "export class DurableObject {} export function waitUntil() {}";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "cloudflare:workers"
      ? { url: `data:text/javascript,${encodeURIComponent(WORKERS)}`, shortCircuit: true }
      : next(specifier, context),
});

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Which folder?");
const { reference } = await import("./api/app.ts");
for (const { file, write } of reference) writeFileSync(join(folder, file), write());
