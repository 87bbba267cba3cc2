import { copyFileSync, cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DataDir } from "./data-dir.ts";
import { liveObjects, openFileLimit } from "./open-files.ts";
import { scratchPath } from "./runtime-process.ts";
import type { Settings } from "./settings.ts";
import { StartError } from "./start-error.ts";
import { readStorageConfig, STORAGE_FOLDER } from "./storage-config.ts";
import type { WorkerdBinding, WorkerdConfig, WorkerdService } from "./workerd-config.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

/** The sockets of the configuration: where callers' requests go, and where cron is triggered. */
export const SOCKETS = { requests: "requests", cron: "cron" } as const;

/** The built Worker with its bindings, ready to start. */
export interface ConfiguredWorker {
  config: WorkerdConfig;
  /** The folder that the configuration's embedded files are in. */
  builtFiles: string;
  /** What the Worker's variables are read from: so the secrets are in no file. */
  environment: Record<string, string>;
}

/**
 * The Worker's main module here. workerd has no clock and no request for the scheduled handler, so `cron` is an entry of
 * its own, on a socket of its own, in the same isolate.
 */
const MAIN_MODULE = [
  'import worker from "./worker.js";',
  'export * from "./worker.js";',
  "export default worker;",
  "export const cron = {",
  "  async fetch(request, env, context) {",
  '    const scheduledTime = Number(new URL(request.url).searchParams.get("time"));',
  '    await worker.scheduled({ cron: "* * * * *", scheduledTime, noRetry() {} }, env, context);',
  '    return new Response("done");',
  "  },",
  "};",
].join("\n");

/**
 * The built Worker (`npm run build`) with its storage on disk. Throws a StartError where it is not built.
 * @param beside the services of this process that it asks, by the names of their bindings
 */
export function configuredWorker(
  root: string,
  wrangler: WranglerConfig,
  settings: Settings,
  dataDir: DataDir,
  beside: Readonly<Record<string, WorkerdService>>,
): ConfiguredWorker {
  const builtFiles = copyOfBuiltFiles(join(root, "dist"), dataDir.statePath);
  const storage = readStorageConfig(builtFiles, dataDir.statePath);
  const name = `core:user:${wrangler.name}`;
  const environment = variables(settings, dataDir);
  const bindings: WorkerdBinding[] = [
    ...Object.keys(environment).map((variable) => ({ name: variable, fromEnvironment: variable })),
    ...Object.entries({ EGRESS: egress(settings), ...beside }).map(([binding, service]) => ({
      name: binding,
      service: { name: service.name },
    })),
  ];
  const services = storage.services.map((service) => {
    if (service.name !== name || service.worker === undefined) return service;
    const modules = [
      { name: "main.js", esModule: MAIN_MODULE },
      { name: "worker.js", esModule: { embed: "/worker.js" } },
    ];
    const worker = {
      ...service.worker,
      modules,
      bindings: [...(service.worker.bindings ?? []), ...bindings],
    };
    return { ...service, worker };
  });
  return {
    builtFiles,
    environment,
    config: {
      ...storage,
      services: [...services, egress(settings), ...Object.values(beside)],
      sockets: Object.values(SOCKETS).map((socket) => ({
        name: socket,
        address: "127.0.0.1:0",
        service: { name, ...(socket === SOCKETS.cron && { entrypoint: "cron" }) },
        http: {},
      })),
      structuredLogging: true,
    },
  };
}

/**
 * The files that workerd reads at each of its starts, in the scratch folder: a newer build in `dist` is for the next
 * server, which migrates before it starts.
 */
function copyOfBuiltFiles(dist: string, statePath: string): string {
  const copy = join(scratchPath(statePath), "built");
  const script = join(dist, "worker.js");
  const storage = join(dist, STORAGE_FOLDER);
  if (!existsSync(script) || !existsSync(storage))
    throw new StartError("The Worker is not built: run `npm run build`.");
  rmSync(copy, { recursive: true, force: true });
  cpSync(storage, join(copy, STORAGE_FOLDER), { recursive: true });
  copyFileSync(script, join(copy, "worker.js"));
  return copy;
}

/** What `src/env.ts` lists beside storage and services, but for what is unset. */
function variables(settings: Settings, dataDir: DataDir): Record<string, string> {
  const openFiles = openFileLimit();
  const values = {
    ADMIN_TOKEN: dataDir.adminToken,
    ENCRYPTION_KEY: dataDir.encryptionKey,
    ALLOWED_NETWORKS: settings.allowedNetworks.join(","),
    SLOTS_PER_OBJECT: settings.slotsPerObject,
    ARCHIVE_AFTER_SECONDS: settings.archiveAfterSeconds,
    SAFETY_NET_SECONDS: settings.safetyNetSeconds,
    ENDPOINTS_PER_WORKSPACE: settings.endpointsPerWorkspace,
    LIVE_OBJECTS: openFiles === null ? null : liveObjects(openFiles),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

/** The way out. workerd checks the address that it connects to, so a name that resolves to another network is refused too. */
function egress({ allowedNetworks: allow }: Settings): WorkerdService {
  // An empty list could be read as one that was left out, which is `public`: then all is denied by name.
  const deny = allow.length > 0 ? [] : ["0.0.0.0/0", "::/0"];
  return { name: "egress", network: { allow, deny, tlsOptions: { trustBrowserCas: true } } };
}
