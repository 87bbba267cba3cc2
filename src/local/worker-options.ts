import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MiniflareOptions } from "miniflare";
import { ArchiveDisk } from "./archive-disk.ts";
import type { DataDir } from "./data-dir.ts";
import { diskHandler } from "./disk.ts";
import { liveObjects, openFileLimit } from "./open-files.ts";
import { resolve } from "./resolver.ts";
import type { Settings } from "./settings.ts";
import { StartError } from "./start-error.ts";
import { staticFiles } from "./static-files.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

type WorkerOptions = MiniflareOptions["workers"][number];
type Binding = NonNullable<WorkerOptions["config"]["env"]>[string];

/**
 * The built Worker with its bindings, listening on a port of its own behind the front. It listens by a direct socket: by
 * way of Miniflare's own entry Worker a request takes twice as long, and that one also answers paths that are not ours.
 */
export function workerOptions(
  root: string,
  wrangler: WranglerConfig,
  settings: Settings,
  dataDir: DataDir,
): WorkerOptions {
  const script = join(root, "dist/worker.js");
  if (!existsSync(script)) throw new StartError("The Worker is not built: run `npm run build`.");
  return {
    config: {
      name: wrangler.name,
      compatibilityDate: wrangler.compatibilityDate,
      compatibilityFlags: wrangler.compatibilityFlags,
      manifest: {
        mainModule: "worker.js",
        modules: { "worker.js": { type: "esm", contents: readFileSync(script, "utf8") } },
      },
      env: {
        ...storageBindings(wrangler),
        ...diskBinding(wrangler, dataDir),
        ...serviceBindings(root, settings, dataDir),
      },
      exports: Object.fromEntries(
        wrangler.objects.map(({ className }) => [className, { type: "durable-object", storage: "sqlite" }]),
      ),
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  };
}

function storageBindings(wrangler: WranglerConfig): Record<string, Binding> {
  const bindings: Record<string, Binding> = {};
  for (const { binding, name } of wrangler.databases) bindings[binding] = { type: "d1", id: name };
  for (const { binding, name } of wrangler.buckets) bindings[binding] = { type: "r2", name };
  for (const { binding, className } of wrangler.objects) {
    bindings[binding] = { type: "durable-object", worker: wrangler.name, exportName: className };
  }
  return bindings;
}

/** The disk under the archive: the one bucket that there is. */
function diskBinding({ buckets }: WranglerConfig, { statePath }: DataDir): Record<string, Binding> {
  const [bucket, other] = buckets;
  if (bucket === undefined || other !== undefined)
    throw new StartError("wrangler.toml must name one bucket.");
  return {
    DISK: { type: "fetcher", handler: diskHandler(statePath, new ArchiveDisk(statePath, bucket.name)) },
  };
}

/** What `src/env.ts` lists beside storage. */
function serviceBindings(root: string, settings: Settings, dataDir: DataDir): Record<string, Binding> {
  const openFiles = openFileLimit();
  const variables: Record<string, string | null> = {
    ADMIN_TOKEN: dataDir.adminToken,
    ENCRYPTION_KEY: dataDir.encryptionKey,
    ALLOWED_NETWORKS: settings.allowedNetworks.join(","),
    SLOTS_PER_OBJECT: String(settings.slotsPerObject),
    ARCHIVE_AFTER_SECONDS:
      settings.archiveAfterSeconds === null ? null : String(settings.archiveAfterSeconds),
    SAFETY_NET_SECONDS: settings.safetyNetSeconds === null ? null : String(settings.safetyNetSeconds),
    ENDPOINTS_PER_WORKSPACE:
      settings.endpointsPerWorkspace === null ? null : String(settings.endpointsPerWorkspace),
    LIVE_OBJECTS: openFiles === null ? null : String(liveObjects(openFiles)),
  };
  const bindings: Record<string, Binding> = {
    // workerd checks the address that it connects to, so a name that resolves to another network is refused too.
    EGRESS: { type: "network", ...egress(settings), tlsOptions: { trustBrowserCas: true } },
    RESOLVER: { type: "fetcher", handler: resolve },
    ASSETS: { type: "fetcher", handler: staticFiles(join(root, "dist/public")) },
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value !== null) bindings[name] = { type: "text", value };
  }
  return bindings;
}

/** An empty list could be read as one that was left out, which is `public`: then all is denied by name. */
function egress({ allowedNetworks: allow }: Settings): { allow: string[]; deny?: string[] } {
  return allow.length > 0 ? { allow } : { allow, deny: ["0.0.0.0/0", "::/0"] };
}
