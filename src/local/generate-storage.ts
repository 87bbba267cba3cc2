import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import { STORAGE_CONFIG_FILE, STORAGE_FOLDER, storageConfig } from "./storage-config.ts";
import type { WorkerdConfig } from "./workerd-config.ts";
import { readWranglerConfig, type WranglerConfig } from "./wrangler-config.ts";

/*
 * Writes the storage's part of workerd's configuration: `node generate.ts ROOT FOLDER`. It runs once per build, in a
 * process of its own that ends afterwards: Miniflare takes 200 MB and a second to load.
 */

const [root = ".", folder = "."] = process.argv.slice(2);
const wrangler = readWranglerConfig(join(root, "wrangler.toml"));
const made = join(folder, STORAGE_FOLDER);
const scratch = mkdtempSync(join(folder, "miniflare-"));
mkdirSync(made, { recursive: true });

const whole = await miniflareConfig(wrangler, join(scratch, "state"), join(scratch, "config.json"));
let count = 0;
const storage = storageConfig(whole, `core:user:${wrangler.name}`, join(scratch, "state"), (text) => {
  const name = `${++count}.js`;
  writeFileSync(join(made, name), text);
  return `/${STORAGE_FOLDER}/${name}`;
});
writeFileSync(join(made, STORAGE_CONFIG_FILE), `${JSON.stringify(storage, null, 1)}\n`);
rmSync(scratch, { recursive: true, force: true });

/** What Miniflare has workerd run for a Worker with our bindings of storage. That workerd takes it is tried at once. */
async function miniflareConfig(
  { name, compatibilityDate, compatibilityFlags, databases, buckets, objects }: WranglerConfig,
  statePath: string,
  file: string,
): Promise<WorkerdConfig> {
  const classes = objects.map(({ className }) => className);
  process.env.MINIFLARE_WORKERD_CONFIG_DEBUG = file;
  const miniflare = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    resourcePersistencePath: statePath,
    log: new Log(LogLevel.ERROR),
    workers: [
      {
        config: {
          name,
          compatibilityDate,
          compatibilityFlags,
          manifest: {
            mainModule: "worker.js",
            modules: { "worker.js": { type: "esm", contents: standIn(classes) } },
          },
          env: Object.fromEntries([
            ...databases.map((database) => [database.binding, { type: "d1", id: database.name }]),
            ...buckets.map((bucket) => [bucket.binding, { type: "r2", name: bucket.name }]),
            ...objects.map(({ binding, className }) => [
              binding,
              { type: "durable-object", worker: name, exportName: className },
            ]),
          ]),
          exports: Object.fromEntries(
            classes.map((className) => [className, { type: "durable-object", storage: "sqlite" }]),
          ),
        },
      },
    ],
  });
  try {
    await miniflare.ready;
    return JSON.parse(readFileSync(file, "utf8")) as WorkerdConfig;
  } finally {
    await miniflare.dispose();
  }
}

/** A Worker with these classes: the wiring is the same for all that have their names. */
function standIn(classes: readonly string[]): string {
  const exported = classes.map((name) => `export class ${name} extends DurableObject {}`);
  return ['import { DurableObject } from "cloudflare:workers";', ...exported, "export default {};"].join(
    "\n",
  );
}
