import { mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { WorkerdConfig, WorkerdModule, WorkerdService } from "./workerd-config.ts";

/*
 * D1, R2 and the objects on local disk are Miniflare's: Workers of its own, which it wires to ours in the configuration
 * that it writes for workerd. The build takes that wiring out of it once, so that a start needs workerd alone.
 */

/** Within the folder of built files: the wiring, and the modules that it embeds. */
export const STORAGE_FOLDER = "storage";
export const STORAGE_CONFIG_FILE = "config.json";

/** The wiring as it is kept: paths of disks are relative to the folder of the state, our Worker has no modules. */
export type StorageConfig = Pick<WorkerdConfig, "services" | "extensions">;

/** Bindings of Miniflare's Workers to the process that started them; without them they log by way of workerd. */
const TO_MINIFLARE = "MINIFLARE_LOOPBACK";

/**
 * D1's object asks for a bookmark after each query, for sessions, which we do not use; workerd counts bookmarks by a write.
 * So each read, too, would be an fsync on the thread that serves everybody, and its answer would wait for it.
 */
const D1_OBJECT = "database.worker.js";
const BOOKMARK = "await this.state.storage.getCurrentBookmark()";
const NO_BOOKMARK = '""';

/** What Miniflare puts between our Worker and the world, which uses none of it: workerd has a default for each. */
const IN_BETWEEN = ["globalOutbound", "cacheApiOutbound", "containerEngine"];

/**
 * What of Miniflare's configuration our Worker reaches. The modules are handed to `keep`, which answers the path to embed
 * them by.
 * @param statePath Miniflare's folder of persisted state
 * @throws Error where the configuration is not as expected: another version of Miniflare
 */
export function storageConfig(
  { services, extensions = [] }: WorkerdConfig,
  serviceName: string,
  statePath: string,
  keep: (text: string) => string,
): StorageConfig {
  const byName = new Map(services.map((service) => [service.name, prepared(service, serviceName)]));
  const reached = new Set([serviceName]);
  // It grows while it is walked.
  for (const name of reached)
    for (const text of stringsIn(byName.get(name))) if (byName.has(text)) reached.add(text);
  const kept = [...reached].flatMap((name) => byName.get(name) ?? []);
  if (!kept.some(({ disk }) => disk) || kept.length === 1)
    throw new Error(`Miniflare's configuration has no storage for ${serviceName}.`);
  const sources: string[] = [];
  const embedded = (module: WorkerdModule): WorkerdModule => {
    if (typeof module.esModule !== "string") return module;
    const source = module.name === D1_OBJECT ? withoutBookmarks(module.esModule) : module.esModule;
    sources.push(source);
    return { ...module, esModule: { embed: keep(source) } };
  };
  const withFiles = kept.map((service) => ({
    ...service,
    ...(service.worker?.modules && {
      worker: { ...service.worker, modules: service.worker.modules.map(embedded) },
    }),
    ...(service.disk && { disk: { ...service.disk, path: within(statePath, service.disk.path) } }),
  }));
  const modules = extensions.flatMap((extension) => extension.modules);
  const used: WorkerdModule[] = [];
  // Those that are imported, and those that these import.
  for (let count = -1; count !== used.length; ) {
    count = used.length;
    for (const module of modules) {
      if (used.some(({ name }) => name === module.name)) continue;
      if (sources.some((source) => source.includes(`"${module.name}"`))) used.push(embedded(module));
    }
  }
  return { services: withFiles, extensions: [{ modules: used }] };
}

function prepared(service: WorkerdService, ours: string): WorkerdService {
  if (service.worker === undefined) return service;
  const { bindings, ...worker } = service.worker;
  if (service.name === ours) {
    delete worker.modules;
    for (const field of IN_BETWEEN) delete worker[field];
  }
  return {
    ...service,
    worker: { ...worker, bindings: bindings?.filter(({ name }) => name !== TO_MINIFLARE) },
  };
}

function withoutBookmarks(source: string): string {
  if (!source.includes(BOOKMARK))
    throw new Error(`Miniflare's ${D1_OBJECT} takes its bookmarks in another way.`);
  return source.replace(BOOKMARK, NO_BOOKMARK);
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

function within(statePath: string, path: string): string {
  const part = relative(statePath, path);
  if (part === "" || part.startsWith(".."))
    throw new Error(`Miniflare keeps state outside its folder: ${path}`);
  return part;
}

/** The wiring for the state in this folder, which it makes the folders of. */
export function readStorageConfig(builtFiles: string, statePath: string): StorageConfig {
  const { services, extensions } = JSON.parse(
    readFileSync(join(builtFiles, STORAGE_FOLDER, STORAGE_CONFIG_FILE), "utf8"),
  ) as StorageConfig;
  return {
    extensions,
    services: services.map((service) => {
      if (service.disk === undefined) return service;
      const path = join(statePath, service.disk.path);
      mkdirSync(path, { recursive: true });
      return { ...service, disk: { ...service.disk, path } };
    }),
  };
}
